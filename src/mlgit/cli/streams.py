"""The streams that a process is started with: closed ones, poor encodings, a disk that is full behind them."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import NoReturn

from mlgit.errors import ExternalError

HANDLER = "mlgit-escaped"


class ClosedStream(io.TextIOBase):
    """Stands for a standard output that was closed before the start: what is written to it would be lost."""

    def write(self, _text: str) -> NoReturn:
        """Raise `OSError`."""
        raise OSError(errno.EBADF, "it is closed")


def prepare() -> None:
    """Make the standard streams bear every text.

    Each keeps its encoding, and what that has no sign for is written as JSON escapes it. The numbers of closed streams
    are taken, so that no file of ours gets one of them and the words of a program that we start.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)
        os.close(number)
        sys.stdout = sys.stdout or ClosedStream()
        sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    write_any_text(sys.stdout, sys.stderr)


def escaped(error: UnicodeError) -> tuple[str, int]:
    """Return the signs that cannot be encoded as escapes, and where to go on; they are valid in JSON, too."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[place : place + 2].hex() for place in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


def write_any_text(*streams: object) -> None:
    """Let streams take every text, whatever their encoding."""
    codecs.register_error(HANDLER, escaped)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def for_log(text: str) -> str:
    """Return a text that no log takes for a command: what stands in a repository may be written to be one.

    A runner of GitHub obeys a line that starts with `::`, and `##[` anywhere
    (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs). JSON keeps its meaning.
    """
    if "::" not in text and "##[" not in text:
        return text
    import re

    if text.startswith(("{", "[")):
        return text.replace("##[", "##\\u005b")
    return re.sub(r"(?m)((?:^|\r)\s*):(?=:)", r"\1: ", text.replace("##[", "## ["))


def emit(text: str) -> None:
    """Write to standard output, now; raises `ExternalError` (`output-unwritable`) when it takes no more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go()
        raise ExternalError(
            "output-unwritable",
            f"standard output cannot be written: {error.strerror}",
            hint="free some space, or send it somewhere else",
        ) from error


def let_go() -> None:
    """Send what still waits for standard output nowhere, so that the end of the process does not fail over it."""
    if not isinstance(sys.stdout, ClosedStream):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
