"""A program that goes on when this one ends: at most one in a folder, whoever starts it, and whoever is killed meanwhile.

running.lock   held by the program, and by what it started, for as long as any of them runs
running.pid    the number of its process group
log            what it writes
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mlgit.errors import ExternalError
from mlgit.world import launch
from mlgit.world.streaming import cannot_start

POLITE = 10.0
"""Seconds that a program has to end by itself."""
KILLED = 5.0
"""Seconds until what was killed has to be gone, and until a program that starts has to have a number."""
LAST_LINES = 5
LONGEST_LOG = 4000


def listened_at(port: int) -> bool:
    """Tell whether a program listens at a port of this machine."""
    with socket.socket() as asked:
        asked.settimeout(1.0)
        return asked.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of this machine that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Service:
    """The one program of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = folder / "running.lock"
        self._number = folder / "running.pid"
        self._log = folder / "log"

    @property
    def runs(self) -> bool:
        """Whether the program, or something that it started, runs."""
        return self._lock.exists() and not is_free(self._lock)

    def start(self, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> None:
        """Start the program in a process group of its own; raises `ExternalError` where one runs or it cannot start."""
        if self.runs:
            raise ExternalError("service-runs", f"{self.folder.name} runs already", hint="try again")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._number.unlink(missing_ok=True)
        command = (sys.executable, "-I", launch.__file__, str(self._lock), str(self._number), *arguments)
        try:
            with self._log.open("wb") as log:
                subprocess.run(
                    command,
                    cwd=directory,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    check=False,
                )
        except OSError as error:
            raise cannot_start(arguments[0], error) from error

    def stop(self) -> None:
        """End the program and all that it started; raises `ExternalError` where it does not end."""
        for request, seconds in ((signal.SIGTERM, POLITE), (signal.SIGKILL, KILLED)):
            if not self.runs:
                break
            wait_until(self._number.exists, KILLED)
            with contextlib.suppress(OSError, ValueError):
                os.killpg(int(self._number.read_text(encoding="utf-8")), request)
            wait_until(lambda: not self.runs, seconds)
        if self.runs:
            raise ExternalError(
                "service-stuck",
                f"what serves {self.folder.name} does not end",
                hint=f"look at it: ps -g {self._number_text()}",
            )
        self._number.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the last lines that the program wrote, in one line."""
        try:
            text = self._log.read_bytes()[-LONGEST_LOG:].decode("utf-8", "replace")
        except OSError:
            return ""
        return " / ".join(line.strip() for line in text.splitlines()[-LAST_LINES:] if line.strip())

    def _number_text(self) -> str:
        """Return the number of the program, as far as it is known."""
        return self._number.read_text(encoding="utf-8") if self._number.exists() else "unknown"


def is_free(lock: Path) -> bool:
    """Tell whether nobody holds a lock."""
    number = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(number)
    return True


@contextlib.contextmanager
def alone(lock: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold a lock that goes with this process; raises `ExternalError` (`deploy-busy`) when another holds it too long."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not wait_until(lambda: taken(number), seconds):
            raise ExternalError("deploy-busy", f"another mlgit deploys {what}", hint="wait for it, or end it")
        yield
    finally:
        os.close(number)


def taken(number: int) -> bool:
    """Take a lock unless another holds it; tell whether it is ours."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_until(known: Callable[[], bool], seconds: float) -> bool:
    """Wait until a function says True, for so many seconds at most; tell whether it did."""
    until = time.monotonic() + seconds
    while not (done := known()) and time.monotonic() < until:
        time.sleep(0.05)
    return done
