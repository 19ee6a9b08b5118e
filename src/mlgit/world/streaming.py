"""Follow a program while it runs: its lines as they come, its time limit, and its end with all that it started."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mlgit.errors import ExternalError
from mlgit.world.descendants import PATIENCE, adopt_orphans, descendants, end_all

CHUNK = 65536
"""Bytes read at once: what a pipe of Linux holds."""
GRACE = 1.0
"""Seconds to go on reading after a program ended, while something that it left behind holds its output."""
POLITE = 10.0
"""Seconds that a program has to end by itself, after each of two requests."""


class Followed:
    """A program that runs, or is about to, and everything below this process but what is spared."""

    def __init__(self, program: str, limit: float | None) -> None:
        """Spare what runs already; `limit` is in seconds."""
        self.program = program
        self.limit = limit
        self.spared = descendants(os.getpid())
        self.child: subprocess.Popen[bytes] | None = None
        self.over = threading.Event()
        self.alarm = threading.Timer(limit or 0, self.run_out)
        self.alarm.daemon = True

    def run_out(self) -> None:
        """End a program whose time is over, and whatever it started."""
        self.over.set()
        self.ask_to_end()
        self.end()

    def start(self, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> None:
        """Start the program in a session of its own, and its time; raises `ExternalError` when it cannot start."""
        try:
            self.child = subprocess.Popen(
                list(arguments),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise cannot_start(self.program, error) from error
        if self.limit is not None:
            self.alarm.start()

    def listen(self, on_line: Callable[[str], None]) -> int:
        """Hand on each line and return the exit code; raises `ExternalError` when the time was over."""
        assert self.child is not None  # noqa: S101 - narrows the type: it was started
        assert self.child.stdout is not None  # noqa: S101 - narrows the type: stdout=PIPE was asked for
        with end_of(self.child) as ended:
            for line in lines(chunks(self.child.stdout.fileno(), ended)):
                on_line(line)
        exit_code = self.child.wait()
        self.silence()
        if self.over.is_set():
            raise took_too_long(self.program, self.limit or 0)
        return exit_code

    def silence(self) -> None:
        """Stop the clock. An alarm that went off ends what is below this process: nothing may start before it is done."""
        self.alarm.cancel()
        if self.alarm.ident is not None:
            self.alarm.join()

    def ask_to_end(self) -> None:
        """Ask the program and its group to end, and wait a while."""
        if self.child is None:
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=POLITE)
                break

    def end(self) -> None:
        """End for good everything that is not spared, also a program that was interrupted while it started."""
        end_all(os.getpid(), self.spared)
        if self.child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=PATIENCE)

    def close(self) -> None:
        """Leave no clock and no pipe behind."""
        self.silence()
        if self.child is not None and self.child.stdout is not None:
            self.child.stdout.close()


def follow(
    arguments: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    limit: float | None,
    outlived: bool,
) -> int:
    """Run a program to its end; see `SystemProcesses.stream`.

    An interruption asks it to end; whoever interrupts again does not want to wait. The end for good is not interrupted:
    it would leave processes held for ever.
    """
    adopt_orphans()
    followed = Followed(arguments[0], limit)
    leaves = False
    with interruptible() as ears:
        try:
            followed.start(arguments, directory, environment)
            exit_code = followed.listen(on_line)
            leaves = outlived
        except BaseException:
            followed.ask_to_end()
            raise
        finally:
            ears.closed = True
            if not leaves:
                followed.end()
            followed.close()
    return exit_code


@contextlib.contextmanager
def end_of(child: subprocess.Popen[bytes]) -> Iterator[int]:
    """Give a descriptor that has something to read as soon as the child has ended, whoever still holds its output."""
    ended, ending = os.pipe()

    def wait() -> None:
        child.wait()
        os.close(ending)

    threading.Thread(target=wait, daemon=True).start()
    try:
        yield ended
    finally:
        os.close(ended)


def chunks(output: int, ended: int) -> Iterator[bytes]:
    """Yield what is written: until all who hold the output are gone, or `GRACE` after the program itself is."""
    until: float | None = None
    with selectors.DefaultSelector() as waiting:
        waiting.register(output, selectors.EVENT_READ)
        waiting.register(ended, selectors.EVENT_READ)
        while until is None or time.monotonic() < until:
            ready = [key.fd for key, _ in waiting.select(until and max(0.0, until - time.monotonic()))]
            if ended in ready:
                waiting.unregister(ended)
                until = time.monotonic() + GRACE
            if output in ready:
                if not (chunk := os.read(output, CHUNK)):
                    return
                yield chunk


def lines(pieces: Iterator[bytes]) -> Iterator[str]:
    """Yield the lines of a text that comes in pieces, without their ends; a carriage return ends a line too."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    begun = ""
    for piece in pieces:
        *whole, last = decoder.decode(piece).split("\n")
        if whole:
            yield begun + whole[0]
            yield from whole[1:]
            begun = ""
        begun += last
    *whole, last = (begun + decoder.decode(b"", final=True)).split("\n")
    yield from whole
    if last:
        yield last


def took_too_long(program: str, seconds: float) -> ExternalError:
    """Return the error for a program that did not end in time."""
    return ExternalError(
        "process-timeout",
        f"{Path(program).name} did not finish within {seconds:.0f} seconds",
        hint="try again; if it waits for a password or a lock, end the other program first",
    )


def cannot_start(program: str, error: OSError) -> ExternalError:
    """Return the error for a program that is missing or not executable."""
    name = Path(program).name
    return ExternalError(
        "program-missing", f"{name} cannot be started: {error.strerror}", hint="mlgit doctor"
    )


REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ears:
    """Hears requests to end as `KeyboardInterrupt`; while `closed`, only notes that there was one."""

    def __init__(self) -> None:
        """Start open."""
        self.closed = False
        self.missed = False

    def hear(self, _number: int, _frame: object) -> None:
        """Take a signal for Ctrl-C."""
        if not self.closed:
            raise KeyboardInterrupt
        self.missed = True


@contextlib.contextmanager
def interruptible() -> Iterator[Ears]:
    """Let every request to end interrupt as Ctrl-C does; in the main thread only.

    What came while the ears were closed interrupts at the end.
    """
    ears = Ears()
    if threading.current_thread() is not threading.main_thread():
        yield ears
        return
    before = {number: signal.getsignal(number) for number in REQUESTS}
    # What is ignored stays so: nohup(1) asks for that. None is a handler that Python could not put back.
    heeded = [number for number in REQUESTS if before[number] not in (signal.SIG_IGN, None)]
    try:
        for number in heeded:
            signal.signal(number, ears.hear)
        yield ears
    finally:
        for number in heeded:
            signal.signal(number, before[number])
    if ears.missed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let what is done come to its end, such as cleaning up; a request to end meanwhile interrupts afterwards."""
    with interruptible() as ears:
        ears.closed = True
        yield
