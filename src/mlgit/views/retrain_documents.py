"""A retraining as the pull request that proposes it, and what its issues share with it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mlgit.host.document import CommentDocument, Section
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease, Result
from mlgit.jobs.retraining.notices import days_text
from mlgit.jobs.retraining.proposal import Proposal
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison
from mlgit.metrics.tally import tally
from mlgit.metrics.verdict import Side
from mlgit.text import counted, moment_text
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
NO_GATES_OF = "No gates judge {}: whether they are better is for the reader of these numbers."
UNDECIDED_OF = "The gates are **undecided** about {}: the evidence does not say whether they are good enough."
WAITING = "From earlier runs, and as new as they were"
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
    asked = [f"asked for by {cause_text(lease.trigger)}", f"at {code(lease.base[:12])}"]
    return list_section(heading, WHY_WEIGHT, [*asked, *reasons(one, trained), *left_out(trained)])


def reasons(one: Assignment, trained: Result) -> list[str]:
    """Return what was out of date in a model, and what its training cost."""
    pieces = [f"out of date: {code(reason, LONGEST)}" for reason in one.job.stale[:20]]
    if one.limit_days is not None and one.job.age_days is not None:
        age = days_text(one.job.age_days)
        pieces.append(f"too old: the model was {age} old, and `ct.max_age_days` is {one.limit_days}")
    pieces.append(f"cost: {cost_text(one, trained)}")
    return pieces


def left_out(trained: Result) -> list[str]:
    """Return which files the run changed that are not proposed, empty where there are none."""
    others = ", ".join(code(path, LONGEST) for path in trained.left_out)
    return [f"left out, because no stage writes it to Git: {others}"] if others else []


def with_head(comparison: Comparison, name: str) -> Comparison:
    """Return a comparison whose new side has a name: where it was made is nobody's working tree."""
    return replace(comparison, head=Side(name=name, commit=None))


def title(proposed: Proposal) -> str:
    """Return the title of a pull request."""
    said = headline(tally(proposed.comparison))
    if not proposed.group:
        return f"Retrain {proposed.name} ({proposed.first.cause}): {said}"
    models = counted(len(proposed.jobs), "model")
    return f"Retrain {models} of {proposed.group} ({proposed.first.cause}): {said}"


def proposal(proposed: Proposal, whole: str = "") -> CommentDocument:
    """Return the body of a pull request: the comparison, the cause, what changed in the data, the cost."""
    comparison = with_head(proposed.comparison, proposed.branch)
    made = document(comparison, proposed.charts, Frame(whole=whole, notes=tuple(notes(proposed))))
    if proposed.group:
        first: tuple[Section, ...] = group_sections(proposed)
    else:
        first = (why(proposed.lease, proposed.first, proposed.trained[0].result),)
    return CommentDocument(verdict=made.verdict, sections=(*first, *made.sections), whole=made.whole)


def notes(proposed: Proposal) -> Iterator[str]:
    """Yield what a reader has to know of the gates, in a group by the names of the models."""
    for verdict, alone, of_some in (
        ("none", NO_GATES, NO_GATES_OF),
        ("UNDECIDED", UNDECIDED, UNDECIDED_OF),
    ):
        names = proposed.with_verdict(verdict)
        if names:
            yield of_some.format(", ".join(map(code, names))) if proposed.group else alone


def group_sections(proposed: Proposal) -> tuple[Section, ...]:
    """Return why each model of a group was trained, and which wait from earlier runs."""
    lease = proposed.lease
    asked = f"asked for by {cause_text(lease.trigger)} at {code(lease.base[:12])}"
    each = (
        f"{code(one.one.job.name)}: {'; '.join(reasons(one.one, one.result))}" for one in proposed.trained
    )
    others = left_out(proposed.trained[0].result)
    sections = (list_section(TRAINED, WHY_WEIGHT, (asked, *each, *others)),)
    waiting = [
        f"{code(one.job)}: trained on {moment_text(one.at)}: {code(one.detail, LONGEST)}"
        for one in proposed.waiting
    ]
    return (*sections, list_section(WAITING, WHY_WEIGHT - 1, waiting)) if waiting else sections
