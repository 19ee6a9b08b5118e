"""Decide what two readings of one file mean, row by row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mlgit.metrics.comparison import Effect, MetricRow, ParameterRow, State
from mlgit.metrics.direction import Direction, direction_of, is_baseline
from mlgit.metrics.reading import ABSENT, Reading, is_number
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import all_of
from mlgit.stats.interval import Interval

RELATIVE_ERROR = 1e-6
SEVERAL = "several values of the file are called so: a key with a dot beside nested keys"
NOWHERE = "there is no such file at either side"


def metric_rows(
    file: str, base: Reading, head: Reading, declared: Mapping[str, Direction]
) -> list[MetricRow]:
    """Return a row for each metric of a file; `declared` are the directions that mlgit.yaml gives."""
    return [
        MetricRow(
            **facts,
            direction=(direction := direction_of(facts["name"], declared)),
            effect=beyond_noise(
                effect(facts["name"], facts["base"], facts["head"], direction, facts["state"]), None
            ),
        )
        for facts in value_facts(file, base, head)
    ]


def parameter_rows(file: str, base: Reading, head: Reading) -> list[ParameterRow]:
    """Return a row for each parameter of a file."""
    return [ParameterRow(**facts) for facts in value_facts(file, base, head)]


def value_facts(file: str, base: Reading, head: Reading) -> Iterator[dict[str, Any]]:
    """Yield what metrics and parameters have in common: name, state, both values, their change, reason and hint."""
    for name, state, reason, hint in states(base, head):
        old, new = base.values.get(name), head.values.get(name)
        yield {
            "file": file, "name": name, "state": state, "base": old, "head": new, "change": change(old, new),
            "reason": reason, "hint": hint,
        }  # fmt: skip


def states(base: Reading, head: Reading) -> list[tuple[str, State, str, str]]:
    """Return the name, the state, and the reason and hint of each value that two readings of a file hold.

    A side that cannot be read makes every row say so; a file without any value is one row with an empty name.
    """
    names = list(dict.fromkeys([*base.values, *head.values]))
    several = base.ambiguous | head.ambiguous
    for hidden in ("unreadable", "not available"):
        sides = [
            (side, reading) for side, reading in (("base", base), ("head", head)) if reading.state == hidden
        ]
        if sides:
            reason = "; ".join(f"at the {side}: {reading.reason}" for side, reading in sides)
            return [(name, hidden, reason, sides[0][1].hint) for name in names or [""]]
    if base.state == head.state == "absent":
        return [("", "not available", NOWHERE, "mlgit train")]
    if not names and base.state != head.state:
        return [("", "new" if base.state == "absent" else "gone", "the file holds no value", "")]
    lost = head.reason if head.state == "absent" else ""
    return [
        (name, state_of(base, head, name), SEVERAL if several and unquoted(name) in several else lost, "")
        for name in names
    ]


def unquoted(name: str) -> str:
    """Return the dotted name that a value shares with others: `"a.b".c` is one of `a.b.c`."""
    return name.replace('"', "").rstrip("'")


def state_of(base: Reading, head: Reading, name: str) -> State:
    """Return the state of one value of two files that could be read."""
    if name not in base.values:
        return "new"
    if name not in head.values:
        return "gone"
    return "unchanged" if same(base.values[name], head.values[name]) else "changed"


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same; true is not 1, but 1 is 1.0, as DVC has it."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def change(base: Any, head: Any) -> float | None:
    """Return head minus base of two numbers, None of anything else."""
    if not (is_number(base) and is_number(head)):
        return None
    try:
        difference = head - base
    except OverflowError:
        return None
    return difference if abs(difference) < float("inf") else None


def effect(name: str, base: Any, head: Any, direction: Direction, state: State) -> Effect:
    """Return whether a change is for the better by the metric's direction; of the trivial baseline, unknown."""
    if state == "unchanged":
        return "same"
    difference = change(base, head)
    if difference is None or direction == "unknown" or state != "changed" or is_baseline(name):
        return "unknown"
    if difference == 0:
        return "same"
    return "better" if (difference > 0) == (direction == "higher") else "worse"


