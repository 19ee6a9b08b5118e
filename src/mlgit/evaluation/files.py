"""The rules that are decided from metrics files, read at both revisions."""

from __future__ import annotations

from mlgit.config.gates import Rule
from mlgit.config.model import Model
from mlgit.evaluation.aggregates import decide_point, decide_seeds, number
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.rules import open_findings
from mlgit.metrics.direction import known_direction
from mlgit.metrics.reading import ABSENT
from mlgit.metrics.verdict import Finding


def file_findings(inputs: Inputs, model: Model, *, changed_only: bool = False) -> tuple[Finding, ...]:
    """Return the verdicts on the rules of a model that read metrics files; `changed_only`: files that the head changes."""
    return tuple(
        finding
        for metric, rule in model.rules
        if rule.reads_files and not (changed_only and inputs.changed.isdisjoint(files(inputs, model, rule)))
        for finding in findings(inputs, model, metric, rule)
    )


def files(inputs: Inputs, model: Model, rule: Rule) -> set[str]:
    """Return the files that a rule reads at either side."""
    before, after = inputs.metrics(model, rule.files)
    return {*before, *after}


def findings(inputs: Inputs, model: Model, metric: str, rule: Rule) -> list[Finding]:
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
    return [decide_point(one, base, head, direction) for one in found]
