"""The log of predictions: a line of JSON each, appended to a file whole.

What is promised: a line is handed to the operating system before its answer is sent, so what was answered is in the file when
the process is killed at any moment (a machine that loses power may lose the last seconds). Where the disk is full the answer
is given all the same and counted as lost; a line that was written in part ends with the next one, and readers skip it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mlgit.errors import ExternalError
from mlgit.serving.traffic import point

SALT = "log"
LINE_END = b"\n"


class Journal:
    """A file of lines. `share` of the requests is kept, chosen by their id; from `largest` bytes on a new file begins."""

    def __init__(self, path: Path, *, share: float = 1.0, largest: int = 256_000_000) -> None:
        """Open the file; raises `ExternalError` (`serve-log`) where it cannot be written."""
        self.path = path
        self.lost = 0
        self._share = share
        self._largest = largest
        self._torn = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = opened(path)
            self._size = os.fstat(self._file).st_size
            self._torn = ends_inside_a_line(path)
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
        content = (LINE_END if self._torn else b"") + line + LINE_END
        try:
            if self._size and self._size + len(content) > self._largest:
                self._rotate()
            written = os.write(self._file, content)
        except OSError:
            written = 0
        if written == len(content):
            self._torn = False
        elif written:
            self._torn = True
        self._size += written
        self.lost += written != len(content)
        return written == len(content)

    def close(self) -> None:
        """Hand everything to the disk."""
        with suppress(OSError):
            os.fsync(self._file)
        os.close(self._file)

    def _rotate(self) -> None:
        """Give the file the next free number, and begin a new one."""
        number = 1
        while (place := self.path.with_name(f"{self.path.name}.{number}")).exists():
            number += 1
        self.path.rename(place)
        fresh = opened(self.path)
        os.close(self._file)
        self._file, self._size, self._torn = fresh, 0, False


def opened(path: Path) -> int:
    """Return a file that everything is appended to, which only its owner reads."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def ends_inside_a_line(path: Path) -> bool:
    """Tell whether the last line was written in part."""
    with path.open("rb") as stream:
        if not stream.seek(0, os.SEEK_END):
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != LINE_END
