"""Judge one model: from what stands at base and head to its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mlgit.commands.gate.bench import Bench
from mlgit.commands.gate.files import changed_file_findings, file_findings
from mlgit.commands.gate.pipeline import edited, pipeline_errors, pipeline_warnings
from mlgit.commands.gate.staleness import not_trained
from mlgit.commands.gate.warnings import head_errors, model_warnings, touched
from mlgit.config.gates import Rule
from mlgit.config.model import Configuration, Model
from mlgit.dvc.paths import joined
from mlgit.metrics.verdict import Budget, EvidenceError, Finding, GateWarning, ModelVerdict, overall
from mlgit.predictions.ledger import Ledger
from mlgit.predictions.stored import Stored
from mlgit.stats.decision import Verdict

if TYPE_CHECKING:
    from mlgit.predictions.budget import Usage
    from mlgit.predictions.table import Table

NO_NUMPY = "numpy is not installed, and predictions cannot be compared without it"
INSTALL = 'pip install "mlgit[data]"'
RENEW = "mlgit data split TABLE --renew, in a change of its own"


class Judgement(Struct, frozen=True, kw_only=True):
    """A verdict, with what the ledger has to know: the use of the test set and the version that was judged."""

    verdict: ModelVerdict
    usage: Usage | None = None
    version: str = ""


class Hearing(Struct, frozen=True, kw_only=True):
    """What is known about a model before its predictions are opened."""

    bench: Bench
    name: str
    model: Model
    warnings: tuple[GateWarning, ...]
    errors: tuple[EvidenceError, ...]

    def close(self, **said: object) -> ModelVerdict:
        """Return the verdict of this model with what its rules say of undecided cases."""
        follows = self.model.undecided
        known = {"name": self.name, "pull_request": follows.pull_request, "promote": follows.promote}
        return ModelVerdict(**{"errors": self.errors, "warnings": self.warnings, **known, **said})  # type: ignore[arg-type]


def judge(bench: Bench, name: str, model: Model | None, warnings: tuple[GateWarning, ...]) -> Judgement:
    """Return the judgement of a model; `model` is that of the base, None when only the head names it.

    `warnings` are those about the whole repository: they keep a PASS back, too.
    """
    if model is None or not model.gates:
        return Judgement(verdict=without_gates(bench, name, known=model is not None))
    hearing = Hearing(
        bench=bench,
        name=name,
        model=model,
        warnings=(*warnings, *model_warnings(bench, name, model), *pipeline_warnings(bench, model)),
        errors=(*head_errors(bench, name), *pipeline_errors(bench, model)),
    )
    untouched, same = not touched(bench, model), bench.same_predictions(model)
    both = None if untouched and same else bench.predictions(model)
    if same or (both and both[0].version == both[1].version != ""):
        hearing = replace(hearing, warnings=(*hearing.warnings, *not_trained(bench, name, model)))
        if untouched:
            return unchanged(hearing)
    return heard(hearing, both)


def without_gates(bench: Bench, name: str, *, known: bool) -> ModelVerdict:
    """Return the verdict about a model that the base does not gate."""
    head = bench.head.models.get(name) if isinstance(bench.head, Configuration) else None
    if head is None or not head.gates:
        return ModelVerdict(name=name, verdict=None, state="no gates")
    what = "has no gates yet" if known else "does not know the model yet"
    return ModelVerdict(
        name=name,
        verdict=Verdict.UNDECIDED,
        state="new",
        reason=f"the base {what}: a head is never judged by gates of its own",
        hint="a person decides about this one; from the next change on the gates count",
        pull_request=head.undecided.pull_request,
        promote=head.undecided.promote,
    )


def unchanged(hearing: Hearing) -> Judgement:
    """Return the judgement of a model that predicts what it did: at most its numbers of metrics files are asked."""
    findings = changed_file_findings(hearing.bench, hearing.model)
    if not findings:
        return Judgement(verdict=nothing_asked(hearing))
    return concluded(hearing, findings, state="evaluated", reason="no prediction changed")


def nothing_asked(hearing: Hearing) -> ModelVerdict:
    """Return the verdict about a model that predicts what it did."""
    changed = hearing.name in hearing.bench.concerned
    what = "its predictions did not change" if changed else "nothing of this model changed"
    return hearing.close(
        verdict=overall((), hearing.warnings, hearing.errors),
        state="unchanged",
        reason=f"{what}, so nothing is asked of it",
    )


def heard(hearing: Hearing, both: tuple[Stored, Stored] | None) -> Judgement:
    """Return the judgement from metrics files and from predictions, as the rules want."""
    aggregated = file_findings(hearing.bench, hearing.model)
    asked = [rule for gate in hearing.model.gates for rule in gate.values() if not rule.reads_files]
    if not asked:
        return concluded(hearing, aggregated, state="evaluated")
    unheard = obstacle(both)
    if both is None or unheard is not None:
        state, reason, hint, errors = unheard or obstacle_without()
        return concluded(
            hearing, aggregated, state=state, reason=reason, hint=hint, errors=errors, open_rules=True
        )
    return with_predictions(hearing, both, aggregated)


def concluded(
    hearing: Hearing,
    findings: tuple[Finding, ...],
    *,
    state: str,
    reason: str = "",
    hint: str = "",
    errors: tuple[EvidenceError, ...] = (),
    open_rules: bool = False,
) -> Judgement:
    """Return the judgement without predictions; with `open_rules` it is UNDECIDED at best."""
    errors = (*hearing.errors, *errors)
    answers = [finding.verdict for finding in findings] + [Verdict.UNDECIDED] * open_rules
    made = hearing.close(
        verdict=overall(answers, hearing.warnings, errors),
        state=state,
        reason=reason,
        hint=hint,
        findings=findings,
        errors=errors,
    )
    return Judgement(verdict=made)


Obstacle = tuple[str, str, str, tuple[EvidenceError, ...]]


def obstacle_without() -> Obstacle:
    """Return what is to be said of a model whose predictions nobody named."""
    reason = "only aggregated metrics: without predictions a difference cannot be told from noise"
    return "not available", reason, "set predictions: in mlgit.yaml, or mode: point in the gate", ()


def obstacle(both: tuple[Stored, Stored] | None) -> Obstacle | None:
    """Return why predictions cannot be heard: state, reason, hint, and errors of the head; None when they can."""
    if both is None:
        return obstacle_without()
    base, head = both
    if head.state == "refused":
        return "broken", "", "", (EvidenceError(kind="refused", message=f"head: {head.reason}"),)
    if head.state == "absent" and base.state != "absent":
        message = f"there is no {head.path} at the head; mlgit train writes it"
        return "broken", "", "", (EvidenceError(kind="predictions-gone", message=message),)
    if base.state == "absent":
        reason = f"the base has no predictions ({base.path}), so there is nothing to compare with"
        return "new", reason, f"commit {base.path} on the base first: mlgit train writes it", ()
    for side, one in (("base", base), ("head", head)):
        if one.state != "read":
            return "not available", f"{side}: not available: {one.reason}", one.hint or "dvc pull", ()
    return None


def unrecorded(hearing: Hearing, base: Stored, head: Stored) -> tuple[GateWarning, ...]:
    """Return what keeps dvc.lock from vouching for the head's predictions; a broken one is told of already."""
    folder = joined(hearing.model.pipeline) or ""
    if hearing.bench.state(hearing.bench.moments.head, folder).troubles:
        return ()
    if base.recorded is not None and head.recorded is None:
        message = f"dvc.lock of the head no longer says which stage wrote {head.path}"
        return (GateWarning(kind="unrecorded", message=message, hint="mlgit train"),)
    return ()


