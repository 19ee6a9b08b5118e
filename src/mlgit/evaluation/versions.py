"""The verdict on one version of a model against another, both of them merged: by the gates of the default branch.

What a pull request may not decide for itself, its rules, its workflows, its test set, was decided when it was merged. So
the gates are those of the default branch today, and a changed rule or workflow between two versions keeps back nothing;
a changed test set does, because the two are then not measured on the same items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.config.gates import Gate, Rule
from mlgit.config.model import Model
from mlgit.evaluation.files import file_findings
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.model import NO_PREDICTIONS, Outcome, lacking, outcome_of, verdict_of, with_predictions
from mlgit.evaluation.pipeline import pipeline_errors, pipeline_warnings
from mlgit.evaluation.warnings import SPLIT
from mlgit.git.snapshot import pair
from mlgit.metrics.rows import written_as
from mlgit.metrics.verdict import GateWarning, ModelVerdict
from mlgit.project.project import Project
from mlgit.stats.decision import Verdict
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import SHOWN, Interval

if TYPE_CHECKING:
    from mlgit.evaluation.evaluator import Evaluator

FIRST = "there is no version to compare with, and no gate asks for a value by itself"


def evaluate_versions(project: Project, name: str, model: Model, base: str | None, head: str) -> ModelVerdict:
    """Return the verdict on the model at commit `head` against that at `base`; None: only what its gates ask by themselves.

    `model` is what mlgit.yaml of the default branch says of it. The verdict is None without gates, and without a base
    where every gate is a comparison.
    """
    if not model.gates:
        return ModelVerdict(name=name, verdict=None, state="no gates")
    if base is None:
        return first_verdict(project, name, model, head)
    inputs = Inputs(project, pair(project.repository, base, head))
    outcome = outcome_of(inputs, name, model)
    warnings = (*pipeline_warnings(inputs, model), *test_set_warnings(inputs))
    return between(name, model, outcome, inputs, warnings)


def first_verdict(project: Project, name: str, model: Model, head: str) -> ModelVerdict:
    """Return the verdict by the rules that need no other model."""
    asked = replace(model, gates=tuple(absolute(model)))
    if not asked.gates:
        return ModelVerdict(name=name, verdict=None, state="new", reason=FIRST)
    inputs = Inputs(project, pair(project.repository, head, head))
    both = None if all(rule.reads_files for _, rule in asked.rules) else inputs.predictions(asked)
    if both is not None:
        outcome = lacking(*both) or with_predictions(inputs, asked, *both)
    else:
        alone = all(rule.reads_files for _, rule in asked.rules)
        outcome = Outcome(state="evaluated") if alone else NO_PREDICTIONS
    outcome = replace(outcome, findings=(*outcome.findings, *file_findings(inputs, asked)))
    return between(name, asked, outcome, inputs, ())


def absolute(model: Model) -> Iterator[Gate]:
    """Yield the gates of a model with what they ask without a comparison."""
    for gate in model.gates:
        kept: dict[str, Rule] = {
            metric: replace(rule, no_worse_than=None, better_than=None)
            for metric, rule in gate.items()
            if rule.min is not None or rule.max is not None
        }
        if kept:
            yield kept


def test_set_warnings(inputs: Inputs) -> Iterator[GateWarning]:
    """Yield that the two versions are measured on different items."""
    changed = sorted(path for path in inputs.changed if SPLIT.search(path))
    if changed:
        yield GateWarning(
            kind="test-set",
            message=f"the test set {', '.join(changed)} changed between the two versions",
            hint="a person decides: approval: pull_request, and undecided.promote: warn",
        )


def between(
    name: str, model: Model, outcome: Outcome, inputs: Inputs, warnings: tuple[GateWarning, ...]
) -> ModelVerdict:
    """Return what the evidence comes to; on other items than the base's nothing is decided."""
    errors = (*pipeline_errors(inputs, model), *outcome.errors)
    found = verdict_of(name, model, outcome, (*warnings, *outcome.warnings), errors)
    moved = any(warning.kind == "test-set" for warning in found.warnings)
    return replace(found, verdict=Verdict.UNDECIDED) if moved else found


def measured(
    project: Project, model: Model, commit: str, metrics: Mapping[str, Mapping[str, float]]
) -> dict[str, Interval]:
    """Return the 95 % interval of each metric of files that the predictions at a commit give, by its name."""
    if model.predictions is None:
        return {}
    inputs = Inputs(project, pair(project.repository, commit, commit))
    both = inputs.predictions(model)
    if both is None or lacking(*both) is not None:
        return {}
    try:
        evaluator = inputs.checked(model, *both).evaluator
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return {}
    found: dict[str, Interval] = {}
    for name, value in (one for values in metrics.values() for one in values.items() if evaluator):
        interval = interval_of(evaluator, name) if evaluator else None
        if interval is not None and written_as(value, interval.estimate):
            found[name] = interval
    return found


def interval_of(evaluator: Evaluator, name: str) -> Interval | None:
    """Return the 95 % interval of a metric of the head, None where the predictions do not give it."""
    try:
        return evaluator.estimates(name.rpartition(".")[2]).head(SHOWN)
    except StatisticsError:
        return None
