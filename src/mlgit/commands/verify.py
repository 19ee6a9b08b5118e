"""Evaluate the committed model again in a clean copy and hold the metrics against the committed ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from mlgit.config.model import Configuration
from mlgit.dvc import pipeline, values
from mlgit.dvc.cache import cache_folder
from mlgit.dvc.command import Dvc
from mlgit.dvc.paths import joined
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import WorkTreeSnapshot
from mlgit.git.writer import init
from mlgit.metrics.reproduction import TOLERANCE, Deviation, deviations
from mlgit.plan.outcome import CheckItem, CheckState
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically


def verified_metrics(context: Context, root: Path, configuration: Configuration) -> Iterator[CheckItem]:
    """Yield one item a pipeline that can run: its metrics were reproduced, or which were not and by how much.

    The stages that write metrics run again in a copy of the work tree outside of it, on what DVC's cache holds; the
    repository itself is not touched.
    """
    for folder, model in pipelines_of(configuration).items():
        file = place(folder, pipeline.FILE)
        if trouble_of(root, file):
            continue
        content = read_bytes(root / file) or b""
        context.console.progress(f"evaluating {model} again")
        try:
            yield verified(context, root, folder, model, content)
        except MlgitError as error:
            detail = f"the metrics could not be measured again: {error.message}"
            yield item(model, "failed", detail, (), "dvc pull, then mlgit train")


def pipeline_items(root: Path, configuration: Configuration) -> Iterator[CheckItem]:
    """Yield one item for each pipeline of mlgit.yaml that nobody can run."""
    for folder, model in pipelines_of(configuration).items():
        trouble = trouble_of(root, place(folder, pipeline.FILE))
        if trouble:
            hint = f"mend {place(folder, pipeline.FILE)}, or pipeline: of {model} in mlgit.yaml"
            yield CheckItem(
                subject="model", name=f"pipeline of {model}", state="failed", detail=trouble, hint=hint
            )


def trouble_of(root: Path, file: str) -> str:
    """Return why a dvc.yaml makes no model: there is none, it is broken, or it has no stages; empty when it may."""
    try:
        content = read_bytes(root / file)
        if content is None:
            return f"there is no {file}"
        return "" if pipeline.read(content, file).stages else f"{file} has no stages"
    except MlgitError as error:
        return f"{error.where or file} cannot be read: {error.message}"


def pipelines_of(configuration: Configuration) -> dict[str, str]:
    """Return the folders of the pipelines with the name of a model of each."""
    return {joined(model.pipeline) or "": name for name, model in configuration.models.items()}


def verified(context: Context, root: Path, folder: str, model: str, content: bytes) -> CheckItem:
    """Return the item of one pipeline."""
    declared = pipeline.read(content, place(folder, pipeline.FILE))
    stages = [stage for stage in declared.stages.values() if metric_files(folder, stage)]
    if not stages:
        return item(model, "skipped", "no stage of the pipeline writes metrics", ())
    unresolved = [stage.name for stage in stages if stage.unresolved]
    if unresolved:
        return item(model, "skipped", f"stage {unresolved[0]} takes values from elsewhere: not verified", ())
    files = [file for stage in stages for file in metric_files(folder, stage)]
    with tempfile.TemporaryDirectory(prefix="mlgit-verify-") as name:
        copy = Path(name).resolve()
        copy_tree(context, root, copy)
        for stage in stages:
            evaluate_again(context, copy, folder, stage)
        found = tuple(one for file in files for one in compared(root, copy, file))
    if found:
        lines = tuple(one.text for one in found)
        return item(
            model,
            "failed",
            f"{len(found)} metrics were not reproduced",
            lines,
            "mlgit train, then commit the metrics",
        )
    return item(model, "passed", f"reproduced, every metric within {TOLERANCE:g} of the committed one", ())


def metric_files(folder: str, stage: Stage) -> list[str]:
    """Return the files of metrics that a stage writes, as paths from the root of the repository."""
    named = (
        joined(folder, stage.directory, output.path) for output in stage.outputs if output.kind == "metrics"
    )
    return [path for path in named if path]


def copy_tree(context: Context, root: Path, copy: Path) -> None:
    """Copy the files that Git tracks or could track, and let the copy read this repository's DVC cache."""
    snapshot = WorkTreeSnapshot(Repository(context, root))
    for path, content in snapshot.read(snapshot.paths()).items():
        write_atomically(copy / path, content, executable=bool((root / path).stat().st_mode & 0o100))
    init(context, copy)
    setting = f"[cache]\n    dir = {cache_folder(root / '.dvc').resolve()}\n"
    write_atomically(copy / ".dvc" / "config.local", setting.encode())


def evaluate_again(context: Context, copy: Path, folder: str, stage: Stage) -> None:
    """Fetch what the stage reads from the cache, take its metrics away and run it alone."""
    dvc = Dvc(context, copy)
    read = [joined(folder, stage.directory, path) for path in stage.dependencies]
    missing = [path for path in read if path and not (copy / path).exists()]
    if missing:
        dvc.run("checkout", "--quiet", *(f"./{path}" for path in missing))
    for file in metric_files(folder, stage):
        (copy / file).unlink(missing_ok=True)
    address = f"{place(folder, pipeline.FILE)}:{stage.name}" if folder else stage.name
    dvc.run("repro", "--quiet", "--force", "--single-item", "--", address)


def compared(root: Path, copy: Path, file: str) -> tuple[Deviation, ...]:
    """Return how one file of metrics differs from the committed one."""
    committed, measured = (values.metrics(read_bytes(base / file) or b"", file) for base in (root, copy))
    return deviations(file, committed, measured)


def item(model: str, state: CheckState, detail: str, lines: tuple[str, ...], hint: str = "") -> CheckItem:
    """Return the item of a verification."""
    return CheckItem(
        subject="model", name=f"metrics of {model}", state=state, detail=detail, lines=lines, hint=hint
    )
