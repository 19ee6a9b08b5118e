"""How a command's story reaches a person: lines on standard error, a running line on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from mlgit.cli.streams import for_log
from mlgit.redact import Redactor
from mlgit.redact.shapes import MASK

DIM, YELLOW, CLEAR = "\x1b[2m", "\x1b[33m", "\x1b[0m"


class TerminalConsole:
    """Reports on a stream, without secrets; colour and running lines only where a person watches."""

    def __init__(self, stream: TextIO, redactor: Redactor, *, lively: bool, coloured: bool) -> None:
        self._stream = stream
        self._redact = redactor
        self._lively = lively
        self._coloured = coloured
        self._running = False
        self._in_key = False

    def say(self, text: str) -> None:
        """Write one line; the lines of a private key are one secret."""
        self.clear()
        hidden = self._in_key
        if "PRIVATE KEY" in text:
            self._in_key = "-----BEGIN" in text and "-----END" not in text
        self._stream.write((MASK if hidden else for_log(self._redact(text))) + "\n")
        self._stream.flush()

    def warn(self, text: str) -> None:
        """Write one line that stands out."""
        self.say(f"{YELLOW}warning:{CLEAR} {text}" if self._coloured else f"warning: {text}")

    def progress(self, text: str) -> None:
        """Replace the running line; nothing where no person watches."""
        if not self._lively:
            return
        width = os.get_terminal_size(self._stream.fileno()).columns
        shown = self._redact(text).replace("\t", " ")[: max(width - 1, 10)]
        self._stream.write(f"\r\x1b[K{DIM}{shown}{CLEAR}" if self._coloured else f"\r\x1b[K{shown}")
        self._stream.flush()
        self._running = True

    def clear(self) -> None:
        """Take the running line away."""
        if self._running:
            self._stream.write("\r\x1b[K")
            self._running = False


def colour_wanted(stream: TextIO) -> bool:
    """Tell whether to colour what goes to `stream`: only a terminal, never with NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def terminal_console(redactor: Redactor) -> Iterator[TerminalConsole]:
    """Give a console on standard error that leaves a clean line behind."""
    console = TerminalConsole(
        sys.stderr, redactor, lively=sys.stderr.isatty(), coloured=colour_wanted(sys.stderr)
    )
    try:
        yield console
    finally:
        console.clear()
