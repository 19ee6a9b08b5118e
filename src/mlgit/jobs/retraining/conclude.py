"""The last step of a retraining: propose, commit or report what came of it. Runs no code of the repository.

Every write is ordered so that whoever comes after a kill finds what is left to do: first the branch, then the pull
request or the issue, last the outcome in the ledger. Issues whose cause is gone are closed after that: when it fails, or
nobody comes to it, the training is done all the same, and a run that finds the model up to date closes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from mlgit.dvc.plots import Chart
from mlgit.errors import UsageError
from mlgit.git.snapshot import snapshot
from mlgit.host.artifact_charts import ChartsForm
from mlgit.jobs.conclude import each, propose
from mlgit.jobs.handoff import bounded, decoded, refused
from mlgit.jobs.retraining.branch import Published, publish
from mlgit.jobs.retraining.decision import Assignment, Report
from mlgit.jobs.retraining.handoff import (
    CHARTS,
    COMPARISON,
    TRAINED,
    Conclusion,
    Lease,
    Reported,
    Result,
    Results,
)
from mlgit.jobs.retraining.ledger import Ledger, Outcome, attempt_name, entry
from mlgit.jobs.retraining.proposal import Proposal, Trained, proposals_of, together
from mlgit.jobs.retraining.report import TrainingSite, close_mended, report_model, report_training
from mlgit.jobs.retraining.result_paths import is_result, result_paths_at
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Entries

CONTENT = re.compile(r"[0-9]{1,4}/files/[0-9]{1,6}")
LOST = "the training ended without a result"
T = TypeVar("T")


def conclude(site: TrainingSite, lease: Lease) -> tuple[Conclusion | Reported, ...]:
    """Conclude every job of a lease, and report every model that has to be.

    A job whose claim another run took over meanwhile is left to that run. What goes wrong with one is raised after all
    others are concluded.
    """
    results = results_at(site.folder) if lease.train else {}
    steps: list[Callable[[], tuple[Conclusion | Reported, ...]]]
    steps = [
        partial(conclude_together, site, lease, assignments, results) for assignments in together(lease.train)
    ]
    steps += [partial(reported, site, lease, one) for one in lease.report]
    done, errors = each(steps)
    if errors:
        raise errors[0]
    return tuple(chain(*done))


def reported(site: TrainingSite, lease: Lease, one: Report) -> tuple[Reported, ...]:
    """Report one model."""
    return (report_model(site, lease, one),)


def conclude_together(
    site: TrainingSite, lease: Lease, assignments: Sequence[Assignment], results: Mapping[str, Result]
) -> tuple[Conclusion, ...]:
    """Conclude the jobs of one branch: each by itself, then propose together what can be proposed."""
    ended, errors = each(
        [partial(conclude_one, site, lease, one, results.get(one.job.name)) for one in assignments]
    )
    trained = [one for one in ended if isinstance(one, Trained)]
    made, further = each(
        [partial(conclude_proposal, site, proposal) for proposal in proposals_of(lease, trained)]
    )
    for error in (*errors, *further):
        raise error
    return (*(one for one in ended if isinstance(one, Conclusion)), *chain(*made))


def conclude_one(
    site: TrainingSite, lease: Lease, one: Assignment, result: Result | None
) -> Conclusion | Trained:
    """Conclude one job and note its outcome, unless it has a model to propose."""
    ledger = Ledger(site.log.entries())
    last = ledger.last(one.job.work)
    if last is None or last.claim.mark != lease.mark:
        return Conclusion(job=one.job.name, ending="unchanged", text="another run has taken this over")
    if last.outcome is not None:
        done = Conclusion(
            job=one.job.name, ending=last.outcome.ending, text=last.outcome.detail, url=last.outcome.url
        )
        return close_mended(site, ledger, lease, one, done)
    result = result or Result(job=one.job.name, ending="failed", detail=LOST)
    ended = noting(site, lease, [one], partial(ending_of, site, lease, one, result))
    if isinstance(ended, Trained):
        return ended
    return close_mended(site, note(site, lease, one, ended), lease, one, ended)


def noting(site: TrainingSite, lease: Lease, assignments: Sequence[Assignment], step: Callable[[], T]) -> T:
    """Take a step; where it is refused whoever takes it again, that is the outcome of these jobs."""
    try:
        return step()
    except UsageError as error:
        for one in assignments:
            note(site, lease, one, Conclusion(job=one.job.name, ending="failed", text=error.message))
        raise


def ending_of(site: TrainingSite, lease: Lease, one: Assignment, result: Result) -> Conclusion | Trained:
    """Do what the result of a training calls for, and return what of it is to be proposed."""
    if result.ending == "unchanged":
        return Conclusion(job=one.job.name, ending=result.ending, text=result.detail, seconds=result.seconds)
    if result.ending != "trained":
        return report_training(site, lease, one, result)
    comparison, charts = comparison_of(site.folder, lease, result)
    if result.verdict == "FAIL":
        return report_training(site, lease, one, result, comparison)
    files = contents(site, lease, result)
    return Trained(one=one, result=result, comparison=comparison, charts=charts, files=files)


def conclude_proposal(site: TrainingSite, proposal: Proposal) -> tuple[Conclusion, ...]:
    """Put the files on their branch, or on the default branch, open or update the pull request, and note the outcomes."""
    lease, assignments = proposal.lease, [one.one for one in proposal.trained]
    made = noting(site, lease, assignments, lambda: [opened(site, one) for one in publish(site, proposal)])
    done: list[Conclusion] = []
    for published in made:
        for number, trained in enumerate(published.proposal.trained):
            conclusion = conclusion_of(published, trained, notes=published.notes if number == 0 else ())
            ledger = note(site, lease, trained.one, conclusion)
            done.append(close_mended(site, ledger, lease, trained.one, conclusion))
    return tuple(done)


def opened(site: TrainingSite, made: Published) -> Published:
    """Open or update the pull request of what was published on a branch of ours."""
    if made.ending != "proposed":
        return made
    proposal = made.proposal
    statement = (site.texts.title(proposal), site.texts.proposal(proposal, site.run))
    report = f"{proposal.name} {proposal.first.cause}"
    done = propose(site, report, statement, branch=made.branch, base=proposal.lease.branch)
    return replace(made, text=done.text, url=done.url, notes=(*made.notes, *done.notes), is_open=done.opened)


def conclusion_of(made: Published, trained: Trained, *, notes: tuple[str, ...]) -> Conclusion:
    """Return what came of one training of what was published."""
    return Conclusion(
        job=trained.one.job.name,
        ending=made.ending,
        text=f"{made.text}, gates: {trained.result.verdict}" if made.is_open else made.text,
        branch=made.branch,
        commit=made.commit,
        url=made.url,
        seconds=trained.result.seconds,
        notes=notes,
    )


def note(site: TrainingSite, lease: Lease, one: Assignment, done: Conclusion) -> Ledger:
    """Write the outcome into the ledger, and return the ledger as it was at that very moment."""
    outcome = Outcome(
        job=one.job.name,
        inputs=one.job.inputs,
        data=one.job.data,
        trigger=lease.trigger.key,
        ending=done.ending,
        seconds=round(done.seconds, 1),
        at=site.context.clock(),
        attempt=one.attempt,
        branch=done.branch,
        commit=done.commit,
        url=done.url,
        detail=done.text[:500],
    )
    seen: list[Entries] = []

    def choose(entries: Entries) -> Entries:
        seen.append(entries)
        return entry(f"outcomes/{attempt_name(outcome)}", outcome)

    site.log.append(choose)
    return Ledger(seen[-1])


def results_at(folder: Path) -> dict[str, Result]:
    """Return what the training handed off, nothing when it handed off nothing."""
    if not (folder / TRAINED).exists():
        return {}
    return {one.job: one for one in decoded(bounded(folder, TRAINED), Results, folder / TRAINED).jobs}


def comparison_of(folder: Path, lease: Lease, result: Result) -> tuple[Comparison, tuple[Chart, ...]]:
    """Return comparison and charts of one job."""
    number = next(place for place, one in enumerate(lease.train) if one.job.name == result.job)
    comparison = decoded(bounded(folder, f"{number}/{COMPARISON}"), Comparison, folder / COMPARISON)
    charts = decoded(bounded(folder, f"{number}/{CHARTS}"), ChartsForm, folder / CHARTS)
    if comparison.base.commit != lease.base:
        raise refused(folder, "it compares with another commit than the one that was claimed")
    return comparison, charts.charts


def contents(site: TrainingSite, lease: Lease, result: Result) -> dict[str, bytes | None]:
    """Return the new contents by path; raises `UsageError` for a path that is no result of a stage at the claimed base."""
    if not result.files:
        return {}
    base, results = snapshot(site.repository, lease.base), result_paths_at(site.repository, lease.base)
    found: dict[str, bytes | None] = {}
    for written in result.files:
        if written.content and not CONTENT.fullmatch(written.content):
            raise refused(site.folder, f"{written.content[:200]!r} is no file of a training")
        content = bounded(site.folder, written.content) if written.content else None
        if not is_result(results, base, written.path, content):
            raise refused(site.folder, f"it changes {written.path[:200]!r}, which no retraining may")
        found[written.path] = content
    return found