def beyond_noise(found: Effect, interval: Interval | None) -> Effect:
    """Return an effect as far as the 95 % interval of the change bears it: `noise` where that holds zero.

    Without an interval nobody can tell.
    """
    if found not in ("better", "worse"):
        return found
    if interval is None:
        return "no interval"
    return "noise" if interval.low <= 0.0 <= interval.high else found


def all_rows(
    base: Mapping[str, Reading],
    head: Mapping[str, Reading],
    declared: Mapping[str, Direction],
    otherwise: tuple[Reading, Reading] = (ABSENT, ABSENT),
) -> tuple[MetricRow, ...]:
    """Return the rows of every file of metrics that either side has.

    `otherwise` is what to take for a file that only the other side names, at the base and at the head.
    """
    files = readings(base, head, otherwise)
    return tuple(row for file, old, new in files for row in metric_rows(file, old, new, declared))


def all_parameter_rows(
    base: Mapping[str, Reading],
    head: Mapping[str, Reading],
    otherwise: tuple[Reading, Reading] = (ABSENT, ABSENT),
) -> tuple[ParameterRow, ...]:
    """Return the rows of every file of parameters that either side has; see `all_rows`."""
    files = readings(base, head, otherwise)
    return tuple(row for file, old, new in files for row in parameter_rows(file, old, new))


def readings(
    base: Mapping[str, Reading], head: Mapping[str, Reading], otherwise: tuple[Reading, Reading]
) -> Iterator[tuple[str, Reading, Reading]]:
    """Yield each file of either side with what it says at both."""
    for file in dict.fromkeys([*base, *head]):
        yield file, base.get(file, otherwise[0]), head.get(file, otherwise[1])


def with_verdicts(rows: Iterable[MetricRow], findings: Sequence[Finding]) -> tuple[MetricRow, ...]:
    """Return rows with the verdicts of the gates on their metrics, and without any other verdict."""
    return tuple(with_verdict(replace(row, verdict=None), about(row, findings)) for row in rows)


def about(row: MetricRow, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings about a row: those that name it in full, else those that name its last part.

    A rule that is decided from predictions is about a row that holds what they give: `train.accuracy` is another number.
    """
    here = [
        one
        for one in findings
        if one.slice == row.slice and one.file in ("", row.file) and (row.slice or agrees(row, one))
    ]
    exact = [one for one in here if one.metric == row.name]
    if exact:
        return exact
    last = row.name.rpartition(".")[2]
    return [one for one in here if one.metric == last and one.mode == "interval"]


def agrees(row: MetricRow, finding: Finding) -> bool:
    """Tell whether the numbers of a row are those of a finding from predictions; of any other finding they may be."""
    if finding.mode != "interval" or finding.head is None:
        return True
    return written_as(row.base, finding.base) and written_as(row.head, finding.head)


def written_as(written: Any, computed: float | None) -> bool:
    """Tell whether a number of a file is a computed one, rounded as the file rounds; anything is where none was computed."""
    if computed is None:
        return True
    if not is_number(written):
        return False
    try:
        value = float(written)
    except OverflowError:
        return False
    digits = len(repr(written).partition(".")[2]) if "e" not in repr(written) else 15
    close = abs(value - computed) <= RELATIVE_ERROR * max(abs(value), abs(computed))
    return close or (digits >= 2 and abs(value - computed) <= 0.5000001 * 10.0**-digits)


def with_verdict(row: MetricRow, findings: Sequence[Finding]) -> MetricRow:
    """Return a row with the verdict over all conditions about its metric."""
    if not findings or is_baseline(row.name):
        return row
    needed = max((one.needed for one in findings if one.needed is not None), default=None)
    return replace(row, verdict=all_of(one.verdict for one in findings), needed=needed)
