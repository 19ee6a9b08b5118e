"""The log of predictions: a line of JSON each, appended to a file whole.

What is promised: a line is handed to the operating system before its answer is sent, so what was answered is in the file when
the process is killed at any moment (a machine that loses power may lose the last seconds). Where the disk is full the answer
is given all the same and counted as lost; a line that was written in part ends with the next one, and readers skip it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from mlgit.errors import ExternalError
from mlgit.serving.traffic import point

SALT = "log"
LINE_END = b"\n"
COMPACTED = ".parquet"
"""What follows the name of a log that became Parquet."""


class Journal:
    """A file of lines. `share` of the requests is kept, chosen by their id; from `largest` bytes on a new file begins.

    Several processes write one file where each has `several`: each line under the lock of the file, so that one begins the new
    file, and no line follows one that was written in part, or goes to a file that was closed.
    """

    def __init__(
        self, path: Path, *, share: float = 1.0, largest: int = 256_000_000, several: bool = False
    ) -> None:
        """Open the file; raises `ExternalError` (`serve-log`) where it cannot be written."""
        self.path = path
        self._several = several
        self._share = share
        self._largest = largest
        self._torn = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = opened(path)
            self._size = os.fstat(self._file).st_size
            self._torn = ends_inside_a_line(self._file, self._size)
        except OSError as error:
            raise ExternalError(
                "serve-log",
                f"the log of predictions cannot be written: {error.strerror}",
                hint="--log names the file",
                where=str(path),
            ) from error

    def keeps(self, request: str) -> bool:
        """Tell whether a request is of the sample."""
        return self._share >= 1.0 or point(request, SALT) < self._share

    def write(self, line: bytes) -> bool:
        """Append a line; tell whether it was written whole."""
        if not self._several:
            return self._append(line)
        try:
            self._lock()
        except OSError:
            return False
        try:
            return self._append(line)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _append(self, line: bytes) -> bool:
        content = (LINE_END if self._torn else b"") + line + LINE_END
        try:
            while self._size and self._size + len(content) > self._largest:
                self._rotate()
            written = os.write(self._file, content)
        except OSError:
            written = 0
        if written == len(content):
            self._torn = False
        elif written:
            self._torn = True
        self._size += written
        return written == len(content)

    def _lock(self) -> None:
        """Lock the file that has the name now, and learn how it ends; raises `OSError`."""
        while True:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            mine = os.fstat(self._file)
            with suppress(FileNotFoundError):
                if os.path.samestat(mine, self.path.stat()):
                    break
            self._follow(opened(self.path))
        if mine.st_size != self._size:
            self._torn = ends_inside_a_line(self._file, mine.st_size)
        self._size = mine.st_size

    def close(self) -> None:
        """Hand everything to the disk."""
        with suppress(OSError):
            os.fsync(self._file)
        os.close(self._file)

    def _rotate(self) -> None:
        """Give the file the next number that no log has, also none that is Parquet now, and begin a new one."""
        number = 1
        while any(one.exists() for one in named(self.path, number)):
            number += 1
        place, _ = named(self.path, number)
        self.path.rename(place)
        self._follow(opened(self.path))
        if (
            self._several
        ):  # another one may have written to the new file, and filled it, before this one locks it
            self._lock()

    def _follow(self, fresh: int) -> None:
        """Write to another file from now on; the lock of the one before goes with it."""
        os.close(self._file)
        self._file, self._size, self._torn = fresh, os.fstat(fresh).st_size, False


def named(path: Path, number: int) -> tuple[Path, Path]:
    """Return where a full log stands, and where it stands when it is Parquet (`compaction`)."""
    full = f"{path.name}.{number}"
    return path.with_name(full), path.with_name(f"{full}{COMPACTED}")


def opened(path: Path) -> int:
    """Return a file that everything is appended to, which only its owner reads."""
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def ends_inside_a_line(file: int, size: int) -> bool:
    """Tell whether the last line was written in part."""
    return size > 0 and os.pread(file, 1, size - 1) != LINE_END
