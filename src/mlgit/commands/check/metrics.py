"""Evaluate the committed model again in a sandbox and hold the metrics against the committed ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlgit.dvc import pipeline, values
from mlgit.dvc.command import Dvc
from mlgit.dvc.paths import joined
from mlgit.dvc.pipeline import Pipeline, Stage
from mlgit.dvc.staleness import address_of
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.metrics.reproduction import TOLERANCE, Deviation, deviations
from mlgit.plan.outcome import CheckItem, CheckState
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.world.files import read_bytes


def reproduced_metrics(project: Project) -> Iterator[CheckItem]:
    """Yield one item a pipeline that can run: its metrics were reproduced, or which were not and by how much.

    The stages that write metrics run again in a copy of the working tree, on what DVC's cache holds; the repository
    itself is not touched.
    """
    tree = project.at()
    for folder, models in tree.models_by_pipeline.items():
        declared, model = runnable(tree, folder), models[-1]
        if isinstance(declared, str):
            continue
        project.context.console.progress(f"evaluating {model} again")
        try:
            yield reproduced(project, folder, model, declared)
        except MlgitError as error:
            detail = f"the metrics could not be measured again: {error.message}"
            yield item(model, "failed", detail, hint="dvc pull, then mlgit train")


def runnable(tree: Revision, folder: str) -> Pipeline | str:
    """Return a pipeline that has stages; why nobody can run it where there is none or it is broken."""
    file = place(folder, pipeline.FILE)
    try:
        content = tree.content(file)
        if content is None:
            return f"there is no {file}"
        declared = pipeline.read(content, file)
    except MlgitError as error:
        return f"{error.where or file} cannot be read: {error.message}"
    return declared if declared.stages else f"{file} has no stages"


def reproduced(project: Project, folder: str, model: str, declared: Pipeline) -> CheckItem:
    """Return the item of one pipeline."""
    stages = [stage for stage in declared.stages.values() if metric_files(folder, stage)]
    if not stages:
        return item(model, "skipped", "no stage of the pipeline writes metrics")
    unresolved = [stage.name for stage in stages if stage.unresolved]
    if unresolved:
        return item(model, "skipped", f"stage {unresolved[0]} takes values from elsewhere: not verified")
    files = [file for stage in stages for file in metric_files(folder, stage)]
    with project.sandbox() as sandbox:
        copy = sandbox.check_out(project.at().files)
        for stage in stages:
            evaluate_again(Dvc(project.context, copy.root), copy.root, folder, stage)
        found = tuple(one for file in files for one in compared(project.root, copy.root, file))
    if found:
        detail, lines = f"{len(found)} metrics were not reproduced", tuple(one.text for one in found)
        return item(model, "failed", detail, lines, "mlgit train, then commit the metrics")
    return item(model, "passed", f"reproduced, every metric within {TOLERANCE:g} of the committed one")


def metric_files(folder: str, stage: Stage) -> list[str]:
    """Return the files of metrics that a stage writes, as paths from the root of the repository."""
    named = (
        joined(folder, stage.directory, output.path) for output in stage.outputs if output.kind == "metrics"
    )
    return [path for path in named if path]


def evaluate_again(dvc: Dvc, copy: Path, folder: str, stage: Stage) -> None:
    """Fetch what the stage reads from the cache, take its metrics away and run it alone."""
    read = [joined(folder, stage.directory, path) for path in stage.dependencies]
    missing = [path for path in read if path and not (copy / path).exists()]
    if missing:
        dvc.run("checkout", "--quiet", *(f"./{path}" for path in missing))
    for file in metric_files(folder, stage):
        (copy / file).unlink(missing_ok=True)
    dvc.run("repro", "--quiet", "--force", "--single-item", "--", address_of(folder, stage.name))


def compared(root: Path, copy: Path, file: str) -> tuple[Deviation, ...]:
    """Return how one file of metrics differs from the committed one."""
    committed, measured = (values.metrics(read_bytes(base / file) or b"", file) for base in (root, copy))
    return deviations(file, committed, measured)


def metrics_skipped(why: str) -> CheckItem:
    """Return the item of metrics that nobody measures again here."""
    return CheckItem(subject="model", name="metrics", state="skipped", detail=f"not verified: {why}")


def item(
    model: str, state: CheckState, detail: str, lines: tuple[str, ...] = (), hint: str = ""
) -> CheckItem:
    """Return the item of a verification."""
    return CheckItem(
        subject="model", name=f"metrics of {model}", state=state, detail=detail, lines=lines, hint=hint
    )
