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

from mlgit.commands.retrain.publish import Published, publish
from mlgit.commands.retrain.report import close_mended, report_model, report_training
from mlgit.commands.retrain.scene import WORKFLOW, Scene
from mlgit.commands.retrain.units import belongings_at, belongs
from mlgit.dvc.plots import Chart
from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import snapshot
from mlgit.host.artifact_charts import ChartsForm
from mlgit.host.job import append_to_summary, opening_address, run_address
from mlgit.host.proposals import body_of, propose
from mlgit.host.sticky import ReportKey
from mlgit.jobs.handoff import bounded, decoded, refused
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import (
    CHARTS,
    COMPARISON,
    TRAINED,
    Claimed,
    Concluded,
    Reported,
    Results,
    Trained,
)
from mlgit.jobs.retraining.ledger import Ledger, Outcome, outcome_page
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Pages
from mlgit.views.retrain_documents import proposal, title

CONTENT = re.compile(r"[0-9]{1,4}/files/[0-9]{1,6}")
LOST = "the training ended without a result"


def conclude(scene: Scene, claimed: Claimed) -> tuple[Concluded | Reported, ...]:
    """Conclude every unit of a claim, and report every model that has to be.

    A unit whose claim another run took over meanwhile is left to that run. What goes wrong with one is raised after all
    others are concluded.
    """
    results = results_at(scene.folder) if claimed.train else {}
    ends: list[Callable[[], Concluded | Reported]]
    ends = [partial(conclude_one, scene, claimed, one, results.get(one.unit.name)) for one in claimed.train]
    ends += [partial(report_model, scene, claimed, one) for one in claimed.report]
    wrong: list[MlgitError] = []
    done: list[Concluded | Reported] = []
    for end in ends:
        try:
            done.append(end())
        except MlgitError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return tuple(done)


def conclude_one(scene: Scene, claimed: Claimed, one: Assignment, trained: Trained | None) -> Concluded:
    """Conclude one unit and note its outcome."""
    ledger = Ledger(scene.book.pages())
    last = ledger.last(one.unit.work)
    if last is None or last.claim.mark != claimed.mark:
        return Concluded(unit=one.unit.name, ending="unchanged", text="another run has taken this over")
    if last.outcome is not None:
        done = Concluded(
            unit=one.unit.name, ending=last.outcome.ending, text=last.outcome.detail, url=last.outcome.url
        )
        return close_mended(scene, ledger, claimed, one, done)
    try:
        done = ended(
            scene, claimed, one, trained or Trained(unit=one.unit.name, ending="failed", detail=LOST)
        )
    except UsageError as error:
        note(scene, claimed, one, Concluded(unit=one.unit.name, ending="failed", text=error.message))
        raise
    return close_mended(scene, note(scene, claimed, one, done), claimed, one, done)


def ended(scene: Scene, claimed: Claimed, one: Assignment, trained: Trained) -> Concluded:
    """Do what the result of a training calls for."""
    if trained.ending == "unchanged":
        return Concluded(
            unit=one.unit.name, ending=trained.ending, text=trained.detail, seconds=trained.seconds
        )
    if trained.ending != "trained":
        return report_training(scene, claimed, one, trained)
    comparison, charts = told(scene.folder, claimed, trained)
    if trained.verdict == "FAIL":
        return report_training(scene, claimed, one, trained, comparison)
    return proposed(scene, claimed, one, trained, comparison, charts)


