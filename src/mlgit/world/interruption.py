"""Requests to end this program (Ctrl-C, SIGTERM, a terminal that closes), taken alike, and put off where they would harm."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

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
