"""Do exactly what a plan says, or nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mlgit.errors import ExternalError, UsageError
from mlgit.plan.change import Change, Plan
from mlgit.world.files import read_bytes, write_atomically


def apply(plan: Plan, root: Path) -> None:
    """Write every change of the plan below `root`.

    Raises `ExternalError` (`plan-outdated`) before the first write when a file is no longer what the plan saw, and
    undoes what was written when a later write fails.
    """
    for change in plan.changes:
        refuse_outside(change, root)
        if read_bytes(root / change.path) != change.old:
            raise ExternalError(
                "plan-outdated",
                f"{change.path} changed while the plan was made",
                hint="run the command again",
            )
    done: list[Change] = []
    made: list[Path] = []
    try:
        for change in plan.changes:
            made += missing_folders(root / change.path, root)
            done.append(change)
            put(root / change.path, change.new)
    except BaseException:
        for change in reversed(done):
            put(root / change.path, change.old)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def put(path: Path, content: bytes | None) -> None:
    """Make the file hold `content`; None takes it away."""
    if content is not None:
        write_atomically(path, content)
    elif path.is_file() or path.is_symlink():
        path.unlink()


def missing_folders(path: Path, root: Path) -> list[Path]:
    """Return the folders between `root` and the file that do not exist yet, outermost first."""
    return [
        folder for folder in reversed(path.parents) if folder.is_relative_to(root) and not folder.exists()
    ]


def refuse_outside(change: Change, root: Path) -> None:
    """Raise `UsageError` when a path of the plan, links followed, leaves the repository."""
    place = (root / change.path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise UsageError(
            "path-outside",
            f"{change.path} lies outside the repository",
            hint="remove the link that leads there",
        )
