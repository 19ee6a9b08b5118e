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

UNKNOWN_DIRECTION = "which way is better is not said, and its name is no exact name of a measure"
OF_SEEDS = "seeds on one test set say nothing about new items"
SEEDS_HINT = "gate the predictions of one of them too; a person decides about the recipe"
SET_DIRECTION = "set directions: in mlgit.yaml"


class Number(Struct, frozen=True, kw_only=True):
    """A metric at one revision: its value and its file, or why there is none.

    `open`: that there is none tells nothing of the model, because the file is elsewhere or several values have the name.
    `ambiguous`: the latter. `near`: a name that only ends in it is there. `files`: how many files were looked at.
    """

    value: float | None = None
    file: str = ""
    reason: str = ""
    hint: str = ""
    open: bool = False
    ambiguous: bool = False
    near: bool = False
    files: int = 1


def number(readings: Sequence[tuple[str, Reading]], metric: str) -> Number:
    """Return the number whose full name is `metric`; none where several files, or two values of one, are called so.

    A name that only ends in it is another metric: `train.accuracy` is not `accuracy`.
    """
    for file, reading in readings:
        if reading.state == "not available":
            return Number(reason=f"{file}: {reading.reason}", hint=reading.hint, open=True)
        if reading.state == "unreadable":
            return Number(reason=f"{file}: {reading.reason}")
        if metric in reading.ambiguous:
            reason = f"{file} has several values called {metric}: a key with a dot beside nested keys"
            return Number(reason=reason, hint=f"rename one of them in {file}", open=True, ambiguous=True)
    holders = [file for file, reading in readings if metric in reading.values]
    if len(holders) > 1:
        reason = f"{metric} is in {holders[0]} and in {holders[1]}"
        return Number(reason=reason, hint=naming(holders[0]), open=True, ambiguous=True)
    if holders:
        found = finite_number(holders[0], metric, dict(readings)[holders[0]].values[metric])
        return replace(found, files=len(readings))
    return nowhere(readings, metric)


def nowhere(readings: Sequence[tuple[str, Reading]], metric: str) -> Number:
    """Return why no file has a value of this name, and what could be meant."""
    absent = [file for file, reading in readings if reading.state == "absent"]
    if absent:
        return Number(reason=f"there is no {absent[0]}", hint="mlgit train", files=len(readings))
    near = [
        (name, file)
        for file, reading in readings
        for name in reading.values
        if name.rpartition(".")[2] == metric
    ]
    reason = f"no metrics file has a value called {metric}"
    if not near:
        return Number(reason=reason, files=len(readings))
    name, file = near[0]
    return Number(
        reason=f"{reason}; {file} has {name}",
        hint=f"write {name} in the gate",
        near=True,
        files=len(readings),
    )


def naming(file: str) -> str:
    """Return the hint that names a file for a rule."""
    return f"say which file counts in the gate of mlgit.yaml, for example file: {file}"


def finite_number(file: str, name: str, value: object) -> Number:
    """Return a value of a file when it is a finite number."""
    if is_number(value):
        return Number(value=float(value), file=file)  # type: ignore[arg-type]
    return Number(reason=f"{name} in {file} is {value}, no finite number", file=file)


def moved(base: Number, head: Number) -> tuple[str, str]:
    """Return why the head's number may be another metric than the base's, and the hint; empty where it is the same one."""
    if base.ambiguous:
        return f"the base: {base.reason}", base.hint
    if base.file and base.file != head.file:
        return f"it is in {base.file} at the base and in {head.file} at the head", naming(base.file)
    if not base.file and head.files > 1:
        return f"the base does not tell which of {head.files} metrics files is meant", naming(head.file)
    return "", ""


def decide_point(found: Finding, base: Number, head: Number, direction: Direction) -> Finding:
    """Return the verdict on a condition about a number as it stands."""
    found = replace(found, base=base.value, head=head.value)
    if head.value is None:
        # A rule that names nothing exactly, at the base already, is no fault of the head.
        return without(found, replace(head, open=head.open or (head.near and base.near)))
    doubt, hint = moved(base, head)
    if doubt:
        return replace(found, reason=doubt, hint=hint)
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
    found = replace(found, items=len(head))
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
    verdict = decide(found.condition, interval, found.threshold, higher_is_better=higher)
    if verdict is Verdict.PASS:
        # All seeds were measured on the same items: their spread tells of trainings, none of other items.
        verdict, reason = Verdict.UNDECIDED, f"{found.reason}; {OF_SEEDS}"
        found = replace(found, reason=reason, hint=SEEDS_HINT)
    return replace(
        found,
        verdict=verdict,
        bound=bound(found.condition, found.threshold, higher_is_better=higher),
        shown=shown,
        decided=interval,
    )


def without(found: Finding, lost: Number) -> Finding:
    """Return a finding about a number that the head does not show: FAIL unless that tells nothing of the model."""
    verdict = Verdict.UNDECIDED if lost.open else Verdict.FAIL
    return replace(found, verdict=verdict, reason=f"the head: {lost.reason}", hint=lost.hint)


def point(value: float) -> Interval:
    """Return a number as an interval without width."""
    return Interval(estimate=value, low=value, high=value, method="point")
