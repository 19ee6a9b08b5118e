"""Commit what a training wrote, and nothing that somebody else did."""

from __future__ import annotations

from msgspec.structs import replace

from mlgit.errors import UsageError
from mlgit.git.writer import commit_files
from mlgit.plan.outcome import TrainResult
from mlgit.project.project import Project

SHOWN = 3


def require_committed(project: Project) -> None:
    """Raise `UsageError` (`train-uncommitted`) where a file differs from HEAD: what differs later is of the training."""
    changed = uncommitted(project)
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise UsageError(
            "train-uncommitted",
            f"{', '.join(changed[:SHOWN])}{more} differ from HEAD, so --commit cannot tell them from what a training writes",
            hint="git add --all && git commit, then mlgit train --commit",
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
