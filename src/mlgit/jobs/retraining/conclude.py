"""The last step of a retraining: propose, commit or report what came of it. Runs no code of the repository.

Every write is ordered so that whoever comes after a kill finds what is left to do: first the branch, then the pull
request or the issue, last the outcome in the ledger. Issues whose cause is gone are closed after that: when it fails, or
nobody comes to it, the training is done all the same, and a run that finds the model up to date closes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from mlgit.dvc.plots import Chart
from mlgit.errors import ExternalError, UsageError
from mlgit.git.snapshot import snapshot
from mlgit.host.artifact_charts import ChartsForm
from mlgit.jobs.conclude import Site, commit, each, propose
from mlgit.jobs.handoff import bounded, decoded, refused
from mlgit.jobs.retraining.decision import Assignment
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
from mlgit.jobs.retraining.report import TrainingSite, close_mended, report_model, report_training
from mlgit.jobs.retraining.result_paths import is_result, result_paths_at
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Entries
from mlgit.refs.publish import Publication, checked_out, move_branch
from mlgit.refs.publish import publish as publish_branch

CONTENT = re.compile(r"[0-9]{1,4}/files/[0-9]{1,6}")
TRAILER = "Mlgit-Retrain"
LOST = "the training ended without a result"


def conclude(site: TrainingSite, lease: Lease) -> tuple[Conclusion | Reported, ...]:
    """Conclude every job of a lease, and report every model that has to be.

    A job whose claim another run took over meanwhile is left to that run. What goes wrong with one is raised after all
    others are concluded.
    """
    results = results_at(site.folder) if lease.train else {}
    steps: list[Callable[[], Conclusion | Reported]]
    steps = [partial(conclude_one, site, lease, one, results.get(one.job.name)) for one in lease.train]
    steps += [partial(report_model, site, lease, one) for one in lease.report]
    done, errors = each(steps)
    if errors:
        raise errors[0]
    return tuple(done)


def conclude_one(site: TrainingSite, lease: Lease, one: Assignment, result: Result | None) -> Conclusion:
    """Conclude one job and note its outcome."""
    ledger = Ledger(site.log.entries())
    last = ledger.last(one.job.work)
    if last is None or last.claim.mark != lease.mark:
        return Conclusion(job=one.job.name, ending="unchanged", text="another run has taken this over")
    if last.outcome is not None:
        done = Conclusion(
            job=one.job.name, ending=last.outcome.ending, text=last.outcome.detail, url=last.outcome.url
        )
        return close_mended(site, ledger, lease, one, done)
    try:
        done = ended(site, lease, one, result or Result(job=one.job.name, ending="failed", detail=LOST))
    except UsageError as error:
        note(site, lease, one, Conclusion(job=one.job.name, ending="failed", text=error.message))
        raise
    return close_mended(site, note(site, lease, one, done), lease, one, done)


def ended(site: TrainingSite, lease: Lease, one: Assignment, result: Result) -> Conclusion:
    """Do what the result of a training calls for."""
    if result.ending == "unchanged":
        return Conclusion(job=one.job.name, ending=result.ending, text=result.detail, seconds=result.seconds)
    if result.ending != "trained":
        return report_training(site, lease, one, result)
    comparison, charts = comparison_of(site.folder, lease, result)
    if result.verdict == "FAIL":
        return report_training(site, lease, one, result, comparison)
    return proposed(site, lease, one, result, comparison, charts)


def proposed(
    site: TrainingSite,
    lease: Lease,
    one: Assignment,
    result: Result,
    comparison: Comparison,
    charts: Sequence[Chart],
) -> Conclusion:
    """Put the files on their branch, or on the default branch, and open or update the pull request."""
    made = publish(site, lease, one, contents(site, lease, result), passed=result.verdict == "PASS")
    if made.ending != "proposed":
        return replace(made, seconds=result.seconds)
    document = site.texts.proposal(lease, one, result, comparison, charts, site.run)
    statement = (site.texts.title(one, comparison), document)
    done = propose(site, f"{one.job.name} {one.cause}", statement, branch=one.branch, base=lease.branch)
    text = f"{done.text}, gates: {result.verdict}" if done.opened else done.text
    notes = (*made.notes, *done.notes)
    return replace(made, text=text, url=done.url, seconds=result.seconds, notes=notes)


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


def publish(
    site: Site, lease: Lease, one: Assignment, files: Mapping[str, bytes | None], *, passed: bool
) -> Conclusion:
    """Commit the files on top of the claimed base and point the default branch or one of ours there.

    Raises `ExternalError` when the branch holds commits of somebody else, or the remote does not take it.
    """
    repository, remote = site.repository, site.remote
    message = f"Retrain {one.job.name}\n\nAsked for by {one.cause}.\n\n{TRAILER}: {one.job.work}\n"
    made_by = commit(site, lease.base, files, message, seconds=lease.at)
    made = Conclusion(job=one.job.name, ending="proposed", text="", branch=one.branch, commit=made_by)
    if lease.propose == "commit":
        reason = "" if passed else "the gates do not say PASS"
        reason = reason or checked_out(repository, remote, lease.branch) or onto(site, lease, made_by)
        if not reason:
            text = f"committed to {lease.branch}"
            return replace(made, ending="committed", text=text, branch=lease.branch)
        made = replace(made, notes=(f"not committed directly: {reason}",))
    publication = Publication(branch=one.branch, base=lease.base, commit=made_by, trailer=TRAILER)
    if publish_branch(repository, remote, publication) != "newer":
        return made
    text = f"{one.branch} proposes a newer state already"
    return replace(made, ending="unchanged", text=text, branch="", commit="")


def onto(site: Site, lease: Lease, tip: str) -> str:
    """Point the default branch to a commit; return why it does not point there, empty when it does.

    What a protected branch does not take as a commit is proposed.
    """
    try:
        moved = move_branch(site.repository, site.remote, lease.branch, tip, lease.base)
    except ExternalError as error:
        if error.code != "ref-push":
            raise
        return error.message
    return "" if moved else f"{lease.branch} has moved on"
