"""The evaluation budget: how far a test set is used up, and what its ledger must not lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgit.config.model import Model
from mlgit.dvc import lockfile
from mlgit.dvc.state import place
from mlgit.evaluation.inputs import Inputs
from mlgit.metrics.verdict import Budget, EvidenceError, GateWarning
from mlgit.predictions.stored import Stored

if TYPE_CHECKING:
    from mlgit.predictions.ledger import Ledger
    from mlgit.predictions.table import Table
    from mlgit.predictions.usage import Usage

RENEW = "mlgit data split TABLE --renew, in a change of its own"


def usage_of(inputs: Inputs, model: Model, base: Stored, table: Table) -> Usage:
    """Return how the test set was used before."""
    from mlgit.predictions.usage import usage

    return usage(
        inputs.project.repository,
        inputs.project.cache,
        inputs.ledger,
        inputs.base.commit or "",
        table,
        paths=sorted({one.predictions for one in inputs.models.values() if one.predictions}),
        directories=directories(inputs, model),
        kept_by_dvc=base.version.startswith("md5-"),
        enough=model.test_set.steps + 1,
    )


def directories(inputs: Inputs, model: Model) -> dict[tuple[str, str], str]:
    """Return the directory that each stage of a model's pipeline runs in, by the path of its dvc.lock and its name."""
    state = inputs.pipelines(model.folder)[0]
    stages = state.pipeline.stages.values() if state.pipeline else ()
    return {(place(model.folder, lockfile.FILE), stage.name): stage.directory for stage in stages}


def budget_of(model: Model, used: Usage, head: Stored) -> Budget:
    """Return the state of the test set for these predictions, which cost nothing when they were evaluated before."""
    others, recorded = used.known - {head.version}, used.recorded
    return Budget(
        test_set=used.test_set,
        planned=model.test_set.steps,
        used=len(others),
        accepted=len(used.accepted),
        recorded=None if recorded is None else len(recorded),
        unrecorded=len(used.accepted - recorded) if recorded else 0,
        seen_before=head.version in used.known,
        corrected=model.test_set.split,
        confidence=model.confidence,
        evaluation_confidence=model.evaluation_confidence(used=len(others)),
        adaptive=model.test_set.adaptive,
        tries=model.test_set.tries,
        worn=model.worn(len(others)),
        complete=used.complete,
    )


def budget_warnings(budget: Budget) -> tuple[GateWarning, ...]:
    """Return what a used-up or unknown budget keeps back."""
    made = []
    if budget.spent:
        message = f"the test set is spent: it was meant for {budget.planned:,} evaluations, and {budget.used:,} are used"
        made.append(GateWarning(kind="spent", message=message, hint=RENEW))
    if budget.worn:
        looks = max(0, budget.used - 1) + budget.tries
        message = f"the test set was looked at {looks:,} times, too often to tell chance from skill of somebody who looks"
        made.append(GateWarning(kind="worn", message=message, hint=RENEW))
    if not budget.complete:
        message = "the history is cut off (a shallow clone), so the evaluations cannot be counted"
        made.append(GateWarning(kind="shallow", message=message, hint="git fetch --unshallow"))
    if budget.unrecorded:
        message = f"the ledger lacks {budget.unrecorded:,} accepted evaluation(s): it was rolled back, or not always written"
        made.append(GateWarning(kind="ledger-gap", message=message, hint="mlgit gate --record"))
    return tuple(made)


def ledger_errors(known: Ledger) -> tuple[EvidenceError, ...]:
    """Return what nobody may do to a ledger."""
    made = []
    if known.deleted:
        made.append(EvidenceError(kind="ledger-deleted", message="a commit of the ledger takes lines away"))
    if known.rolled_back:
        message = "the ledger of the remote no longer holds what was fetched before: it was rolled back"
        made.append(EvidenceError(kind="ledger-rolled-back", message=message))
    return tuple(made)
