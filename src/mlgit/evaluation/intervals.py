"""What the predictions say about the rows of a comparison: intervals, verdicts, slices, and how many items decide.

A model without predictions costs nothing here: numpy is imported only once there are two sets to compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.errors import MlgitError
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.model import INSTALL, NO_NUMPY, Outcome, evaluate_model, lacking
from mlgit.evaluation.staleness import not_trained
from mlgit.evaluation.warnings import repository_warnings
from mlgit.metrics.claims import with_claims
from mlgit.metrics.comparison import MetricRow, ModelComparison, State
from mlgit.metrics.coverage import with_coverage
from mlgit.metrics.direction import Direction
from mlgit.metrics.rows import with_verdict, with_verdicts, written_as
from mlgit.metrics.verdict import Finding, GateWarning, ModelVerdict
from mlgit.stats.decision import RELATIVE
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import SHOWN

if TYPE_CHECKING:
    from mlgit.evaluation.evaluator import Evaluator
    from mlgit.stats.estimates import Estimates


def with_evidence(compared: list[ModelComparison], inputs: Inputs) -> tuple[list[ModelComparison], int]:
    """Return the models with what their predictions and gates say, as mlgit.yaml at the base names them.

    Beside them the number of rows over which what is said of single ones holds.
    """
    try:
        known = inputs.models
    except MlgitError:
        return [with_coverage(one) for one in compared], 0
    warnings = tuple(repository_warnings(inputs))
    judged, claims = with_claims(
        [
            with_model(one, known.get(one.name), inputs.head_models.get(one.name), inputs, warnings)
            for one in compared
        ],
        {name: model.looks for name, model in known.items()},
    )
    return [with_coverage(one) for one in judged], claims


def with_model(
    one: ModelComparison,
    base: Model | None,
    head: Model | None,
    inputs: Inputs,
    warnings: tuple[GateWarning, ...],
) -> ModelComparison:
    """Return one model with its evidence; as it is where nobody named predictions or gates."""
    model = base or head
    if (base and base.gates) or (head and head.gates):
        one = replace(one, gate=evaluate_model(inputs, one.name, base, warnings).verdict)
    elif model is not None:
        one = replace(one, gate=without_gates(inputs, one.name, model))
    if model is None:
        return one
    one = replace(one, verification=inputs.verification(one.name, model.folder))
    if model.predictions is None:
        return with_gate(one, model, None)
    found = evaluator_of(inputs, model)
    if isinstance(found, str):
        return with_gate(replace(one, evidence=found), model, None)
    return with_gate(with_intervals(one, found), model, found)


def without_gates(inputs: Inputs, name: str, model: Model) -> ModelVerdict | None:
    """Return what a person has to know of a model that nobody gates: that it was not trained on what the head holds."""
    stale = not_trained(inputs, name, model)
    return ModelVerdict(name=name, verdict=None, state="no gates", warnings=stale) if stale else None


def evaluator_of(inputs: Inputs, model: Model) -> Evaluator | str:
    """Return the evaluator of the predictions of both sides, or what to say where there is none."""
    both = None if inputs.same_predictions(model) else inputs.predictions(model)
    if both is None:
        return "no prediction changed"
    lost = lacking(*both)
    if lost is not None:
        return why(lost)
    try:
        checked = inputs.checked(model, *both)
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return f"not available: {NO_NUMPY} ({INSTALL})"
    return checked.evaluator or checked.why


def why(lost: Outcome) -> str:
    """Return why there are no intervals, with the command that helps."""
    said = lost.reason or "; ".join(error.message for error in lost.errors)
    return f"{said} ({lost.hint})" if lost.hint else said


def with_intervals(one: ModelComparison, evaluator: Evaluator) -> ModelComparison:
    """Return a model whose metrics have the intervals of their changes, where the predictions give that metric."""
    rows = tuple(with_interval(row, evaluator) for row in one.metrics)
    found = next((row.changed for row in rows if row.changed is not None), None)
    changed = (
        "" if found is None else f", {found:,} predictions changed" if found else ", no prediction changed"
    )
    return replace(one, metrics=rows, evidence=f"{evaluator.items:,} items{changed}")


def with_interval(row: MetricRow, evaluator: Evaluator) -> MetricRow:
    """Return a row with its interval when the predictions give exactly the numbers that stand in it."""
    name = row.name.rpartition(".")[2]
    if row.change is None or not evaluator.knows(name):
        return row
    try:
        estimates = evaluator.estimates(name)
        known = estimates.base(SHOWN).estimate, estimates.head(SHOWN).estimate
        if written_as(row.base, known[0]) and written_as(row.head, known[1]):
            # What is measured tells which way is better; a head may not turn it round in its mlgit.yaml.
            direction: Direction = "higher" if evaluator.higher_is_better(name) else "lower"
            return with_difference(replace(row, direction=direction), estimates)
    except StatisticsError:
        pass
    return row


def with_difference(row: MetricRow, estimates: Estimates) -> MetricRow:
    """Return a row with the 95 % interval of its change; raises `StatisticsError` where there is none."""
    interval = estimates.difference(SHOWN)
    return replace(row, interval=interval, p_value=estimates.p_value, changed=estimates.changed)


def with_gate(one: ModelComparison, model: Model, evaluator: Evaluator | None) -> ModelComparison:
    """Return a model whose rows carry the verdicts of its gates, with a row for each slice that a gate names."""
    if one.state == "unchanged" and evaluator is not None:
        # The predictions may be all that differs: nothing of the pipeline and no metrics file.
        one = replace(one, state="changed")
    if one.gate is None:
        return one
    sliced: dict[tuple[str, str], list[Finding]] = {}
    findings = one.gate.findings
    for finding in findings:
        if finding.slice and not finding.gap:
            sliced.setdefault((finding.metric, finding.slice), []).append(finding)
    rows = with_verdicts(one.metrics, findings)
    more = (slice_row(several, model, evaluator) for several in sliced.values())
    return replace(one, metrics=(*rows, *more))


def slice_row(findings: Sequence[Finding], model: Model, evaluator: Evaluator | None) -> MetricRow:
    """Return the row of a metric on a part of the test set."""
    one, file = findings[0], model.predictions or ""
    direction: Direction = "higher" if model.higher_is_better(one.metric) else "lower"
    state: State = "not available" if one.head is None else "changed" if one.change else "unchanged"
    row = MetricRow(
        file=file,
        name=one.metric,
        slice=one.slice,
        state=state,
        base=one.base,
        head=one.head,
        change=one.change,
        direction=direction,
        changed=one.changed,
        reason=one.reason if one.head is None else "",
    )
    if evaluator is not None and one.head is not None:
        row = with_slice_interval(row, findings, evaluator)
    return with_verdict(row, findings)


def with_slice_interval(row: MetricRow, findings: Sequence[Finding], evaluator: Evaluator) -> MetricRow:
    """Return a row with the 95 % interval of its change: a finding's, else the one of these items."""
    try:
        row = with_difference(row, evaluator.estimates(row.name, part=row.slice))
    except StatisticsError:
        return row
    known = next((one.shown for one in findings if one.condition in RELATIVE and one.shown), None)
    return row if known is None else replace(row, interval=known)
