"""The last step of a retraining: propose, commit or report what came of it. Runs no code of the repository.

Every write is ordered so that whoever comes after a kill finds what is left to do: first the branch, then the pull
request or the issue, last the outcome in the ledger. Issues whose cause is gone are closed after that: when it fails, or
nobody comes to it, the training is done all the same, and a run that finds the model up to date closes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from mlgit.commands.retrain.available import is_result, result_paths_at
from mlgit.commands.retrain.publish import Published, publish
from mlgit.commands.retrain.report import close_mended, report_model, report_training
from mlgit.commands.retrain.scene import WORKFLOW, Scene
from mlgit.dvc.plots import Chart
from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import snapshot
from mlgit.host.artifact_charts import ChartsForm
from mlgit.host.choose import ci_of
from mlgit.host.proposals import body_of, propose
from mlgit.host.sticky import ReportKey
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
from mlgit.jobs.retraining.ledger import Ledger, Outcome, outcome_entry
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Entries
from mlgit.views.retrain_documents import proposal, title

CONTENT = re.compile(r"[0-9]{1,4}/files/[0-9]{1,6}")
LOST = "the training ended without a result"


def conclude(scene: Scene, lease: Lease) -> tuple[Conclusion | Reported, ...]:
    """Conclude every job of a claim, and report every model that has to be.

    A job whose claim another run took over meanwhile is left to that run. What goes wrong with one is raised after all
    others are concluded.
    """
    results = results_at(scene.folder) if lease.train else {}
    ends: list[Callable[[], Conclusion | Reported]]
    ends = [partial(conclude_one, scene, lease, one, results.get(one.job.name)) for one in lease.train]
    ends += [partial(report_model, scene, lease, one) for one in lease.report]
    wrong: list[MlgitError] = []
    done: list[Conclusion | Reported] = []
    for end in ends:
        try:
            done.append(end())
        except MlgitError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return tuple(done)


def conclude_one(scene: Scene, lease: Lease, one: Assignment, trained: Result | None) -> Conclusion:
    """Conclude one job and note its outcome."""
    ledger = Ledger(scene.log.entries())
    last = ledger.last(one.job.work)
    if last is None or last.claim.mark != lease.mark:
        return Conclusion(job=one.job.name, ending="unchanged", text="another run has taken this over")
    if last.outcome is not None:
        done = Conclusion(
            job=one.job.name, ending=last.outcome.ending, text=last.outcome.detail, url=last.outcome.url
        )
        return close_mended(scene, ledger, lease, one, done)
    try:
        done = ended(scene, lease, one, trained or Result(job=one.job.name, ending="failed", detail=LOST))
    except UsageError as error:
        note(scene, lease, one, Conclusion(job=one.job.name, ending="failed", text=error.message))
        raise
    return close_mended(scene, note(scene, lease, one, done), lease, one, done)


def ended(scene: Scene, lease: Lease, one: Assignment, trained: Result) -> Conclusion:
    """Do what the result of a training calls for."""
    if trained.ending == "unchanged":
        return Conclusion(
            job=one.job.name, ending=trained.ending, text=trained.detail, seconds=trained.seconds
        )
    if trained.ending != "trained":
        return report_training(scene, lease, one, trained)
    comparison, charts = comparison_of(scene.folder, lease, trained)
    if trained.verdict == "FAIL":
        return report_training(scene, lease, one, trained, comparison)
    return proposed(scene, lease, one, trained, comparison, charts)


def proposed(
    scene: Scene,
    lease: Lease,
    one: Assignment,
    trained: Result,
    comparison: Comparison,
    charts: Sequence[Chart],
) -> Conclusion:
    """Put the files on their branch, or on the default branch, and open or update the pull request."""
    name, heading = one.job.name, title(one, comparison)
    files = contents(scene, lease, trained)
    made = publish(
        scene.repository,
        scene.remote,
        lease,
        one,
        files,
        f"Retrain {name}",
        passed=trained.verdict == "PASS",
    )
    if made.where != "branch":
        return concluded(
            one, trained, made, made.text, ending="committed" if made.where == "default" else "unchanged"
        )
    document = proposal(lease, one, trained, comparison, charts, whole=ci_of(scene.context).artifacts_address)
    key = ReportKey(workflow=WORKFLOW, report=f"{name} {one.cause}")
    posted = propose(scene.forge, key, head=one.branch, base=lease.branch, title=heading, document=document)
    if posted.pull_request is None:
        ci_of(scene.context).add_to_summary(body_of(key, document)[0])
        address = ci_of(scene.context).opening_address(base=lease.branch, branch=one.branch)
        text = f"the branch {one.branch} is there; open the pull request by hand"
        notes = (f"the forge does not let this token open it: {posted.refused}",)
        return concluded(one, trained, made, text, url=address, notes=notes)
    text = f"the pull request is {posted.outcome}, gates: {trained.verdict}"
    return concluded(one, trained, made, text, url=posted.pull_request.url)


def concluded(
    one: Assignment,
    trained: Result,
    made: Published,
    text: str,
    *,
    url: str = "",
    ending: str = "proposed",
    notes: tuple[str, ...] = (),
) -> Conclusion:
    """Return what came of a job whose model may be used."""
    return msgspec.convert(
        {
            "job": one.job.name,
            "ending": ending,
            "text": text,
            "branch": made.branch,
            "commit": made.commit,
            "url": url,
            "seconds": trained.seconds,
            "notes": [*made.notes, *notes],
        },
        Conclusion,
    )


def note(scene: Scene, lease: Lease, one: Assignment, done: Conclusion) -> Ledger:
    """Write the outcome into the ledger, and return the ledger as it was at that very moment."""
    outcome = Outcome(
        job=one.job.name,
        inputs=one.job.inputs,
        data=one.job.data,
        trigger=lease.trigger.key,
        ending=done.ending,
        seconds=round(done.seconds, 1),
        at=scene.context.clock(),
        attempt=one.attempt,
        branch=done.branch,
        commit=done.commit,
        url=done.url,
        detail=done.text[:500],
    )
    seen: list[Entries] = []

    def choose(entries: Entries) -> Entries:
        seen.append(entries)
        return outcome_entry(one.job.work, outcome)

    scene.log.append(choose)
    return Ledger(seen[-1])


def results_at(folder: Path) -> dict[str, Result]:
    """Return what the training handed over, nothing when it handed over nothing."""
    if not (folder / TRAINED).exists():
        return {}
    return {one.job: one for one in decoded(bounded(folder, TRAINED), Results, folder / TRAINED).jobs}


def comparison_of(folder: Path, lease: Lease, trained: Result) -> tuple[Comparison, tuple[Chart, ...]]:
    """Return comparison and charts of one job."""
    number = next(place for place, one in enumerate(lease.train) if one.job.name == trained.job)
    comparison = decoded(bounded(folder, f"{number}/{COMPARISON}"), Comparison, folder / COMPARISON)
    charts = decoded(bounded(folder, f"{number}/{CHARTS}"), ChartsForm, folder / CHARTS)
    if comparison.base.commit != lease.base:
        raise refused(folder, "it compares with another commit than the one that was claimed")
    return comparison, tuple(one.value() for one in charts.charts)


def contents(scene: Scene, lease: Lease, trained: Result) -> dict[str, bytes | None]:
    """Return the new contents by path; raises `UsageError` for a path that is no result of a stage at the claimed base."""
    if not trained.files:
        return {}
    base, results = snapshot(scene.repository, lease.base), result_paths_at(scene.repository, lease.base)
    found: dict[str, bytes | None] = {}
    for written in trained.files:
        if written.content and not CONTENT.fullmatch(written.content):
            raise refused(scene.folder, f"{written.content[:200]!r} is no file of a training")
        content = bounded(scene.folder, written.content) if written.content else None
        if not is_result(results, base, written.path, content):
            raise refused(scene.folder, f"it changes {written.path[:200]!r}, which no retraining may")
        found[written.path] = content
    return found