def with_predictions(
    hearing: Hearing, both: tuple[Stored, Stored], aggregated: tuple[Finding, ...]
) -> Judgement:
    """Return the judgement from the predictions of both sides."""
    try:
        from mlgit.commands.gate.evidence import hear
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return concluded(
            hearing, aggregated, state="not available", reason=NO_NUMPY, hint=INSTALL, open_rules=True
        )
    base, head = both
    evidence = hear(hearing.bench.heard, hearing.model, base, head)
    errors = (*hearing.errors, *edited(head, base), *evidence.errors)
    if evidence.trial is None:
        state = "broken" if errors else "not available"
        return concluded(
            hearing,
            aggregated,
            state=state,
            reason=evidence.reason,
            hint=evidence.hint,
            errors=(*edited(head, base), *evidence.errors),
            open_rules=True,
        )
    used = usage_of(hearing, base, evidence.trial.base)
    budget = budget_of(hearing, used, head)
    errors = (*errors, *ledger_errors(hearing.bench.ledger))
    warnings = (
        *hearing.warnings,
        *unrecorded(hearing, base, head),
        *evidence.warnings,
        *budget_warnings(budget),
    )
    findings = (
        *evidence.trial.findings(hearing.model.gates, lambda rule: confidence(hearing, rule)),
        *aggregated,
    )
    made = hearing.close(
        verdict=overall([finding.verdict for finding in findings], warnings, errors),
        state="evaluated",
        findings=findings,
        errors=errors,
        warnings=warnings,
        budget=budget,
        items=evidence.trial.items,
    )
    return Judgement(verdict=made, usage=used, version=head.version)


