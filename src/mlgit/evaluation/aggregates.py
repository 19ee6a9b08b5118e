"""Verdicts from numbers of metrics files: one number as it stands, or the mean over several seeds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.metrics.direction import Direction
from mlgit.metrics.reading import Reading, is_number
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import RELATIVE, Verdict, bound, decide
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import SHOWN, Interval, two_sided_level
from mlgit.stats.seeds import mean_and_spread, seeds_difference, seeds_interval

UNKNOWN_DIRECTION = "its name does not tell which way is better"
SET_DIRECTION = "set directions: in mlgit.yaml"


class Number(Struct, frozen=True, kw_only=True):
    """A metric in one file at one revision: its value, or why there is none (`elsewhere`: it may exist, not here)."""

    value: float | None = None
    reason: str = ""
    hint: str = ""
    elsewhere: bool = False


def number(readings: Sequence[tuple[str, Reading]], metric: str) -> Number:
    """Return the number called `metric`, the first of the files that has it; by its last part if no full name fits."""
    for file, reading in readings:
        if reading.state == "not available":
            return Number(reason=f"{file}: {reading.reason}", hint=reading.hint, elsewhere=True)
        if reading.state == "unreadable":
            return Number(reason=f"{file}: {reading.reason}")
        names = [metric] if metric in reading.values else []
        names = names or [name for name in reading.values if name.rpartition(".")[2] == metric]
        if len(names) > 1:
            return Number(reason=f"{file} has several values called {metric}: write its dotted name")
        if names:
            return finite_number(file, names[0], reading.values[names[0]])
    absent = [file for file, reading in readings if reading.state == "absent"]
    if absent:
        return Number(reason=f"there is no {absent[0]}", hint="mlgit train")
    return Number(reason=f"no metrics file has a value called {metric}")


def finite_number(file: str, name: str, value: object) -> Number:
    """Return a value of a file when it is a finite number."""
    if is_number(value):
        return Number(value=float(value))  # type: ignore[arg-type]
    return Number(reason=f"{name} in {file} is {value}, no finite number")


def decide_point(found: Finding, base: Number, head: Number, direction: Direction) -> Finding:
    """Return the verdict on a condition about a number as it stands."""
    found = replace(found, mode="point", base=base.value, head=head.value)
    if head.value is None:
        return without(found, head)
    relative = found.condition in RELATIVE
    if relative and base.value is None:
        return replace(found, reason=f"the base: {base.reason}", hint=base.hint)
    if relative and direction == "unknown":
        return replace(found, reason=UNKNOWN_DIRECTION, hint=SET_DIRECTION)
    change = None if base.value is None else head.value - base.value
    value = point(change if relative and change is not None else head.value)
    verdict = decide(found.condition, value, found.threshold, higher_is_better=direction == "higher")
    return replace(found, verdict=verdict, change=change)


def decide_seeds(
    found: Finding, base: Sequence[Number], head: Sequence[Number], direction: Direction
) -> Finding:
    """Return the verdict on a condition about the mean over seeds."""
    found = replace(found, mode="seeds", items=len(head))
    lost = next((one for one in head if one.value is None), None)
    if lost is not None:
        return without(found, lost)
    ours, theirs = ([one.value for one in side if one.value is not None] for side in (base, head))
    try:
        return over_seeds(found, ours, theirs, direction, complete=len(ours) == len(base))
    except StatisticsError as error:
        return replace(found, reason=str(error))


def over_seeds(
    found: Finding, base: Sequence[float], head: Sequence[float], direction: Direction, *, complete: bool
) -> Finding:
    """Return the verdict from the values of the seeds, with means and spread in its reason."""
    mean, spread = mean_and_spread(head)
    said = f"mean {mean:.5g}, spread {spread:.2g} over {len(head)} seeds"
    found = replace(found, head=mean, reason=said)
    level = two_sided_level(found.confidence)
    if found.condition not in RELATIVE:
        return with_interval(found, seeds_interval(head, level), seeds_interval(head, SHOWN), direction)
    if not complete:
        return replace(found, reason=f"{said}; the base lacks some of the files")
    if direction == "unknown":
        return replace(found, reason=UNKNOWN_DIRECTION, hint=SET_DIRECTION)
    before = mean_and_spread(base)[0]
    found = replace(found, base=before, change=mean - before)
    interval, shown = seeds_difference(base, head, level), seeds_difference(base, head, SHOWN)
    return with_interval(found, interval, shown, direction)


def with_interval(found: Finding, interval: Interval, shown: Interval, direction: Direction) -> Finding:
    """Return a finding with the verdict of an interval, and with both intervals."""
    higher = direction == "higher"
    return replace(
        found,
        verdict=decide(found.condition, interval, found.threshold, higher_is_better=higher),
        bound=bound(found.condition, found.threshold, higher_is_better=higher),
        shown=shown,
        decided=interval,
    )


def without(found: Finding, lost: Number) -> Finding:
    """Return a finding about a number that the head does not show: only what lies elsewhere leaves it open."""
    verdict = Verdict.UNDECIDED if lost.elsewhere else Verdict.FAIL
    return replace(found, verdict=verdict, reason=f"the head: {lost.reason}", hint=lost.hint)


def point(value: float) -> Interval:
    """Return a number as an interval without width."""
    return Interval(estimate=value, low=value, high=value, method="point")
