"""Write files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mlgit.errors import ExternalError, UsageError


def write_atomically(path: Path, content: bytes, *, executable: bool = False) -> None:
    """Replace `path` by `content` in one step; the folder is made when missing.

    Raises `ExternalError` when the file system refuses; the old content then still stands.
    """
    with staged(path, content, executable=executable) as ready:
        move_into_place(ready, path)


@contextmanager
def staged(path: Path, content: bytes, *, executable: bool = False) -> Iterator[Path]:
    """Give a file with `content` that `move_into_place` can put at `path`; the folder of `path` is made when missing.

    It goes when it was not moved. Raises `ExternalError` when the file system refuses.
    """
    from mlgit.world.staging import staged_name
    from mlgit.world.streaming import uninterrupted

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ready = staged_name(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        write_new(ready, content, path)
        ready.chmod(0o755 if executable else 0o644)
        yield ready
    finally:
        with uninterrupted():
            ready.unlink(missing_ok=True)


def write_new(ready: Path, content: bytes, path: Path) -> None:
    """Write a file that is to stand at `path` later; raises `ExternalError` when the file system refuses."""
    try:
        with ready.open("xb") as stream:
            stream.write(content)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_where_asked(path: Path, content: bytes) -> None:
    """Write a file that a user named: a regular one in one step, what a link leads to, a device or a pipe by writing to it.

    Raises `UsageError` for a folder and `ExternalError` when the file system refuses.
    """
    refuse_folder(path)
    if not is_stream(path):
        write_atomically(resolved(path), content)
        return
    try:
        with path.open("ab", buffering=0) as stream:
            stream.write(content)
    except OSError as error:
        raise cannot_write(path, error) from error


def put_where_asked(source: Path, path: Path) -> None:
    """Put a staged file where a user named one; else as `write_where_asked`, a piece at a time."""
    import shutil

    refuse_folder(path)
    if not is_stream(path):
        move_into_place(source, resolved(path))
        return
    try:
        with source.open("rb") as whole, path.open("ab", buffering=0) as stream:
            shutil.copyfileobj(whole, stream)
    except OSError as error:
        raise cannot_write(path, error) from error


def refuse_folder(path: Path) -> None:
    """Raise `UsageError` (`file-is-folder`) for a folder where a file was asked for."""
    if path.is_dir():
        raise UsageError(
            "file-is-folder",
            f"{path.name or path} is a folder, not a file",
            hint="name a file",
            where=str(path),
        )


def resolved(path: Path) -> Path:
    """Return a path with every link followed, as far as they lead anywhere: of links in a circle, the one it starts with.

    `Path.resolve` takes those for a fault of the program.
    """
    return Path(os.path.realpath(path))


def is_stream(path: Path) -> bool:
    """Tell whether a path is a device or a pipe, or a name of an open one, such as /dev/stdout."""
    named = path.parts[:2] in (("/", "dev"), ("/", "proc")) and path.parts[:3] != ("/", "dev", "shm")
    return path.exists() and (named or not path.is_file())


def create_atomically(path: Path, content: bytes) -> bool:
    """Make `path` with `content` in one step and return True; return False when something of that name exists.

    Of two processes that create the same name at once, exactly one is told True. Raises `ExternalError` as
    `write_atomically` does.
    """
    with staged(path, content) as ready:
        try:
            path.hardlink_to(ready)
        except FileExistsError:
            return False
        except OSError as error:
            raise cannot_write(path, error) from error
    return True


def move_into_place(source: Path, target: Path) -> None:
    """Put a file where another one stands or none does, in one step.

    Raises `ExternalError` as `write_atomically` does.
    """
    from mlgit.world.staging import put

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        put(source, target)
    except OSError as error:
        raise cannot_write(target, error) from error


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of a file to one that nobody else reads yet; raises `ExternalError` when the file system refuses."""
    import shutil

    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise cannot_write(target, error) from error


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file that other programs write to as well; raises `ExternalError` when it cannot."""
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error


def read_bytes(path: Path) -> bytes | None:
    """Return the content of a regular file, or None when there is no file of that name.

    A link is followed. Raises `UsageError` for a folder, a pipe and a device, which never end; `ExternalError` for what the
    file system refuses.
    """
    try:
        with open_regular(path) as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError as error:
        raise UsageError(
            "file-is-folder", f"{path.name} is a folder, not a file", hint="name a file", where=str(path)
        ) from error
    except OSError as error:
        raise ExternalError(
            "file-unreadable", f"{path.name} cannot be read: {error.strerror}", where=str(path)
        ) from error


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, through links.

    Raises `UsageError` for a pipe or a device, without waiting for it; `OSError` as `open` does.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(number, "rb")
    os.close(number)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise UsageError(
        "file-is-device",
        f"{path.name} is a pipe or a device, not a file",
        hint="name a regular file",
        where=str(path),
    )


def read_regular(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file that somebody else made.

    Raises `OSError` for a link and for what is no regular file; a pipe or a device does not keep us waiting.
    """
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as stream:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError("no regular file")
        return stream.read(most)


def cannot_write(path: Path, error: OSError) -> ExternalError:
    """Return the error for a path that the file system refuses."""
    return ExternalError(
        "file-unwritable",
        f"{path.name} cannot be written: {error.strerror}",
        hint="check the permissions and the free space of its folder",
        where=str(path),
    )
