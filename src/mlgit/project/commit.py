"""Commit what a training wrote, and nothing that somebody else did."""

from __future__ import annotations

from msgspec.structs import replace

from mlgit.dvc.paths import around, joined
from mlgit.dvc.tracked import outputs
from mlgit.dvc.unfinished import is_unfinished
from mlgit.errors import UsageError
from mlgit.git.writer import commit_files
from mlgit.plan.outcome import TrainResult
from mlgit.project.project import Project
from mlgit.runs.place import ROOT, pipeline_of

SHOWN = 3


def require_committed(project: Project) -> None:
    """Raise `UsageError` (`train-uncommitted`) where a file differs from HEAD: what differs later is of the training.

    What only a training writes may differ: one that was interrupted left it, and the next one ends it.
    """
    changed = [path for path in uncommitted(project) if not is_written(path, project)]
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise UsageError(
            "train-uncommitted",
            f"{', '.join(changed[:SHOWN])}{more} differ from HEAD, so --commit cannot tell them from what a training writes",
            hint="git add --all && git commit, then mlgit train --commit",
        )


def is_written(path: str, project: Project) -> bool:
    """Tell whether a training writes a file: a record, a lock file, what a stage makes, what an interrupted DVC left."""
    states = project.at().pipelines
    made = {one for state in states for one, _ in outputs(state.folder, state.pipeline)}
    locks = {joined(state.folder, "dvc.lock") for state in states}
    return (
        path in made | locks
        or any(one in made for one in around(path))
        or pipeline_of(path) is not None
        or path == f"{ROOT}/.gitattributes"
        or is_unfinished(path)
    )


def commit_training(project: Project, result: TrainResult, model: str = "") -> TrainResult:
    """Commit every file that differs from HEAD after a training, and return its result with the commit."""
    if not uncommitted(project):
        return result
    message = f"Train {model}" if model else "Train"
    return replace(result, commit=commit_files(project.context, project.root, message))


def uncommitted(project: Project) -> list[str]:
    """Return the paths that differ from HEAD, also those that Git does not know and does not ignore."""
    told = project.repository.run(
        "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"
    ).stdout
    return [one[3:].decode(errors="replace") for one in told.split(b"\0") if one]
