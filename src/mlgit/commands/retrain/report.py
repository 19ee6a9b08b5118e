"""Report what a person has to look at: one issue is open for a model and a cause, for as long as the cause is there."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from mlgit.commands.retrain.scene import WORKFLOW, Scene
from mlgit.forge.document import CommentDocument
from mlgit.forge.job import append_to_summary, run_address
from mlgit.forge.proposals import close_issues, report_issue
from mlgit.forge.sticky import Posted, ReportKey
from mlgit.metrics.comparison import Comparison
from mlgit.retraining.age import Overdue
from mlgit.retraining.decision import Assignment, Report
from mlgit.retraining.handover import Claimed, Concluded, Reported, Trained
from mlgit.retraining.ledger import Ledger, Notice, notice_page
from mlgit.views.retrain_issues import issue, mended, reported

KINDS: dict[str, tuple[str, Literal["worse", "bad-data", "failed"]]] = {
    "trained": ("worse", "worse"),
    "bad-data": ("bad data", "bad-data"),
    "failed": ("failed", "failed"),
}
"""By how a training ended: the name of its issue, and what the ledger calls it."""
RAN = ("bad data", "failed", "long")
MENDED: dict[str, tuple[str, ...]] = {
    "proposed": (*RAN, "worse", "old"),
    "committed": (*RAN, "worse", "old"),
    "unchanged": RAN,
    "worse": RAN,
}
"""By what came of a training: the names of the issues whose cause is gone."""
WHY = {
    "old": "the model is too old and nothing is new to train it on",
    "long": "its training would take longer than ct.budget.minutes, so it never starts",
}


def report_training(
    scene: Scene, claimed: Claimed, one: Assignment, trained: Trained, comparison: Comparison | None = None
) -> Concluded:
    """Make sure that an issue is open about data that are wrong, a pipeline that failed or a model that is worse."""
    kind, ending = KINDS[trained.ending]
    title, document = issue(claimed, one, trained, comparison, whole=run_address(scene.world))
    posted = post(scene, key(one.unit.name, kind), title, document)
    said = trained.detail if ending != "worse" else "the gates say FAIL"
    return Concluded(
        unit=one.unit.name,
        ending=ending,
        text=f"{said}; the issue is {posted.outcome}",
        url=posted.url,
        seconds=trained.seconds,
        notes=posted.notes,
    )


def close_mended(
    scene: Scene, ledger: Ledger, claimed: Claimed, one: Assignment, done: Concluded
) -> Concluded:
    """Close the issues whose cause is gone, as far as this training knows: about a later one it has nothing to say."""
    kinds = MENDED.get(done.ending, ())
    if not kinds or ledger.knows_later(one.unit.name, claimed.mark, claimed.at):
        return done
    keys = [key(one.unit.name, kind) for kind in kinds]
    closed = close_issues(scene.forge, keys, mended(one.unit.name, done, scene.world.clock()))
    notes = [f"closed {url}" for _, url in closed.issues]
    notes += [f"issues that are mended may stay open: {closed.trouble}"] if closed.trouble else []
    return replace(done, notes=(*done.notes, *notes))


def report_model(scene: Scene, claimed: Claimed, one: Report) -> Reported:
    """Make sure that an issue is open about a model that is not trained, and note last that it was reported."""
    name = one.unit.name
    ending: Literal["old", "long"] = "old" if isinstance(one, Overdue) else "long"
    noted = Ledger(scene.book.pages()).notice(one.name)
    if noted is not None:
        return Reported(unit=name, ending=ending, text="it was reported before", url=noted.url)
    title, document = reported(claimed, one, whole=run_address(scene.world))
    posted = post(scene, key(name, ending), title, document)
    notice = Notice(
        unit=name,
        made=one.unit.made,
        detail=one.detail,
        trigger=claimed.trigger.key,
        at=scene.world.clock(),
        url=posted.url,
    )
    scene.book.add(lambda _: notice_page(one.name, notice))
    text = f"{WHY[ending]}; the issue is {posted.outcome}"
    return Reported(unit=name, ending=ending, text=text, url=posted.url, notes=posted.notes)


def post(scene: Scene, cause: ReportKey, title: str, document: CommentDocument) -> Posted:
    """Make sure that an issue is open; where the token may open none, its text goes to the summary of the job."""
    posted = report_issue(scene.forge, cause, title=title, document=document)
    if posted.outcome == "refused":
        append_to_summary(scene.world, posted.body)
    return posted


def key(model: str, kind: str) -> ReportKey:
    """Return which issue: that of a model and a cause."""
    return ReportKey(workflow=WORKFLOW, report=f"{model} {kind}")