def confidence(hearing: Hearing, rule: Rule) -> float:
    """Return the one-sided confidence of one rule at this step."""
    whole = rule.confidence or hearing.model.confidence
    plan = hearing.model.test_set
    return 1.0 - (1.0 - whole) / plan.steps if plan.split else whole


def usage_of(hearing: Hearing, base: Stored, table: Table) -> Usage:
    """Return how the test set was used before."""
    from mlgit.predictions.budget import usage

    models = hearing.bench.base.models.values() if hearing.bench.base else ()
    return usage(
        hearing.bench.repository,
        hearing.bench.reader.cache,
        hearing.bench.ledger,
        hearing.bench.moments.base.commit or "",
        table,
        paths=sorted({model.predictions for model in models if model.predictions}),
        kept_by_dvc=base.version.startswith("md5-"),
        enough=hearing.model.test_set.steps + 1,
    )


def budget_of(hearing: Hearing, used: Usage, head: Stored) -> Budget:
    """Return the state of the test set for these predictions."""
    from mlgit.predictions.budget import Plan, budget

    plan = hearing.model.test_set
    return budget(
        used, Plan(steps=plan.steps, split=plan.split, confidence=hearing.model.confidence), head.version
    )


def budget_warnings(budget: Budget) -> tuple[GateWarning, ...]:
    """Return what a used-up or unknown budget keeps back."""
    made = []
    if budget.spent:
        message = f"the test set is spent: it was meant for {budget.planned:,} evaluations, and {budget.used:,} are used"
        made.append(GateWarning(kind="spent", message=message, hint=RENEW))
    if not budget.complete:
        message = "the history is cut off (a shallow clone), so the evaluations cannot be counted"
        made.append(GateWarning(kind="shallow", message=message, hint="git fetch --unshallow"))
    if budget.unrecorded:
        message = f"the ledger lacks {budget.unrecorded:,} accepted evaluation(s): it was rolled back, or not always written"
        made.append(GateWarning(kind="ledger-gap", message=message, hint="mlgit gate --record"))
    return tuple(made)


def ledger_errors(book: Ledger) -> tuple[EvidenceError, ...]:
    """Return what nobody may do to a ledger."""
    made = []
    if book.deleted:
        made.append(EvidenceError(kind="ledger-deleted", message="a commit of the ledger takes lines away"))
    if book.rolled_back:
        message = "the ledger of the remote no longer holds what was fetched before: it was rolled back"
        made.append(EvidenceError(kind="ledger-rolled-back", message=message))
    return tuple(made)
