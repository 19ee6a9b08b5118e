"""A retraining as the pull request that proposes it, and what its issues share with it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mlgit.dvc.plots import Chart
from mlgit.host.document import CommentDocument, Section
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease, Result
from mlgit.jobs.retraining.notices import days_text
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison
from mlgit.metrics.tally import tally
from mlgit.metrics.verdict import Side
from mlgit.views.comment import Frame, document, headline
from mlgit.views.escape import code
from mlgit.views.markdown import LONGEST, list_section

WHY_WEIGHT = 65
"""Left out after the metrics."""
TRAINED = "Why it was trained"
CAUSES = {
    "data": "new data or a changed pipeline on the default branch",
    "schedule": "the schedule",
    "dispatch": "an event",
    "hand": "a person",
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


def cost_text(one: Assignment, trained: Result) -> str:
    """Return what the training took."""
    expected = (
        f", {one.estimate.minutes:.1f} were expected from {one.estimate.origin}"
        if one.estimate is not None
        else ""
    )
    stages = ", ".join(code(name) for name in trained.stages[:10])
    ran = f"; stages: {stages}" if stages else ""
    return f"{trained.seconds / 60:.1f} minutes{expected}; attempt {one.attempt}{ran}"


def why(lease: Lease, one: Assignment, trained: Result, heading: str = TRAINED) -> Section:
    """Return the part that says why the pull request or issue exists, and what it cost."""
    pieces = [f"asked for by {cause_text(lease.trigger)}", f"at {code(lease.base[:12])}"]
    pieces += [f"out of date: {code(reason, LONGEST)}" for reason in one.job.stale[:20]]
    if one.limit_days is not None and one.job.age_days is not None:
        age = days_text(one.job.age_days)
        pieces.append(f"too old: the model was {age} old, and `ct.max_age_days` is {one.limit_days}")
    pieces.append(f"cost: {cost_text(one, trained)}")
    if trained.left_out:
        others = ", ".join(code(path, LONGEST) for path in trained.left_out)
        pieces.append(f"left out, because no stage writes it to Git: {others}")
    return list_section(heading, WHY_WEIGHT, pieces)


def with_head(comparison: Comparison, name: str) -> Comparison:
    """Return a comparison whose new side has a name: where it was made is nobody's working tree."""
    return replace(comparison, head=Side(name=name, commit=None))


def title(one: Assignment, comparison: Comparison) -> str:
    """Return the title of a pull request."""
    return f"Retrain {one.job.name} ({one.cause}): {headline(tally(comparison))}"


def proposal(
    lease: Lease,
    one: Assignment,
    trained: Result,
    comparison: Comparison,
    charts: Sequence[Chart],
    whole: str = "",
) -> CommentDocument:
    """Return the body of a pull request: the comparison, the cause, what changed in the data, the cost."""
    notes = {"none": (NO_GATES,), "UNDECIDED": (UNDECIDED,)}.get(trained.verdict, ())
    made = document(with_head(comparison, one.branch), charts, Frame(whole=whole, notes=notes))
    return CommentDocument(
        verdict=made.verdict, sections=(why(lease, one, trained), *made.sections), whole=made.whole
    )
