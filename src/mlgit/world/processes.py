"""Start programs: no shell, a scrubbed environment, a time limit, nothing left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from mlgit.errors import WorldError
from mlgit.world.descendants import adopt_orphans, descendants, end_all

DEFAULT_TIMEOUT = 120.0


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


class Processes(Protocol):
    """Start a program and wait for it."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        stdin: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run to the end and return the outcome; raises `WorldError` when it cannot start or takes too long."""

    def stream(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        heard: Callable[[str], None],
        limit: float | None = None,
        outlived: bool = True,
    ) -> int:
        """Run to the end, hand each line (standard output and error together) to `heard`, return the exit code.

        After `limit` seconds everything that it started is ended; raises `WorldError` (`process-timeout`) then. So it is
        when we are interrupted, and without `outlived` whenever it comes to its end.
        """


class SystemProcesses:
    """Programs of this machine."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        stdin: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run to the end; see `Processes.run`."""
        try:
            done = subprocess.run(
                list(arguments),
                cwd=directory,
                env=dict(environment),
                input=stdin,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except OSError as error:
            raise cannot_start(arguments[0], error) from error
        except subprocess.TimeoutExpired as error:
            raise took_too_long(arguments[0], timeout) from error
        return Completed(tuple(arguments), done.returncode, done.stdout, done.stderr)

    def stream(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        heard: Callable[[str], None],
        limit: float | None = None,
        outlived: bool = True,
    ) -> int:
        """Run to the end, line by line; see `Processes.stream`."""
        adopt_orphans()
        spared = descendants(os.getpid())
        try:
            child = subprocess.Popen(
                list(arguments),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise cannot_start(arguments[0], error) from error
        over = threading.Event()
        alarm = threading.Timer(limit or 0, end_for_good, (child, over, spared))
        alarm.daemon = True
        try:
            if limit is not None:
                alarm.start()
            assert child.stdout is not None  # noqa: S101 - narrows the type: stdout=PIPE was asked for
            with interruptible():
                for line in child.stdout:
                    heard(line.rstrip("\n"))
                exit_code = child.wait()
            if over.is_set():
                raise took_too_long(arguments[0], limit or 0)
            if not outlived:
                end_all(os.getpid(), spared)
            return exit_code
        except BaseException:
            stop(child, spared)
            raise
        finally:
            alarm.cancel()
            if over.is_set():
                # It ends what is below this process: nothing new may start before it is done.
                alarm.join()
            if child.stdout is not None:
                child.stdout.close()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let a request to end, or a terminal that closes, interrupt as Ctrl-C does; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What is ignored stays so: nohup(1) asks for that.
    numbers = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) != signal.SIG_IGN]
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def interrupt(_number: int, _frame: object) -> None:
    """Take a signal for Ctrl-C."""
    raise KeyboardInterrupt


def stop(child: subprocess.Popen[str], spared: frozenset[int]) -> None:
    """End a child and everything it started: its group politely first, then all that is left for good.

    Whoever interrupts again does not want to wait: no more politeness then.
    """
    with contextlib.suppress(KeyboardInterrupt):
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
                break
    end_all(os.getpid(), spared)
    child.wait()


def end_for_good(child: subprocess.Popen[str], over: threading.Event, spared: frozenset[int]) -> None:
    """End a child whose time is over, and whatever it started."""
    over.set()
    stop(child, spared)


def took_too_long(program: str, seconds: float) -> WorldError:
    """Return the error for a program that did not end in time."""
    return WorldError(
        "process-timeout",
        f"{Path(program).name} did not finish within {seconds:.0f} seconds",
        hint="try again; if it waits for a password or a lock, end the other program first",
    )


def cannot_start(program: str, error: OSError) -> WorldError:
    """Return the error for a program that is missing or not executable."""
    name = Path(program).name
    return WorldError("program-missing", f"{name} cannot be started: {error.strerror}", hint="mlgit doctor")


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


def started(number: int) -> str:
    """Return when a process started, in the system's own unit; empty where the system does not tell."""
    try:
        facts = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    after_name = facts.rpartition(")")[2].split()
    return after_name[19] if len(after_name) > 19 and after_name[0] != "Z" else ""
