"""Where a file or a folder is made before it stands in its place: where Git does not look, and a rename is one step.

That is a folder inside Git's own. Each name there tells the process that made it, so that what a killed process left goes
with the next that stages something, or that looks for the repository.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from mlgit.errors import ExternalError
from mlgit.world.processes import BETWEEN, is_left_behind, own_name
from mlgit.world.streaming import uninterrupted

FOLDER = "mlgit/staging"
PREFIX = ".mlgit-"


def staging(place: Path) -> AbstractContextManager[Path]:
    """Give an empty folder from which files and folders are moved to `place`; it goes afterwards, with what is left in it.

    The folder of `place` is made when missing. Raises `OSError` when the file system refuses.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    return gone_afterwards(staged_name(place))


@contextmanager
def scratch(folder: Path | None = None) -> Iterator[Path]:
    """Give an empty folder among the temporary files of this machine, or below another one; else as `staging`.

    Raises `ExternalError` (`temporary-files`) when it cannot be made.
    """
    folder = folder or temporary_folder()
    sweep(folder)
    with ExitStack() as stack:
        try:
            place = stack.enter_context(gone_afterwards(folder / fresh_name()))
        except OSError as error:
            raise no_temporary_files(str(folder), error) from error
        yield place


def scratch_of_process() -> Path:
    """Return an empty folder as `scratch` gives one; it goes when this process ends."""
    import atexit

    made = ExitStack()
    place = made.enter_context(scratch())

    def close() -> None:
        # Whoever interrupts now comes too late: the work is done, and the folder has gone.
        with suppress(KeyboardInterrupt):
            made.close()

    atexit.register(close)
    return place


def temporary_folder() -> Path:
    """Return the folder for temporary files; raises `ExternalError` (`temporary-files`) when there is none to write to.

    Python takes the current folder where all others are full: that is the user's.
    """
    import tempfile

    try:
        found = Path(os.path.realpath(tempfile.gettempdir()))
    except OSError as error:
        raise no_temporary_files("the folder for temporary files", error) from error
    if found == Path.cwd() and found not in named_for_temporary_files():
        raise no_temporary_files(
            "the folder for temporary files", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        )
    return found


def named_for_temporary_files() -> list[Path]:
    """Return the folders that Python looks at before the current one, as `tempfile.gettempdir` documents them."""
    asked = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    usual = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108 - none is made here
    return [Path(os.path.realpath(folder)) for folder in (*asked, *usual) if folder]


def no_temporary_files(folder: str, error: OSError) -> ExternalError:
    """Return the error for a folder that takes no temporary files."""
    return ExternalError(
        "temporary-files",
        f"{folder} takes no temporary files: {error.strerror}",
        hint="free some space there, or set TMPDIR to a folder that has some",
    )


@contextmanager
def gone_afterwards(folder: Path) -> Iterator[Path]:
    """Make a folder, and remove it afterwards, however often somebody interrupts; a fork of this process leaves it."""
    owner = os.getpid()
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        if os.getpid() == owner:
            with uninterrupted():
                remove(folder)


def staged_name(place: Path) -> Path:
    """Return a path that nobody else takes, in the folder where what is to stand at `place` is made."""
    return staging_folder(place) / fresh_name()


def fresh_name() -> str:
    """Return a name that tells this process."""
    return PREFIX + own_name() + BETWEEN + os.urandom(8).hex()


def staging_folder(place: Path) -> Path:
    """Return the folder in which what is to stand at `place` is made: inside Git's own, else beside it.

    What killed processes left there is removed.
    """
    folder = place.parent
    git = git_folder_around(folder)
    with suppress(OSError):
        if git is not None and git.stat().st_dev == folder.stat().st_dev:
            (git / FOLDER).mkdir(parents=True, exist_ok=True)
            folder = git / FOLDER
    sweep(folder)
    return folder


def git_folder_around(folder: Path) -> Path | None:
    """Return Git's own folder for the work tree around a folder, None where there is none."""
    for one in (folder, *folder.parents):
        place = one / ".git"
        if place.is_dir():
            return place
        if place.is_file():
            with suppress(OSError, ValueError):
                named = place.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
                return found if (found := one / named).is_dir() else None
            return None
    return None


def sweep_staged(root: Path) -> None:
    """Remove what processes staged in a repository that are gone, also where this one has nothing to stage."""
    if (git := git_folder_around(root)) is not None:
        sweep(git / FOLDER)


def sweep(folder: Path) -> None:
    """Remove what processes staged in a folder that are gone."""
    with suppress(OSError), os.scandir(folder) as found:
        left = [Path(one.path) for one in found if one.name.startswith(PREFIX) and is_left(one.name)]
        for one in left:
            if one.is_dir() and not one.is_symlink():
                remove(one)
            else:
                one.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as the file system lets us."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def is_left(name: str) -> bool:
    """Tell whether a staged name is of a process that is gone."""
    words = name.removeprefix(PREFIX).split(BETWEEN)
    return len(words) == 4 and is_left_behind(BETWEEN.join(words[:3]))


def put(source: Path, place: Path) -> None:
    """Give what was staged its place in one step; raises `OSError`.

    Where a mount lies between them, a file is copied beside its place first.
    """
    try:
        source.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV or source.is_dir():
            raise
        import shutil

        beside = place.parent / fresh_name()
        try:
            shutil.copy2(source, beside)
            beside.replace(place)
        finally:
            with uninterrupted():
                beside.unlink(missing_ok=True)
        source.unlink()
