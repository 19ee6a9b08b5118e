"""What the programs we started took: seconds of the processor, memory, and energy where the machine counts it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

COUNTERS = Path("/sys/class/powercap")
PACKAGES = "intel-rapl:[0-9]"


class Usage(Struct, frozen=True, kw_only=True):
    """A reading of the counters: take two, before and after.

    `cpu_seconds` and `peak_memory_bytes` are of every program that we started and that has ended, those that it started
    among them; the peak is that of the largest single process. `energy` holds microjoules by counter, with the value at
    which the counter starts again; it is of all that the machine's processors did.
    """

    cpu_seconds: float
    peak_memory_bytes: int
    energy: Mapping[str, tuple[int, int]] = {}


def children_usage() -> Usage:
    """Return the counters as they stand now."""
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(
        cpu_seconds=spent.ru_utime + spent.ru_stime,
        peak_memory_bytes=spent.ru_maxrss * unit,
        energy=energy_counters(COUNTERS),
    )


def energy_counters(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the energy counters of the processors that may be read: none on most machines.

    Source: https://docs.kernel.org/power/powercap/powercap.html
    """
    found = {}
    for package in sorted(folder.glob(PACKAGES)):
        try:
            value, limit = (
                int((package / name).read_text()) for name in ("energy_uj", "max_energy_range_uj")
            )
        except (OSError, ValueError):
            continue
        found[package.name] = (value, limit)
    return found


def joules_between(before: Usage, after: Usage) -> float | None:
    """Return the energy between two readings in joules, None where nothing counts it.

    A counter that started again counts once: a package takes minutes to fill it.
    """
    both = [(before.energy[name], after.energy[name]) for name in before.energy if name in after.energy]
    if not both:
        return None
    spent = sum(new - old if new >= old else new + limit - old for (old, limit), (new, _) in both)
    return round(spent / 1e6, 1)
