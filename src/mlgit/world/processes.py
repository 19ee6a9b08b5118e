"""Start programs: no shell, a scrubbed environment, a time limit, nothing left running."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from mlgit.world.streaming import cannot_start, follow, took_too_long

DEFAULT_TIMEOUT = 120.0
BETWEEN = "+"
"""Stands for the blanks of an identity: programs of users split paths at blanks."""


class Completed(msgspec.Struct, frozen=True):
    """A finished program: its arguments, exit code and what it wrote."""

    arguments: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        """Standard error as text, without blank ends."""
        return self.stderr.decode("utf-8", "replace").strip()


class SystemProcesses:
    """Programs of this machine. A test hands down another class with the same two methods."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        stdin: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run to the end and return the outcome; raises `ExternalError` when it cannot start or takes too long."""
        with memory(arguments[0]) as output:
            try:
                done = subprocess.run(
                    list(arguments),
                    cwd=directory,
                    env=dict(environment),
                    input=stdin,
                    stdout=subprocess.PIPE if output is None else output,
                    stderr=subprocess.PIPE,
                    timeout=timeout,
                    check=False,
                )
            except OSError as error:
                raise cannot_start(arguments[0], error) from error
            except subprocess.TimeoutExpired as error:
                raise took_too_long(arguments[0], timeout) from error
            stdout = done.stdout if output is None else whole(output)
        return Completed(tuple(arguments), done.returncode, stdout, done.stderr)

    def stream(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        limit: float | None = None,
        outlived: bool = True,
    ) -> int:
        """Run to the end, hand each line (standard output and error together) to `on_line`, return the exit code.

        What it leaves behind may hold its output: that is read for a second more. After `limit` seconds everything that
        it started is ended; raises `ExternalError` (`process-timeout`) then. So it is when we are interrupted, and
        without `outlived` whenever it comes to its end.
        """
        return follow(arguments, directory, environment, on_line, limit, outlived)


@contextmanager
def memory(program: str) -> Iterator[BinaryIO | None]:
    """Give a file in memory for what git writes; None for another program, and where the system has none.

    A pipe is read in hundreds of small pieces while the program waits: for ten megabytes of blobs that is the third part of the work.
    A program of a user may open its output once more by name, and would write over the beginning of a file.
    """
    if program != "git" or not hasattr(os, "memfd_create"):
        yield None
        return
    with os.fdopen(os.memfd_create("output"), "w+b", buffering=0) as stream:
        yield stream


def whole(stream: BinaryIO) -> bytes:
    """Return all that was written to a file."""
    stream.seek(0)
    return stream.read()


def identity() -> str:
    """Return a name of this process that no other process of any machine has: machine, number, start."""
    return f"{os.uname().nodename} {os.getpid()} {started(os.getpid())}"


def may_run(name: str) -> bool:
    """Tell whether the process of an `identity` may still run; of another machine's nobody here can say that it ended."""
    machine, _, rest = name.partition(" ")
    number, _, start = rest.partition(" ")
    if machine != os.uname().nodename or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started(int(number)) == start


def own_name() -> str:
    """Return a file name that tells which process made it."""
    return identity().replace(" ", BETWEEN)


def is_left_behind(name: str) -> bool:
    """Tell whether the process that a file name of `own_name` tells of has ended."""
    return not may_run(name.replace(BETWEEN, " "))


def runs(number: int) -> bool:
    """Tell whether a process of this machine runs; one that ended and that nobody waited for does not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return bool(started(number)) or not Path("/proc/self/stat").exists()


def started(number: int) -> str:
    """Return when a process started, in the system's own unit; empty where the system does not tell."""
    try:
        facts = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    after_name = facts.rpartition(")")[2].split()
    return after_name[19] if len(after_name) > 19 and after_name[0] != "Z" else ""
