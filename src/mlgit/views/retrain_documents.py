"""A retraining as the pull request that proposes it, or as the issue that says why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.dvc.plots import Chart
from mlgit.forge.document import CommentDocument, Section
from mlgit.metrics.comparison import Comparison
from mlgit.metrics.tally import tally
from mlgit.retraining.decision import Assignment
from mlgit.retraining.handover import Claimed, Trained
from mlgit.retraining.trigger import Trigger
from mlgit.views.comment import Frame, document, headline
from mlgit.views.escape import code

WHY_WEIGHT = 65
"""Left out after the metrics."""
LONGEST = 400
CAUSES = {
    "data": "new data or a changed pipeline on the default branch",
    "schedule": "the schedule",
    "dispatch": "an event",
    "hand": "a person asked",
}
NO_GATES = "No gates judge this model: whether it is better is for the reader of these numbers."
UNDECIDED = "The gates are **undecided**: the evidence does not say whether this model is good enough."


def cause_text(trigger: Trigger) -> str:
    """Return why a training was asked for, in Markdown."""
    said = CAUSES[trigger.kind]
    if trigger.event:
        said += f", {code(trigger.event)}"
    if trigger.because:
        said += f": {code(trigger.because, LONGEST)}"
    return f"{said} (report {code(trigger.report[:12])})" if trigger.report else said


def cost_text(one: Assignment, trained: Trained) -> str:
    """Return what the training took."""
    expected = f", {one.estimate / 60:.1f} were expected" if one.estimate is not None else ""
    stages = ", ".join(code(name) for name in trained.stages[:10])
    ran = f"; stages: {stages}" if stages else ""
    return f"{trained.seconds / 60:.1f} minutes{expected}; attempt {one.attempt}{ran}"


def why(claimed: Claimed, one: Assignment, trained: Trained) -> Section:
    """Return the part that says why the pull request or issue exists, and what it cost."""
    pieces = [f"- asked for by {cause_text(claimed.trigger)}", f"- at {code(claimed.base[:12])}"]
    pieces += [f"- out of date: {code(reason, LONGEST)}" for reason in one.unit.stale[:20]]
    return Section(
        title="Why it was trained",
        weight=WHY_WEIGHT,
        pieces=(*pieces, f"- cost: {cost_text(one, trained)}"),
    )


def title(one: Assignment, comparison: Comparison) -> str:
    """Return the title of a pull request."""
    return f"Retrain {one.unit.name} ({one.cause}): {headline(tally(comparison))}"


def proposal(
    claimed: Claimed,
    one: Assignment,
    trained: Trained,
    comparison: Comparison,
    charts: Sequence[Chart],
    *,
    whole: str = "",
) -> CommentDocument:
    """Return the body of a pull request: the comparison, the cause, what changed in the data, the cost."""
    notes = {"none": (NO_GATES,), "UNDECIDED": (UNDECIDED,)}.get(trained.verdict, ())
    made = document(comparison, charts, Frame(whole=whole, notes=notes))
    return CommentDocument(
        verdict=made.verdict, sections=(why(claimed, one, trained), *made.sections), whole=made.whole
    )


def issue(
    claimed: Claimed, one: Assignment, trained: Trained, comparison: Comparison | None, *, whole: str = ""
) -> tuple[str, CommentDocument]:
    """Return title and body of the issue about data that are wrong or a model that is worse."""
    name = one.unit.name
    if trained.ending == "bad-data":
        said = f"## ❌ The data of {code(name)} are wrong: nothing was trained\n\n{code(trained.detail, LONGEST)}"
        lines = tuple(f"- {code(line.strip(), LONGEST)}" for line in trained.lines)
        rules = Section(title="Broken rules", weight=WHY_WEIGHT + 5, pieces=lines)
        cure = "Mend the data in a commit to the default branch; it starts the training again. Then close this issue."
        return f"Retraining {name}: the data are wrong", CommentDocument(
            verdict=f"{said}\n\n{cure}", sections=(rules, why(claimed, one, trained)), whole=whole
        )
    said = f"## ❌ The new {code(name)} fails the gates: it is not proposed"
    made = document(comparison) if comparison is not None else CommentDocument(verdict="")
    return f"Retraining {name}: the new model is worse", CommentDocument(
        verdict=f"{said}\n\n{made.verdict}",
        sections=(why(claimed, one, trained), *made.sections),
        whole=whole,
    )
