"""What of a model was judged, what was not, and what failed: nothing else may be called passed or unchanged. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mlgit.metrics.comparison import Coverage, MetricRow, ModelComparison, Remark
from mlgit.metrics.direction import is_baseline
from mlgit.metrics.reading import is_number
from mlgit.metrics.rows import SEVERAL
from mlgit.metrics.verdict import Finding, ModelVerdict
from mlgit.stats.decision import Verdict

NO_INTERVAL = "no interval, so the change cannot be told from noise"
NO_DIRECTION = "nothing tells which way is better"
SET_DIRECTION = "set directions: in mlgit.yaml"
NOT_FINITE = ("NaN", "Infinity", "-Infinity")
GONE = "the head has no such value any more"
NEW = "it is new, so there is nothing to compare it with"
NO_NUMBER = "it is no number"
OPEN_RULE = "the gates leave it undecided"
FAILED_RULE = "it fails its gate"


def with_coverage(model: ModelComparison) -> ModelComparison:
    """Return a model with what of it was judged, from its rows, its gates and the files that cannot be read."""
    return replace(model, coverage=coverage(model))


def coverage(model: ModelComparison) -> Coverage:
    """Return what a report on a model rests on. The metrics of a trivial baseline are context: nobody judges them."""
    rows = [row for row in model.metrics if not is_baseline(row.name)]
    failed = [Remark(reason=one.message, file=one.file) for one in model.errors]
    not_judged: list[Remark] = []
    judged = 0
    if model.gate is not None:
        failed += failures(model.gate)
        not_judged += left_open(model.gate)
        decided = (Verdict.PASS, Verdict.FAIL)
        judged += sum(one.verdict in decided for one in model.gate.findings)
        judged += model.gate.verdict is Verdict.PASS and not model.gate.findings
    for row in rows:
        broken = broken_value(row)
        why = "" if broken else unjudged(row)
        failed += [about(row, broken)] if broken else []
        not_judged += [about(row, why)] if why else []
        judged += not broken and not why and row.verdict is None
    return Coverage(judged=judged, not_judged=tuple(not_judged), failed=tuple(failed))


def failures(gate: ModelVerdict) -> Iterator[Remark]:
    """Yield what is wrong with the head's evidence, and the rules that it fails."""
    yield from (Remark(reason=one.message) for one in gate.errors)
    yield from (finding_remark(one, FAILED_RULE) for one in gate.findings if one.verdict is Verdict.FAIL)


def left_open(gate: ModelVerdict) -> Iterator[Remark]:
    """Yield what the gates leave open: the rules, what a person has to look at, and why nothing was evaluated."""
    yield from (Remark(reason=one.message, hint=one.hint) for one in gate.warnings if one.blocks)
    open_rules = [one for one in gate.findings if one.verdict is Verdict.UNDECIDED]
    yield from (finding_remark(one, OPEN_RULE) for one in open_rules)
    if gate.verdict is Verdict.UNDECIDED and gate.reason and not open_rules:
        yield Remark(reason=gate.reason, hint=gate.hint)


def finding_remark(one: Finding, otherwise: str) -> Remark:
    """Return a rule as a remark, with its own reason or `otherwise`."""
    return Remark(reason=one.reason or otherwise, metric=one.metric, slice=one.slice, hint=one.hint)


def about(row: MetricRow, reason: str) -> Remark:
    """Return a remark on a row."""
    hint = SET_DIRECTION if reason == NO_DIRECTION else row.hint
    return Remark(reason=reason, metric=row.name, file=row.file, slice=row.slice, hint=hint)


def broken_value(row: MetricRow) -> str:
    """Return why a value is broken: it was a number, or is new, and is none any more; empty where it is not."""
    if row.head in NOT_FINITE and row.base != row.head:
        return f"it is {row.head}, no finite number"
    return ""


def unjudged(row: MetricRow) -> str:
    """Return why nobody can say anything of a row; empty where a gate, an interval or an equal number does."""
    if row.verdict is not None:
        return ""
    if row.state in ("unreadable", "not available"):
        return row.reason or row.state
    if row.state in ("gone", "new"):
        return row.reason or (GONE if row.state == "gone" else NEW)
    if row.head in NOT_FINITE:
        return f"it is {row.head} at both sides"
    if row.reason == SEVERAL:
        return row.reason
    if row.state == "unchanged":
        return ""
    if not (is_number(row.base) and is_number(row.head)):
        return NO_NUMBER
    if row.direction == "unknown":
        return NO_DIRECTION
    return NO_INTERVAL if row.interval is None else ""
