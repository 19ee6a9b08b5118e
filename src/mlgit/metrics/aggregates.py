"""Decide rules from numbers of metrics files: one number as it stands, or the mean over several seeds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.metrics import moments
from mlgit.metrics.direction import Direction
from mlgit.metrics.reading import Reading, is_number
from mlgit.metrics.verdict import Condition, Finding
from mlgit.stats import decision
from mlgit.stats.decision import Verdict
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import Interval, two_sided_level
from mlgit.stats.seeds import mean_and_spread, seeds_difference, seeds_interval

SHOWN = 0.95
UNKNOWN_DIRECTION = "its name does not tell which way is better"


class Number(Struct, frozen=True, kw_only=True):
    """A metric in one file at one moment: its value, or why there is none (`hidden`: it may exist elsewhere)."""

    value: float | None = None
    reason: str = ""
    hint: str = ""
    hidden: bool = False


def number(readings: Sequence[tuple[str, Reading]], metric: str) -> Number:
    """Return the number called `metric`, the first of the files that has it; by its last part if no full name fits."""
    for file, reading in readings:
        if reading.state == "not available":
            return Number(reason=f"{file}: {reading.reason}", hint=reading.hint, hidden=True)
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


def decide_point(blank: Finding, base: Number, head: Number, direction: Direction) -> Finding:
    """Return the answer to a condition about a number as it stands."""
    found = replace(blank, mode="point", base=base.value, head=head.value)
    if head.value is None:
        return replace(found, verdict=missing(head), reason=f"the head: {head.reason}", hint=head.hint)
    if blank.condition in ("min", "max"):
        interval = point(head.value)
        return replace(found, verdict=decide(blank, interval, higher=True), **change(base, head))
    if base.value is None:
        return replace(found, reason=f"the base: {base.reason}", hint=base.hint)
    if direction == "unknown":
        return replace(found, reason=UNKNOWN_DIRECTION, hint="set directions: in mlgit.yaml")
    interval = point(head.value - base.value)
    return replace(found, verdict=decide(blank, interval, higher=direction == "higher"), **change(base, head))


def decide_seeds(
    blank: Finding, base: Sequence[Number], head: Sequence[Number], direction: Direction
) -> Finding:
    """Return the answer to a condition about the mean over seeds."""
    found = replace(blank, mode="seeds", items=len(head))
    lost = next((one for one in head if one.value is None), None)
    if lost is not None:
        return replace(found, verdict=missing(lost), reason=f"the head: {lost.reason}", hint=lost.hint)
    ours = [one.value for one in base if one.value is not None]
    theirs = [one.value for one in head if one.value is not None]
    try:
        return over_seeds(found, ours, theirs, direction, complete=len(ours) == len(base))
    except StatisticsError as error:
        return replace(found, reason=str(error))


def over_seeds(
    found: Finding, base: Sequence[float], head: Sequence[float], direction: Direction, *, complete: bool
) -> Finding:
    """Return the answer from the values of the seeds, with means and spread in its reason."""
    mean, spread = mean_and_spread(head)
    said = f"mean {mean:.5g}, spread {spread:.2g} over {len(head)} seeds"
    found = replace(found, head=mean, reason=said)
    level = two_sided_level(found.confidence)
    if found.condition in ("min", "max"):
        interval, shown = seeds_interval(head, level), seeds_interval(head, SHOWN)
        return with_interval(found, interval, shown, higher=True)
    if not complete:
        return replace(found, reason=f"{said}; the base lacks some of the files")
    if direction == "unknown":
        return replace(found, reason=UNKNOWN_DIRECTION, hint="set directions: in mlgit.yaml")
    before = mean_and_spread(base)[0]
    found = replace(found, base=before, change=mean - before)
    interval, shown = seeds_difference(base, head, level), seeds_difference(base, head, SHOWN)
    return with_interval(found, interval, shown, higher=direction == "higher")


def with_interval(found: Finding, interval: Interval, shown: Interval, *, higher: bool) -> Finding:
    """Return a finding with its answer and both intervals."""
    return replace(
        found,
        verdict=decide(found, interval, higher=higher),
        bound=bound(found, higher=higher),
        shown=report_interval(shown),
        decided=report_interval(interval),
    )


def decide(found: Finding, interval: Interval, *, higher: bool) -> Verdict:
    """Return the answer of a condition; a number that lies on its bound fulfils `min`, `max` and `no_worse_than`."""
    condition: Condition = found.condition
    if interval.low == interval.high and condition != "better_than":
        return Verdict.PASS if reached(condition, interval.low, found.threshold, higher) else Verdict.FAIL
    if condition == "min":
        return decision.at_least(interval, found.threshold).answer
    if condition == "max":
        return decision.at_most(interval, found.threshold).answer
    if condition == "no_worse_than":
        return decision.no_worse_than(interval, found.threshold, higher_is_better=higher).answer
    return decision.better_than(interval, found.threshold, higher_is_better=higher).answer


def bound(found: Finding, *, higher: bool) -> float:
    """Return what the interval is held against, in the metric's own direction."""
    if found.condition in ("min", "max"):
        return found.threshold
    return -found.threshold if (found.condition == "no_worse_than") == higher else found.threshold


def reached(condition: Condition, value: float, threshold: float, higher: bool) -> bool:
    """Tell whether a value without spread fulfils a condition, its bound included."""
    if condition == "max":
        return value <= threshold
    if condition == "min":
        return value >= threshold
    return value >= -threshold if higher else value <= threshold


def missing(lost: Number) -> Verdict:
    """Return what a number that the head does not show means: only what lies elsewhere leaves it open."""
    return Verdict.UNDECIDED if lost.hidden else Verdict.FAIL


def change(base: Number, head: Number) -> dict[str, float]:
    """Return the change as a field of a finding, when both are known."""
    return {} if base.value is None or head.value is None else {"change": head.value - base.value}


def point(value: float) -> Interval:
    """Return a number as an interval without width."""
    return Interval(estimate=value, low=value, high=value, level=SHOWN, method="point", n=1)


def report_interval(interval: Interval) -> moments.Interval:
    """Return an interval as reports show it."""
    return moments.Interval(
        low=interval.low,
        high=interval.high,
        confidence=interval.level,
        method=interval.method,
        items=interval.n,
    )
