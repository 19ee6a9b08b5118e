"""The rules that are decided from metrics files, read at both revisions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from mlgit.config.gates import Rule
from mlgit.config.model import Model
from mlgit.evaluation.aggregates import Number, decide_point, decide_seeds, number
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.rules import open_findings
from mlgit.metrics.direction import known_direction
from mlgit.metrics.reading import ABSENT
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import Verdict

Again = Mapping[str, Mapping[str, float | None]]
"""What metrics came to when they were measured again, by file and name, where that is not what the file says."""
NOTHING: Again = MappingProxyType({})
AS_IT_STANDS = "verify: {{tolerance: {{{metric}: ...}}}} in mlgit.yaml says how far it may come out from the committed number"


def file_findings(
    inputs: Inputs, model: Model, *, changed_only: bool = False, again: Again = NOTHING
) -> tuple[Finding, ...]:
    """Return the verdicts on the rules of a model that read metrics files; `changed_only`: files that the head changes.

    A number that came to another one `again` passes only what both pass.
    """
    return tuple(
        finding
        for metric, rule in model.rules
        if rule.reads_files and not (changed_only and inputs.changed.isdisjoint(files(inputs, model, rule)))
        for finding in findings(inputs, model, metric, rule, again)
    )


def files(inputs: Inputs, model: Model, rule: Rule) -> set[str]:
    """Return the files that a rule reads at either side."""
    before, after = inputs.metrics(model, rule.files)
    return {*before, *after}


def findings(inputs: Inputs, model: Model, metric: str, rule: Rule, again: Again = NOTHING) -> list[Finding]:
    """Return the verdict on each condition of one rule."""
    direction = known_direction(metric, model.declared)
    found = open_findings(metric, rule, model.evaluation_confidence(rule))
    sides = inputs.metrics(model, rule.files)
    if rule.seeds:
        before, after = (
            [number([(file, side.get(file, ABSENT))], metric) for file in rule.seeds] for side in sides
        )
        return [decide_seeds(one, before, after, direction) for one in found]
    base, head = (number(list(side.items()), metric) for side in sides)
    decided = [decide_point(one, base, head, direction) for one in found]
    other = again.get(head.file, {})
    if metric not in other:
        return decided
    second = replace(head, value=other[metric])
    return [
        held_back(one, decide_point(asked, base, second, direction), second)
        for asked, one in zip(found, decided, strict=True)
    ]


def held_back(one: Finding, other: Finding, second: Number) -> Finding:
    """Return a verdict on a number that came to a `second` one: UNDECIDED where that does not pass as well."""
    if one.verdict is not Verdict.PASS or other.verdict is Verdict.PASS:
        return one
    came = "no finite number" if second.value is None else f"{second.value:g}"
    reason = f"not verified: {one.metric} came to {came} when it was measured again"
    return replace(one, verdict=Verdict.UNDECIDED, reason=reason, hint=AS_IT_STANDS.format(metric=one.metric))
