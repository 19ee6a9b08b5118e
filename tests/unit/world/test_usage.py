"""What programs took: the counters of this process's children, and energy where a machine counts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mlgit.world.usage import Usage, children_usage, energy_counters, joules_between


def test_a_child_that_worked_is_counted() -> None:
    before = children_usage()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000)); bytearray(60_000_000)"], check=True)
    after = children_usage()
    assert 0.01 < after.cpu_seconds - before.cpu_seconds < 60
    assert after.peak_memory_bytes > 60_000_000


def counter(folder: Path, name: str, value: str, limit: str = "1000") -> None:
    place = folder / name
    place.mkdir()
    (place / "energy_uj").write_text(value)
    (place / "max_energy_range_uj").write_text(limit)


def test_energy_is_counted_over_the_end_of_a_counter(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", "2000000\n", "9000000\n")
    counter(tmp_path, "intel-rapl:1", "not a number")
    counter(tmp_path, "intel-rapl:0:0", "5")
    assert energy_counters(tmp_path) == {"intel-rapl:0": (2_000_000, 9_000_000)}
    before = Usage(cpu_seconds=0, peak_memory_bytes=0, energy={"a": (8_000_000, 9_000_000), "b": (0, 5)})
    after = Usage(cpu_seconds=0, peak_memory_bytes=0, energy={"a": (1_000_000, 9_000_000)})
    assert joules_between(before, after) == 2.0


def test_energy_that_nothing_counts_is_absent(tmp_path: Path) -> None:
    nothing = Usage(cpu_seconds=0, peak_memory_bytes=0, energy=energy_counters(tmp_path / "none"))
    assert joules_between(nothing, nothing) is None
