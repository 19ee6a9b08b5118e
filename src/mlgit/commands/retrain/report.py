"""Report what a person has to look at: one issue is open for a model and a cause, for as long as the cause is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec.structs import replace

from mlgit.commands.retrain.scene import WORKFLOW, Scene
from mlgit.host.choose import ci_of
from mlgit.host.proposals import close_issues, report_issue
from mlgit.host.sticky import Posted, ReportKey
from mlgit.jobs.retraining.age import Overdue
from mlgit.jobs.retraining.decision import Assignment, Report
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Reported, Result
from mlgit.jobs.retraining.job import Job, name_of
from mlgit.jobs.retraining.ledger import Ledger, Notice, notice_entry
from mlgit.jobs.retraining.recovery import Recovered, standing
from mlgit.metrics.comparison import Comparison
from mlgit.views.retrain_issues import Issue, issue, mended, reported, settled

KINDS: dict[str, Literal["worse", "bad-data", "failed"]] = {
    "trained": "worse",
    "bad-data": "bad-data",
    "failed": "failed",
}
"""By how a training ended: the kind of what is told of it."""
ISSUES = {"bad-data": "bad data"}
"""By kind: the name of its issue where that is another."""
RAN = ("bad-data", "failed", "long")
MENDED: dict[str, tuple[str, ...]] = {
    "proposed": (*RAN, "worse", "old"),
    "committed": (*RAN, "worse", "old"),
    "unchanged": RAN,
    "worse": RAN,
}
"""By what came of a training: the kinds whose cause is gone."""
WHY = {
    "old": "the model is too old and nothing is new to train it on",
    "long": "its training would take longer than ct.budget.minutes, so it never starts",
}
LATER = "its issues are left to a later run"
UP_TO_DATE = "nothing is left to train, so what was told of it is over"


def report_training(
    scene: Scene, lease: Lease, one: Assignment, trained: Result, comparison: Comparison | None = None
) -> Conclusion:
    """Make sure that an issue is open about data that are wrong, a pipeline that failed or a model that is worse."""
    ending = KINDS[trained.ending]
    text = issue(lease, one, trained, comparison, whole=ci_of(scene.context).artifacts_address)
    newest = lease.is_newest(one.job.name, Ledger(scene.log.entries()))
    posted = post(scene, one.job.name, ending, text, newest=newest)
    why = trained.detail if ending != "worse" else "the gates say FAIL"
    return Conclusion(
        job=one.job.name,
        ending=ending,
        text=f"{why}; the issue is {posted.outcome}",
        url=posted.url,
        seconds=trained.seconds,
        notes=posted.notes,
    )


def close_mended(scene: Scene, ledger: Ledger, lease: Lease, one: Assignment, done: Conclusion) -> Conclusion:
    """Close the issues whose cause is gone, as far as this training knows: about a later one it has nothing to say."""
    kinds = MENDED.get(done.ending, ())
    if not kinds or not lease.is_newest(one.job.name, ledger):
        return done
    words = mended(one.job.name, done, scene.context.clock())
    return replace(done, notes=(*done.notes, *close(scene, ledger, lease, one.job, kinds, words)))


def report_model(scene: Scene, lease: Lease, one: Report) -> Reported:
    """Tell what a person has to know of a model that is not trained, and note last that it was told."""
    ledger = Ledger(scene.log.entries())
    if isinstance(one, Recovered):
        return close_recovered(scene, ledger, lease, one)
    name, noted = one.job.name, ledger.notice(one.name)
    ending: Literal["old", "long"] = "old" if isinstance(one, Overdue) else "long"
    if noted is not None:
        return Reported(job=name, ending=ending, text="it was reported before", url=noted.url)
    if not lease.is_newest(name, ledger):
        return Reported(job=name, ending=ending, text=LATER)
    issue_text = reported(lease, one, whole=ci_of(scene.context).artifacts_address)
    posted = post(scene, name, ending, issue_text, newest=True)
    notice = Notice(
        job=name,
        mark=lease.mark,
        about=ending,
        made=one.job.made,
        detail=one.detail,
        trigger=lease.trigger.key,
        at=scene.context.clock(),
        url=posted.url,
    )
    scene.log.append(lambda entries: notice_entry(Ledger(entries).place(one.name), notice))
    text = f"{WHY[ending]}; the issue is {posted.outcome}"
    return Reported(job=name, ending=ending, text=text, url=posted.url, notes=posted.notes)


def close_recovered(scene: Scene, ledger: Ledger, lease: Lease, one: Recovered) -> Reported:
    """Close the issues of a model that is up to date; where the forge does not let us, the next run tries again."""
    name = one.job.name
    if not any(trouble.kind in one.kinds for trouble in standing(name, ledger)):
        return Reported(job=name, ending="recovered", text="its issues were closed before")
    if not lease.is_newest(name, ledger):
        return Reported(job=name, ending="recovered", text=LATER)
    words = settled(lease, one, scene.context.clock())
    notes = close(scene, ledger, lease, one.job, one.kinds, words)
    return Reported(job=name, ending="recovered", text=UP_TO_DATE, notes=notes)


def post(scene: Scene, model: str, kind: str, text: Issue, *, newest: bool) -> Posted:
    """Make sure that an issue is open and says the newest; where the token may open none, the summary of the job says it."""
    title, document = text
    cause = key(model, ISSUES.get(kind, kind))
    posted = report_issue(scene.forge, cause, title=title, document=document, newest=newest)
    if posted.outcome == "refused":
        ci_of(scene.context).add_to_summary(posted.body)
    return posted


def close(
    scene: Scene, ledger: Ledger, lease: Lease, job: Job, kinds: Collection[str], words: str
) -> tuple[str, ...]:
    """Close the open issues of a model and these kinds, each with `words` as its last, and return what to say about it.

    Then what was told of them is settled in the ledger, so that it is told anew when it comes back.
    """
    closed = close_issues(scene.forge, [key(job.name, ISSUES.get(kind, kind)) for kind in kinds], words)
    entries = tuple(sorted(one.entry for one in standing(job.name, ledger) if one.kind in kinds))
    if entries and not closed.trouble:
        settle(scene, lease, job, entries)
    stay = f"issues that are mended may stay open: {closed.trouble}"
    return (*(f"closed {url}" for _, url in closed.issues), *((stay,) if closed.trouble else ()))


def settle(scene: Scene, lease: Lease, job: Job, entries: tuple[str, ...]) -> None:
    """Write into the ledger that what these entries tell of a job is over."""
    notice = Notice(
        job=job.name,
        mark=lease.mark,
        about="settled",
        trigger=lease.trigger.key,
        at=scene.context.clock(),
        settles=entries,
    )
    scene.log.append(lambda _: notice_entry(f"{name_of(job.name, *entries)}-settled", notice))


def key(model: str, kind: str) -> ReportKey:
    """Return which issue: that of a model and a cause."""
    return ReportKey(workflow=WORKFLOW, report=f"{model} {kind}")
