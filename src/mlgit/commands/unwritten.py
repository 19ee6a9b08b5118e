"""Metrics that mlgit.yaml names and that no stage writes: numbers that nothing vouches for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlgit import yamlfile
from mlgit.commands.status import pipelines_at
from mlgit.config.model import Configuration
from mlgit.config.reader import FILE
from mlgit.dvc import pipeline
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.paths import below, joined
from mlgit.dvc.reader import Reader
from mlgit.dvc.state import place
from mlgit.dvc.tracked import outputs
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import WorkTreeSnapshot
from mlgit.plan.outcome import CheckItem
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


def unwritten_items(context: Context, root: Path, configuration: Configuration) -> Iterator[CheckItem]:
    """Yield one item for each model some of whose metrics no stage writes; nothing where stages cannot be told.

    A pipeline without stages, or that cannot be read, is told of elsewhere.
    """
    if not any(model.metrics for model in configuration.models.values()):
        return
    repository = Repository(context, root)
    reader = Reader(BlobCache(repository), LocalCache(root))
    states = pipelines_at(reader, WorkTreeSnapshot(repository))
    stages = [stage for one in states if one.pipeline for stage in one.pipeline.stages.values()]
    if any(one.troubles for one in states) or any(stage.unresolved for stage in stages):
        return
    written = [path for one in states for path, _ in outputs(one.folder, one.pipeline)]
    runnable = {one.folder for one in states if one.pipeline and one.pipeline.stages}
    document = yamlfile.read(read_bytes(root / FILE) or b"", FILE)
    for name, model in configuration.models.items():
        folder = joined(model.pipeline) or ""
        lines = tuple(
            f"{document.place('models', name, 'metrics', position)}: {path}: no stage writes it"
            for position, path in enumerate(model.metrics)
            if not any(below(one, joined(path) or path) for one in written)
        )
        if lines and folder in runnable:
            yield unwritten(name, place(folder, pipeline.FILE), lines)


def unwritten(model: str, file: str, lines: tuple[str, ...]) -> CheckItem:
    """Return the item of one model."""
    return CheckItem(
        subject="model",
        name=f"metrics of {model}",
        state="failed",
        detail=f"{len(lines)} {'file' if len(lines) == 1 else 'files'} of metrics that no stage writes",
        lines=lines,
        hint=f"bring the stage back to {file}, or take the file from metrics: of {model} in {FILE}",
    )
