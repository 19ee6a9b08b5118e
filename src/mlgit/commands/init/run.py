"""`init`: a repository that works at once, or the files that an existing one lacks."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.commands.init.source import InitRequest
from mlgit.errors import UsageError
from mlgit.git.finding import repositories_around
from mlgit.plan.outcome import InitResult
from mlgit.render.names import names_for
from mlgit.world.context import Context
from mlgit.world.files import resolved


def init(context: Context, request: InitRequest) -> InitResult:
    """Make a new repository in `request.directory`, or adopt the one that stands there.

    Raises `UsageError` before anything is written when the data, the target or the place do not fit.
    """
    from mlgit.commands.init.adopt import adopt
    from mlgit.commands.init.command import adopt_command, asked_command
    from mlgit.commands.init.new import create

    directory = resolved(request.directory)
    around = next(iter(repositories_around(directory)), None)
    refuse_inside(directory, around)
    if request.target and not request.data:
        raise UsageError(
            "init-target-alone",
            "--target names a column of a table, and there is none",
            hint="name the table, too: --data FILE",
        )
    if not request.command and around is None and is_vacant(directory):
        return create(context, request, directory, names_for(directory))
    if command := asked_command(context, request, directory):
        return adopt_command(context, replace(request, command=command), directory, names_for(directory))
    return adopt(context, request, directory, names_for(directory))


def is_vacant(directory: Path) -> bool:
    """Tell whether a new repository can be made at `directory`: nothing there, or an empty folder."""
    if not directory.exists():
        return True
    if not directory.is_dir():
        raise UsageError(
            "init-not-a-folder", f"{directory.name} is a file, not a folder", where=str(directory)
        )
    return not any(directory.iterdir())


def refuse_inside(directory: Path, around: Path | None) -> None:
    """Raise `UsageError` when `directory` is a folder inside somebody's repository, not its top."""
    if around is not None and around != directory:
        raise UsageError(
            "init-inside-repository",
            f"{directory.name} lies inside the repository {around}",
            hint=f"cd {around} && mlgit init adopts it; or choose a folder outside",
        )
