"""Report what a person has to look at: one issue is open for a model and a cause, for as long as the cause is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec.structs import replace

from mlgit.commands.retrain.scene import WORKFLOW, Scene
from mlgit.forge.job import append_to_summary, run_address
from mlgit.forge.proposals import Closed, close_issues, report_issue
from mlgit.forge.sticky import Posted, ReportKey
from mlgit.metrics.comparison import Comparison
from mlgit.retraining.age import Overdue
from mlgit.retraining.decision import Assignment, Report
from mlgit.retraining.handover import Claimed, Concluded, Reported, Trained
from mlgit.retraining.ledger import Ledger, Notice, Told, notice_page
from mlgit.retraining.recovery import Recovered
from mlgit.views.retrain_issues import Issue, issue, mended, reported, settled

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
UP_TO_DATE = "nothing is left to train, so what was told of it is over"


def report_training(
    scene: Scene, claimed: Claimed, one: Assignment, trained: Trained, comparison: Comparison | None = None
) -> Concluded:
    """Make sure that an issue is open about data that are wrong, a pipeline that failed or a model that is worse."""
    kind, ending = KINDS[trained.ending]
    said = issue(claimed, one, trained, comparison, whole=run_address(scene.world))
    posted = post(scene, claimed, one.unit.name, kind, said)
    why = trained.detail if ending != "worse" else "the gates say FAIL"
    return Concluded(
        unit=one.unit.name,
        ending=ending,
        text=f"{why}; the issue is {posted.outcome}",
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
    closed = close(scene, one.unit.name, kinds, mended(one.unit.name, done, scene.world.clock()))
    return replace(done, notes=(*done.notes, *notes_of(closed)))


def report_model(scene: Scene, claimed: Claimed, one: Report) -> Reported:
    """Tell what a person has to know of a model that is not trained, and note last that it was told."""
    ledger = Ledger(scene.book.pages())
    if isinstance(one, Recovered):
        return close_recovered(scene, ledger, claimed, one)
    name, noted = one.unit.name, ledger.notice(one.name)
    ending: Told = "old" if isinstance(one, Overdue) else "long"
    if noted is not None:
        return Reported(unit=name, ending=ending, text="it was reported before", url=noted.url)
    posted = post(scene, claimed, name, ending, reported(claimed, one, whole=run_address(scene.world)))
    tell(scene, claimed, one, ending, at=scene.world.clock(), url=posted.url)
    text = f"{WHY[ending]}; the issue is {posted.outcome}"
    return Reported(unit=name, ending=ending, text=text, url=posted.url, notes=posted.notes)


def close_recovered(scene: Scene, ledger: Ledger, claimed: Claimed, one: Recovered) -> Reported:
    """Close the issues of a model that is up to date; where the forge does not let us, the next run tries again."""
    name = one.unit.name
    if ledger.notice(one.name) is not None:
        return Reported(unit=name, ending="recovered", text="its issues were closed before")
    if ledger.knows_later(name, claimed.mark, claimed.at):
        return Reported(unit=name, ending="recovered", text="its issues are left to a later run")
    kinds = [kind.replace("-", " ") for kind in one.kinds]
    closed = close(scene, name, kinds, settled(claimed, one, scene.world.clock()))
    if not closed.trouble:
        tell(scene, claimed, one, "recovered", at=claimed.at, settles=one.settles)
    return Reported(unit=name, ending="recovered", text=UP_TO_DATE, notes=notes_of(closed))


def tell(
    scene: Scene,
    claimed: Claimed,
    one: Report,
    about: Told,
    *,
    at: float,
    url: str = "",
    settles: tuple[str, ...] = (),
) -> None:
    """Write into the ledger that something was told."""
    notice = Notice(
        unit=one.unit.name,
        about=about,
        made=one.unit.made,
        detail=one.detail,
        trigger=claimed.trigger.key,
        at=at,
        url=url,
        settles=settles,
    )
    scene.book.add(lambda pages: notice_page(Ledger(pages).place(one.name), notice))


def post(scene: Scene, claimed: Claimed, model: str, kind: str, said: Issue) -> Posted:
    """Make sure that an issue is open and says the newest; where the token may open none, the summary of the job says it."""
    title, document = said
    newest = not Ledger(scene.book.pages()).knows_later(model, claimed.mark, claimed.at)
    posted = report_issue(scene.forge, key(model, kind), title=title, document=document, newest=newest)
    if posted.outcome == "refused":
        append_to_summary(scene.world, posted.body)
    return posted


def close(scene: Scene, model: str, kinds: Collection[str], words: str) -> Closed:
    """Close the open issues of a model and these causes, each with `words` as its last."""
    return close_issues(scene.forge, [key(model, kind) for kind in kinds], words)


def notes_of(closed: Closed) -> tuple[str, ...]:
    """Return what there is to say about issues that were closed, or should have been."""
    stay = f"issues that are mended may stay open: {closed.trouble}"
    return (*(f"closed {url}" for _, url in closed.issues), *((stay,) if closed.trouble else ()))


def key(model: str, kind: str) -> ReportKey:
    """Return which issue: that of a model and a cause."""
    return ReportKey(workflow=WORKFLOW, report=f"{model} {kind}")
