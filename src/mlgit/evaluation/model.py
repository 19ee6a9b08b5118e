"""The evaluation of one model: from what stands at base and head to its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.evaluation.budget import budget_of, budget_warnings, ledger_errors, usage_of
from mlgit.evaluation.files import file_findings
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.pipeline import edited, pipeline_errors, pipeline_warnings
from mlgit.evaluation.staleness import not_trained
from mlgit.evaluation.verification import contradictions, verification_errors, verification_warnings
from mlgit.evaluation.warnings import head_errors, model_warnings, touched
from mlgit.metrics.slices import SliceSearch
from mlgit.metrics.verdict import Budget, EvidenceError, Finding, GateWarning, ModelVerdict, State, overall
from mlgit.predictions.stored import Stored
from mlgit.stats.decision import Verdict

if TYPE_CHECKING:
    from mlgit.evaluation.evaluator import Evaluator
    from mlgit.predictions.usage import Usage

NO_NUMPY = "numpy is not installed, and predictions cannot be compared without it"
INSTALL = 'pip install "mlgit[data]"'


class Evaluation(Struct, frozen=True, kw_only=True):
    """A verdict, with what the ledger has to know: the use of the test set and the version that was evaluated."""

    verdict: ModelVerdict
    usage: Usage | None = None
    version: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """What the evidence of one model came to. With `undecided`, some rules could not be evaluated at all."""

    state: State
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    hint: str = ""
    errors: tuple[EvidenceError, ...] = ()
    warnings: tuple[GateWarning, ...] = ()
    undecided: bool = False
    budget: Budget | None = None
    items: int | None = None
    usage: Usage | None = None
    version: str = ""
    slices: SliceSearch | None = None


NO_PREDICTIONS = Outcome(
    state="not available",
    reason="only aggregated metrics: without predictions a difference cannot be told from noise",
    hint="set predictions: in mlgit.yaml, or mode: point in the gate",
    undecided=True,
)


def evaluate_model(
    inputs: Inputs, name: str, model: Model | None, warnings: tuple[GateWarning, ...]
) -> Evaluation:
    """Return the evaluation of a model; `model` is that of the base, None when only the head names it.

    `warnings` are those about the whole repository: they keep a PASS back, too.
    """
    if model is None or not model.gates:
        return Evaluation(verdict=without_gates(inputs, name, known=model is not None))
    outcome = outcome_of(inputs, name, model)
    errors = (
        *head_errors(inputs, name),
        *pipeline_errors(inputs, model),
        *outcome.errors,
        *verification_errors(inputs, name, model),
    )
    warnings = (
        *warnings,
        *model_warnings(inputs, name, model),
        *pipeline_warnings(inputs, model),
        *outcome.warnings,
        *verification_warnings(inputs, name, model, outcome.state),
    )
    verdict = verdict_of(name, model, outcome, warnings, errors)
    return Evaluation(verdict=verdict, usage=outcome.usage, version=outcome.version)


def verdict_of(
    name: str,
    model: Model,
    outcome: Outcome,
    warnings: tuple[GateWarning, ...],
    errors: tuple[EvidenceError, ...],
) -> ModelVerdict:
    """Return what the evidence on a model comes to."""
    verdicts = [finding.verdict for finding in outcome.findings] + [Verdict.UNDECIDED] * outcome.undecided
    return ModelVerdict(
        name=name,
        verdict=overall(verdicts, warnings, errors),
        state="broken" if outcome.state == "not available" and errors else outcome.state,
        reason=outcome.reason,
        hint=outcome.hint,
        findings=outcome.findings,
        errors=errors,
        warnings=warnings,
        budget=outcome.budget,
        items=outcome.items,
        pull_request=model.undecided.pull_request,
        promote=model.undecided.promote,
        slices=outcome.slices,
    )


def without_gates(inputs: Inputs, name: str, *, known: bool) -> ModelVerdict:
    """Return the verdict about a model that the base does not gate."""
    head = inputs.head_models.get(name)
    if head is None or not head.gates:
        return ModelVerdict(name=name, verdict=None, state="no gates")
    what = "has no gates yet" if known else "does not know the model yet"
    return ModelVerdict(
        name=name,
        verdict=Verdict.UNDECIDED,
        state="new",
        reason=f"the base {what}: a head is never decided by gates of its own",
        hint="a person decides about this one; from the next change on the gates count",
        pull_request=head.undecided.pull_request,
        promote=head.undecided.promote,
    )


def outcome_of(inputs: Inputs, name: str, model: Model) -> Outcome:
    """Return what the evidence of a gated model comes to."""
    untouched, same = not touched(inputs, model), inputs.same_predictions(model)
    both = None if untouched and same else inputs.predictions(model)
    same = same or (both is not None and both[0].version == both[1].version != "")
    stale = not_trained(inputs, name, model)
    again = inputs.again(name, model)
    if same and untouched:
        outcome = unchanged(inputs, name, model)
    elif all(rule.reads_files for _, rule in model.rules):
        outcome = Outcome(
            state="evaluated",
            findings=file_findings(inputs, model, again=again),
            errors=of_one_mind(inputs, model, both),
        )
    else:
        outcome = NO_PREDICTIONS if both is None else lacking(*both) or with_predictions(inputs, model, *both)
        by_files = file_findings(inputs, model, again=again)
        outcome = replace(outcome, findings=(*outcome.findings, *by_files))
    return replace(outcome, warnings=(*stale, *outcome.warnings))


def unchanged(inputs: Inputs, name: str, model: Model) -> Outcome:
    """Return the outcome of a model that predicts what it did: at most its numbers of metrics files are asked."""
    findings = file_findings(inputs, model, changed_only=True, again=inputs.again(name, model))
    if findings:
        return Outcome(state="evaluated", findings=findings, reason="no prediction changed")
    what = "its predictions did not change" if name in inputs.concerned else "nothing of this model changed"
    return Outcome(state="unchanged", reason=f"{what}, so nothing is asked of it")


def lacking(base: Stored, head: Stored) -> Outcome | None:
    """Return the outcome where the predictions of a side are not there to be evaluated; None when they are."""
    if head.state == "refused":
        return refused("refused", f"head: {head.reason}")
    if head.state == "absent" and base.state != "absent":
        return refused("predictions-gone", f"there is no {head.path} at the head; mlgit train writes it")
    if base.state == "absent":
        reason = f"the base has no predictions ({base.path}), so there is nothing to compare with"
        hint = f"commit {base.path} on the base first: mlgit train writes it"
        return Outcome(state="new", reason=reason, hint=hint, undecided=True)
    for side, one in (("base", base), ("head", head)):
        if one.state != "read":
            reason, hint = f"{side}: not available: {one.reason}", one.hint or "dvc pull"
            return Outcome(state="not available", reason=reason, hint=hint, undecided=True)
    return None


def refused(kind: str, message: str) -> Outcome:
    """Return the outcome of a head whose predictions are no file to read."""
    error = EvidenceError(kind=kind, message=message)
    return Outcome(state="broken", errors=(error,), undecided=True)


def with_predictions(inputs: Inputs, model: Model, base: Stored, head: Stored) -> Outcome:
    """Return the outcome of the rules about predictions."""
    try:
        checked = inputs.checked(model, base, head)
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return Outcome(state="not available", reason=NO_NUMPY, hint=INSTALL, undecided=True)
    errors, evaluator = (*edited(head, base), *checked.errors), checked.evaluator
    if evaluator is None:
        return Outcome(
            state="not available", reason=checked.reason, hint=checked.hint, errors=errors, undecided=True
        )
    used = usage_of(inputs, model, base, evaluator.table)
    budget = budget_of(model, used, head)
    findings = tuple(
        finding
        for metric, rule in model.rules
        if not rule.reads_files
        for finding in evaluator.findings(
            metric,
            rule,
            model.evaluation_confidence(rule, used=budget.used),
            model.failure_confidence(rule),
        )
    )
    return Outcome(
        state="evaluated",
        findings=findings,
        errors=(
            *errors,
            *contradictions(inputs, model, evaluator, findings),
            *ledger_errors(inputs.ledger),
        ),
        warnings=(*unrecorded(inputs, model, base, head), *checked.warnings, *budget_warnings(budget)),
        budget=budget,
        items=evaluator.items,
        usage=used,
        version=head.version,
        slices=searched(inputs, model, evaluator),
    )


def searched(inputs: Inputs, model: Model, evaluator: Evaluator) -> SliceSearch | None:
    """Return where the head is worse, by the metric of the first gate on predictions; None where nobody asked."""
    metrics = [metric for metric, rule in model.rules if not rule.reads_files and evaluator.knows(metric)]
    if not inputs.slices or not metrics:
        return None
    from mlgit.evaluation.slices import search

    return search(evaluator, metrics[0])


def of_one_mind(
    inputs: Inputs, model: Model, both: tuple[Stored, Stored] | None
) -> tuple[EvidenceError, ...]:
    """Return what a metrics file says against the predictions beside it, where rules read the file alone."""
    if both is None or lacking(*both) is not None:
        return ()
    try:
        evaluator = inputs.checked(model, *both).evaluator
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return ()
    return () if evaluator is None else tuple(contradictions(inputs, model, evaluator, ()))


def unrecorded(inputs: Inputs, model: Model, base: Stored, head: Stored) -> tuple[GateWarning, ...]:
    """Return what keeps dvc.lock from vouching for the head's predictions; a broken one is told of already."""
    if inputs.pipelines(model.folder)[1].errors:
        return ()
    if base.recorded is not None and head.recorded is None:
        message = f"dvc.lock of the head no longer says which stage wrote {head.path}"
        return (GateWarning(kind="unrecorded", message=message, hint="mlgit train"),)
    return ()
