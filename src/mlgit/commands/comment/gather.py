"""`comment --gather`: what the jobs of several models left, as the one report of the run.

It runs without rights, in the run that the jobs belong to. Which jobs there have to be follows from the change, as it did
when they were started: one that left nothing was not judged, and that is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.concerns import ModelsJob
from mlgit.errors import MlgitError, UsageError
from mlgit.host import artifact, artifact_files
from mlgit.host.artifact import Artifact, Claim, fitting, fitting_checks, read_artifact
from mlgit.host.artifact_charts import encode_charts
from mlgit.metrics.merged import merged
from mlgit.plan.outcome import CheckItem, CheckReport
from mlgit.project.concerned import concerned
from mlgit.project.matrix import ELSE
from mlgit.project.project import Project
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

PART = "mlgit-part-"
CHECK = "mlgit-check"
REPORT = "mlgit-report"
WORST: tuple[artifact.DataState, ...] = ("failed", "unreachable", "", "done")
AGAIN = "look at the log of the job; on its page, Re-run failed jobs runs it again"


class Gathered(Struct, frozen=True, kw_only=True):
    """What was gathered: the number of jobs, and an item for each whose report is not there or not to be used."""

    jobs: int
    lost: tuple[CheckItem, ...] = ()


def gather(context: Context, jobs: Sequence[ModelsJob], folder: Path, into: Path) -> Gathered:
    """Write the one report below `into`: a folder with the checks, and one with the comparison where there is one.

    `folder` holds a folder for each job, named by its number. What a job did not leave, or what is no report, becomes a
    failed check.
    """
    parts: list[Artifact] = []
    lost: list[CheckItem] = []
    for job in jobs:
        try:
            parts.append(part_of(folder / f"{PART}{job.id}", job))
        except MlgitError as error:
            lost.append(lost_item(job, error.message))
    parts, others = of_one_comparison(parts)
    lost += others
    checks = fitting_checks([*lost, *(item for part in parts for item in part.checks)])
    report = msgspec.json.encode(CheckReport(checks=checks))
    write_atomically(into / CHECK / artifact_files.CHECKS[2], context.redactor.json(report))
    compared = [part for part in parts if part.claim is not None and part.comparison is not None]
    if compared:
        for name, content in contents(compared):
            write_atomically(into / REPORT / name, context.redactor.json(content))
    return Gathered(jobs=len(jobs), lost=tuple(lost))


def jobs_since(context: Context, base: str) -> tuple[ModelsJob, ...]:
    """Return the jobs that CI starts for the change since `base`, as `mlgit affected` tells them."""
    return concerned(Project.find(context), base).jobs


def part_of(folder: Path, job: ModelsJob) -> Artifact:
    """Return what one job left; raises `UsageError` for nothing, for half of it, and for what is no report."""
    found = read_artifact(folder)
    if not found.checks:
        raise UsageError("part-missing", "its job left no report")
    if job.models != ELSE and found.comparison is None:
        raise UsageError("part-missing", "its job compared nothing")
    return found


def lost_item(job: ModelsJob, why: str) -> CheckItem:
    """Return the check of a job that nothing is known of."""
    return CheckItem(
        subject="model", name=f"job {job.name}", state="failed", detail=f"not judged: {why}", hint=AGAIN
    )


def of_one_comparison(parts: list[Artifact]) -> tuple[list[Artifact], list[CheckItem]]:
    """Return the parts that compare the same two commits as the first that compares, and an item for each other."""
    first = next((part.claim for part in parts if part.claim is not None), None)
    same = [part for part in parts if part.claim is None or same_commits(part.claim, first)]
    others = [part for part in parts if part not in same]
    items = [
        CheckItem(
            subject="model",
            name="a job of the models",
            state="failed",
            detail="not judged: it compared other commits than the rest",
            hint=AGAIN,
        )
        for _ in others
    ]
    return same, items


def same_commits(one: Claim, other: Claim | None) -> bool:
    """Tell whether two claims are of the same pull request and commits."""
    return other is not None and replace(one, data="") == replace(other, data="")


def contents(parts: Sequence[Artifact]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the one report by name."""
    claims = [part.claim for part in parts if part.claim is not None]
    states = {claim.data for claim in claims}
    data = next(one for one in WORST if one in states)
    yield artifact_files.EVENT, msgspec.json.encode(replace(claims[0], data=data))
    whole = fitting(merged([part.comparison for part in parts if part.comparison is not None]))
    yield artifact_files.COMPARISON, msgspec.json.encode(whole)
    places = {model.name: place for place, model in enumerate(whole.models)}
    charts = [chart for part in parts for chart in part.charts if chart.model in places]
    yield artifact_files.CHARTS, encode_charts(sorted(charts, key=lambda chart: places[chart.model]))
