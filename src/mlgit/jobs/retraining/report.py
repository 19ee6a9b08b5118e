"""Report what a person has to look at: one issue is open for a model and a cause, for as long as the cause is there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.host.document import CommentDocument
from mlgit.host.sticky import Posted
from mlgit.jobs.conclude import Site, Statement, close_causes, report_cause
from mlgit.jobs.retraining.decision import Assignment, Report
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Reported, Result
from mlgit.jobs.retraining.job import Job, name_of
from mlgit.jobs.retraining.ledger import Ledger, Notice, entry
from mlgit.jobs.retraining.notices import Overdue, Recovered, TooLong, standing
from mlgit.jobs.retraining.proposal import Proposal
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Log

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
    "long": "its training would take longer than its budget, so it never starts",
}
LATER = "its issues are left to a later run"
UP_TO_DATE = "nothing is left to train, so what was told of it is over"


def report_training(
    site: TrainingSite, lease: Lease, one: Assignment, trained: Result, comparison: Comparison | None = None
) -> Conclusion:
    """Make sure that an issue is open about data that are wrong, a pipeline that failed or a model that is worse."""
    ending = KINDS[trained.ending]
    statement = site.texts.issue(lease, one, trained, comparison, site.run)
    newest = lease.is_newest(one.job.name, Ledger(site.log.entries()))
    posted = post(site, one.job.name, ending, statement, newest=newest)
    why = trained.detail if ending != "worse" else "the gates say FAIL"
    return Conclusion(
        job=one.job.name,
        ending=ending,
        text=f"{why}; the issue is {posted.outcome}",
        url=posted.url,
        seconds=trained.seconds,
        notes=posted.notes,
    )


def close_mended(
    site: TrainingSite, ledger: Ledger, lease: Lease, one: Assignment, done: Conclusion
) -> Conclusion:
    """Close the issues whose cause is gone, as far as this training knows: about a later one it has nothing to say."""
    kinds = MENDED.get(done.ending, ())
    if not kinds or not lease.is_newest(one.job.name, ledger):
        return done
    words = site.texts.mended(one.job.name, done, site.context.clock())
    return replace(done, notes=(*done.notes, *close(site, ledger, lease, one.job, kinds, words)))


def report_model(site: TrainingSite, lease: Lease, one: Report) -> Reported:
    """Tell what a person has to know of a model that is not trained, and note last that it was told."""
    ledger = Ledger(site.log.entries())
    if isinstance(one, Recovered):
        return close_recovered(site, ledger, lease, one)
    name, noted = one.job.name, ledger.notice(one.name)
    ending: Literal["old", "long"] = "old" if isinstance(one, Overdue) else "long"
    if noted is not None:
        return Reported(job=name, ending=ending, text="it was reported before", url=noted.url)
    if not lease.is_newest(name, ledger):
        return Reported(job=name, ending=ending, text=LATER)
    statement = site.texts.reported(lease, one, site.run)
    posted = post(site, name, ending, statement, newest=True)
    notice = Notice(
        job=name,
        mark=lease.mark,
        about=ending,
        made=one.job.made,
        detail=one.detail,
        trigger=lease.trigger.key,
        at=site.context.clock(),
        url=posted.url,
    )
    site.log.append(lambda entries: entry(f"notices/{Ledger(entries).place(one.name)}", notice))
    text = f"{WHY[ending]}; the issue is {posted.outcome}"
    return Reported(job=name, ending=ending, text=text, url=posted.url, notes=posted.notes)


def close_recovered(site: TrainingSite, ledger: Ledger, lease: Lease, one: Recovered) -> Reported:
    """Close the issues of a model that is up to date; where the forge does not let us, the next run tries again."""
    name = one.job.name
    if not any(finding.kind in one.kinds for finding in standing(name, ledger)):
        return Reported(job=name, ending="recovered", text="its issues were closed before")
    if not lease.is_newest(name, ledger):
        return Reported(job=name, ending="recovered", text=LATER)
    words = site.texts.settled(lease, one, site.context.clock())
    notes = close(site, ledger, lease, one.job, one.kinds, words)
    return Reported(job=name, ending="recovered", text=UP_TO_DATE, notes=notes)


def post(site: TrainingSite, model: str, kind: str, statement: Statement, *, newest: bool) -> Posted:
    """Make sure that the issue of a model and a kind of cause is open."""
    return report_cause(site, cause_of(model, kind), statement, newest=newest)


def close(
    site: TrainingSite, ledger: Ledger, lease: Lease, job: Job, kinds: Collection[str], words: str
) -> tuple[str, ...]:
    """Close the open issues of a model and these kinds, each with `words` as its last, and return what to say about it.

    Then what was told of them is settled in the ledger, so that it is told anew when it comes back.
    """
    notes, all_closed = close_causes(site, {cause_of(job.name, kind): job.name for kind in kinds}, words)
    entries = tuple(sorted(one.entry for one in standing(job.name, ledger) if one.kind in kinds))
    if entries and all_closed:
        settle(site, lease, job, entries)
    return tuple(notes.get(job.name, ()))


def settle(site: TrainingSite, lease: Lease, job: Job, entries: tuple[str, ...]) -> None:
    """Write into the ledger that what these entries tell of a job is over."""
    notice = Notice(
        job=job.name,
        mark=lease.mark,
        about="settled",
        trigger=lease.trigger.key,
        at=site.context.clock(),
        settles=entries,
    )
    site.log.append(lambda _: entry(f"notices/{name_of(job.name, *entries)}-settled", notice))


def cause_of(model: str, kind: str) -> str:
    """Return which issue: that of a model and a cause."""
    return f"{model} {ISSUES.get(kind, kind)}"


WORKFLOW = "mlgit-ct"


class Texts(Struct, frozen=True, kw_only=True):
    """What pull requests and issues say; the last argument of most is the address of the run."""

    title: Callable[[Proposal], str]
    proposal: Callable[[Proposal, str], CommentDocument]
    issue: Callable[[Lease, Assignment, Result, Comparison | None, str], Statement]
    reported: Callable[[Lease, Overdue | TooLong, str], Statement]
    mended: Callable[[str, Conclusion, float], str]
    settled: Callable[[Lease, Recovered, float], str]


class TrainingSite(Site, frozen=True, kw_only=True):
    """A site with the ledger of retraining."""

    log: Log
    texts: Texts
