"""Several processes behind one address: each listens at the same port with a socket of its own, and the kernel deals connections.

The parent binds the sockets, forks and starts again what ends; it loads no model. It keeps the sockets open, so that a connection
that nobody has taken yet waits for the worker that is started again. When the parent is gone, however it went, workers end.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.errors import ExternalError

GRACE = 30.0
"""Seconds that workers have to end in; they give requests less."""
SHORT = 10.0
"""Seconds: a worker that lived no longer is started again after a pause that doubles."""
LONGEST_PAUSE = 30.0
FAILURES = 4
"""So often in a row may a worker end by itself before it is given up: connections that are dealt to it wait in vain."""
POLL = 0.02
AGREED = "agreed.json"


class Agreed(Struct, frozen=True, kw_only=True):
    """What all workers answer with; `version` is empty for a file that nobody registered. See `release.identity`."""

    version: str
    digest: str


class Seat(Struct, frozen=True, kw_only=True):
    """What a worker has of its parent.

    `folder` is where workers keep what all of them share; `parent` is a pipe that ends when the parent does; `told` is
    where the first worker says that it answers, None for the others. `began` is when the parent did (`time.monotonic`).
    """

    number: int
    count: int
    listening: socket.socket
    folder: Path
    parent: int
    told: int | None
    began: float

    def answers(self) -> None:
        """Tell the parent that this worker answers."""
        if self.told is not None:
            with suppress(OSError):
                os.write(self.told, b"1")

    def agreed(self) -> Agreed | None:
        """Return what the first worker answers with, None before it has said so."""
        place = self.folder / AGREED
        return msgspec.json.decode(place.read_bytes(), type=Agreed) if place.exists() else None

    def agree(self, what: Agreed) -> None:
        """Say what this worker, the first one of all, answers with."""
        (self.folder / AGREED).write_bytes(msgspec.json.encode(what))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Do what only one worker at a time may do; a worker that dies lets the next one go on."""
        place = os.open(self.folder / "alone", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX)
            yield
        finally:
            os.close(place)


class Workers:
    """The parent of the workers of `listening`, one a socket; `warn` is told what ended and is started again."""

    def __init__(self, listening: Sequence[socket.socket], folder: Path, warn: Callable[[str], None]) -> None:
        self._listening = listening
        self._folder = folder
        self._warn = warn
        self._parent, self._alive = os.pipe()
        self._began = time.monotonic()
        self._running: dict[int, int] = {}
        self._started: dict[int, float] = {}
        self._pauses: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    def run(self) -> Seat | int:
        """Start the workers and look after them: return in each its seat, and in the parent, when all is over, the exit code.

        Where the first worker does not come to answer, no other is started, and its exit code is that of all. Raises
        `ExternalError` (`serve-worker`) when all had to end because one does not come back.
        """
        try:
            first, told = os.pipe()
            if (seat := self._forked(0, told)) is not None:
                return seat
            os.close(told)
            if not os.read(first, 1):
                return os.waitstatus_to_exitcode(os.wait()[1])
            for number in range(1, len(self._listening)):
                if (seat := self._forked(number)) is not None:
                    return seat
            while True:
                number = self._ended()
                if (seat := self._forked(number)) is not None:
                    return seat
        except KeyboardInterrupt:
            self._stop()
            return 0

    def _forked(self, number: int, told: int | None = None) -> Seat | None:
        """Start a worker: return its seat there, and None in the parent."""
        pid = os.fork()
        if pid:
            self._running[pid] = number
            self._started[number] = time.monotonic()
            return None
        os.close(self._alive)
        for other, one in enumerate(self._listening):
            if other != number:
                one.close()
        return Seat(
            number=number,
            count=len(self._listening),
            listening=self._listening[number],
            folder=self._folder,
            parent=self._parent,
            told=told,
            began=self._began,
        )

    def _ended(self) -> int:
        """Wait until a worker ends, and as long as it is sensible to wait then; return its number."""
        pid, status = os.wait()
        number = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        short = time.monotonic() - self._started[number] < SHORT
        self._failures[number] = self._failures.get(number, 0) + 1 if short and code > 0 else 0
        if self._failures[number] == FAILURES:
            raise self._given_up(number, how)
        self._warn(f"worker {number} {how}, and is started again")
        pause = min(self._pauses.get(number, 0.25) * 2, LONGEST_PAUSE) if short else 0.0
        self._pauses[number] = pause or 0.25
        time.sleep(pause)
        return number

    def _given_up(self, number: int, how: str) -> ExternalError:
        """End all workers, and return the error for the one that does not come back."""
        self._stop()
        return ExternalError(
            "serve-worker",
            f"worker {number} does not start any more ({FAILURES} times in a row it {how}), so all have ended",
            hint="what it said stands above; a model that is served has to stay where it is",
        )

    def _stop(self) -> None:
        """Take no new connection, let workers answer what they have, and end those that do not end."""
        for one in self._listening:
            one.close()
        self._send(signal.SIGTERM)
        try:
            until = time.monotonic() + GRACE
            while self._running and time.monotonic() < until:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                self._running.pop(pid, None)
                time.sleep(0 if pid else POLL)
        except KeyboardInterrupt:  # asked a second time
            pass
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        """Send a signal to every worker."""
        for pid in self._running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
