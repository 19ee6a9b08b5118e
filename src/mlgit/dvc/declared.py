"""What dvc.yaml and dvc.lock of one pipeline say at one moment, and which files they name."""

from __future__ import annotations

from msgspec import Struct

from mlgit.dvc import state
from mlgit.dvc.lockfile import Lock
from mlgit.dvc.paths import SortedPaths
from mlgit.dvc.pipeline import Pipeline, Plot
from mlgit.dvc.state import FileError, PipelineState, Request
from mlgit.git.snapshot import Snapshot


class Declared(Struct, frozen=True, kw_only=True):
    """What dvc.yaml and dvc.lock of one pipeline say at one moment."""

    request: Request
    snapshot: Snapshot
    paths: SortedPaths
    pipeline: Pipeline | None
    lock: Lock | None
    exists: bool
    errors: tuple[FileError, ...]


def bare(declared: Declared) -> PipelineState:
    """Return the state of a pipeline as far as dvc.yaml and dvc.lock tell."""
    return PipelineState(
        folder=declared.request.folder,
        exists=declared.exists,
        pipeline=declared.pipeline,
        lock=declared.lock,
        errors=declared.errors,
    )


def variable_paths(declared: Declared) -> tuple[str, ...]:
    """Return the files that the templates take values from, and those that say how."""
    if declared.pipeline is None:
        return ()
    named = state.variable_paths(declared.request.folder, declared.pipeline).values()
    return (
        (*named, *state.configuration_paths(declared.request.folder)) if declared.pipeline.templated else ()
    )


def metric_paths(declared: Declared) -> tuple[str, ...]:
    """Return the files of metrics: those that mlgit.yaml names, else those that dvc.yaml declares."""
    if declared.request.metrics:
        return declared.request.metrics
    return state.metric_paths(declared.request.folder, declared.pipeline, declared.paths)


def parameter_paths(declared: Declared) -> dict[str, tuple[str, ...]]:
    """Return the files of parameters and the names that count in each."""
    return state.parameter_paths(declared.request.folder, declared.pipeline, declared.paths)


def value_paths(declared: Declared) -> tuple[str, ...]:
    """Return every file of values that the state of a pipeline needs."""
    return (*metric_paths(declared), *parameter_paths(declared))


def plot_paths(declared: Declared) -> dict[str, tuple[Plot, ...]]:
    """Return the files of points with how each is to be drawn."""
    return state.plot_paths(declared.request.folder, declared.pipeline, declared.paths)