def proposed(
    scene: Scene,
    claimed: Claimed,
    one: Assignment,
    trained: Trained,
    comparison: Comparison,
    charts: Sequence[Chart],
) -> Concluded:
    """Put the files on their branch, or on the default branch, and open or update the pull request."""
    name, heading = one.unit.name, title(one, comparison)
    files = contents(scene, claimed, trained)
    made = publish(
        scene.repository,
        scene.remote,
        claimed,
        one,
        files,
        f"Retrain {name}",
        passed=trained.verdict == "PASS",
    )
    if made.where != "branch":
        return concluded(
            one, trained, made, made.text, ending="committed" if made.where == "default" else "unchanged"
        )
    document = proposal(claimed, one, trained, comparison, charts, whole=run_address(scene.context))
    key = ReportKey(workflow=WORKFLOW, report=f"{name} {one.cause}")
    posted = propose(scene.forge, key, head=one.branch, base=claimed.branch, title=heading, document=document)
    if posted.pull_request is None:
        append_to_summary(scene.context, body_of(key, document)[0])
        address = opening_address(scene.context, base=claimed.branch, branch=one.branch)
        said = f"the branch {one.branch} is there; open the pull request by hand"
        notes = (f"the forge does not let this token open it: {posted.refused}",)
        return concluded(one, trained, made, said, url=address, notes=notes)
    said = f"the pull request is {posted.outcome}, gates: {trained.verdict}"
    return concluded(one, trained, made, said, url=posted.pull_request.url)


def concluded(
    one: Assignment,
    trained: Trained,
    made: Published,
    text: str,
    *,
    url: str = "",
    ending: str = "proposed",
    notes: tuple[str, ...] = (),
) -> Concluded:
    """Return what came of a unit whose model may be used."""
    return msgspec.convert(
        {
            "unit": one.unit.name,
            "ending": ending,
            "text": text,
            "branch": made.branch,
            "commit": made.commit,
            "url": url,
            "seconds": trained.seconds,
            "notes": [*made.notes, *notes],
        },
        Concluded,
    )


def note(scene: Scene, claimed: Claimed, one: Assignment, done: Concluded) -> Ledger:
    """Write the outcome into the ledger, and return the ledger as it was at that very moment."""
    outcome = Outcome(
        unit=one.unit.name,
        inputs=one.unit.inputs,
        data=one.unit.data,
        trigger=claimed.trigger.key,
        ending=done.ending,
        seconds=round(done.seconds, 1),
        at=scene.context.clock(),
        attempt=one.attempt,
        branch=done.branch,
        commit=done.commit,
        url=done.url,
        detail=done.text[:500],
    )
    seen: list[Pages] = []

    def choose(pages: Pages) -> Pages:
        seen.append(pages)
        return outcome_page(one.unit.work, outcome)

    scene.book.add(choose)
    return Ledger(seen[-1])


def results_at(folder: Path) -> dict[str, Trained]:
    """Return what the training handed over, nothing when it handed over nothing."""
    if not (folder / TRAINED).exists():
        return {}
    return {one.unit: one for one in decoded(bounded(folder, TRAINED), Results, folder / TRAINED).units}


def told(folder: Path, claimed: Claimed, trained: Trained) -> tuple[Comparison, tuple[Chart, ...]]:
    """Return comparison and charts of one unit."""
    number = next(place for place, one in enumerate(claimed.train) if one.unit.name == trained.unit)
    comparison = decoded(bounded(folder, f"{number}/{COMPARISON}"), Comparison, folder / COMPARISON)
    charts = decoded(bounded(folder, f"{number}/{CHARTS}"), ChartsForm, folder / CHARTS)
    if comparison.base.commit != claimed.base:
        raise refused(folder, "it compares with another commit than the one that was claimed")
    return comparison, tuple(one.value() for one in charts.charts)


def contents(scene: Scene, claimed: Claimed, trained: Trained) -> dict[str, bytes | None]:
    """Return the new contents by path; raises `UsageError` for a path that is no result of a stage at the claimed base."""
    if not trained.files:
        return {}
    base, results = snapshot(scene.repository, claimed.base), belongings_at(scene.repository, claimed.base)
    found: dict[str, bytes | None] = {}
    for written in trained.files:
        if written.content and not CONTENT.fullmatch(written.content):
            raise refused(scene.folder, f"{written.content[:200]!r} is no file of a training")
        content = bounded(scene.folder, written.content) if written.content else None
        if not belongs(results, base, written.path, content):
            raise refused(scene.folder, f"it changes {written.path[:200]!r}, which no retraining may")
        found[written.path] = content
    return found
