"""Do exactly what a plan says, or nothing."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

from mlgit.errors import ExternalError, UsageError
from mlgit.plan.change import Change, Plan
from mlgit.world.files import move_into_place, read_bytes, resolved, staged, write_atomically
from mlgit.world.staging import sweep_staged
from mlgit.world.streaming import uninterrupted


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
    # A plan that changes nothing stages nothing: what a killed run left goes all the same.
    sweep_staged(root)
    made = [folder for change in plan.changes for folder in missing_folders(root / change.path, root)]
    done: list[Change] = []
    try:
        # Everything is on the disk before the first file takes its place: then a full one changes nothing.
        with ExitStack() as stack:
            ready = [staged_change(stack, change, root) for change in plan.changes]
            for change, source in zip(plan.changes, ready, strict=True):
                done.append(change)
                put(source, root / change.path)
    except BaseException:
        with uninterrupted():
            undo(done, root)
            for folder in sorted(set(made), reverse=True):
                with suppress(OSError):
                    folder.rmdir()
        raise


def staged_change(stack: ExitStack, change: Change, root: Path) -> Path | None:
    """Return a file with the new content of a change, kept as long as the stack; None for a deletion."""
    return None if change.new is None else stack.enter_context(staged(root / change.path, change.new))


def put(source: Path | None, path: Path) -> None:
    """Let a staged file take its place; None takes away what stands there."""
    if source is not None:
        move_into_place(source, path)
    elif path.is_file() or path.is_symlink():
        path.unlink()


def undo(done: list[Change], root: Path) -> None:
    """Bring back what stood there before."""
    for change in reversed(done):
        if change.old is not None:
            write_atomically(root / change.path, change.old)
        else:
            put(None, root / change.path)


def missing_folders(path: Path, root: Path) -> list[Path]:
    """Return the folders between `root` and the file that do not exist yet, outermost first."""
    return [
        folder for folder in reversed(path.parents) if folder.is_relative_to(root) and not folder.exists()
    ]


def refuse_outside(change: Change, root: Path) -> None:
    """Raise `UsageError` when a path of the plan, links followed, leaves the repository."""
    place = resolved(root / change.path)
    if not place.is_relative_to(resolved(root)):
        raise UsageError(
            "path-outside",
            f"{change.path} lies outside the repository",
            hint="remove the link that leads there",
        )
