"""Counts what a run of mlgit does to the disk, over all Python processes that it starts, and strikes at one of these steps.

A step is what an audit hook sees before it is done: a file opened for writing, renamed, linked or removed, a folder made or
removed, a program started.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

STEPS = frozenset(
    ["os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "subprocess.Popen"]
)  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
counting = False


def is_step(event: str, arguments: tuple[object, ...]) -> bool:
    """Tell whether an event changes the disk; what Python keeps of a module it compiled is nobody's step."""
    if arguments and isinstance(arguments[0], str) and "__pycache__" in arguments[0]:
        return False
    if event != "open":
        return event in STEPS
    path, _, flags = arguments
    return (
        isinstance(path, (str, bytes))
        and isinstance(flags, int)
        and bool(flags & WRITES)
        and path != os.devnull
    )


def begin(given: Mapping[str, str]) -> None:
    """Count from here, in this process and in its forks; the signal goes to this one or to its group."""
    counter, at, first = given["STEPS_COUNTER"], int(given["STEPS_AT"]), os.getpid()
    number, everybody = int(given["STEPS_SIGNAL"]), given["STEPS_EVERYBODY"] == "1"

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        global counting
        if counting or not is_step(event, arguments):
            return
        counting = True
        try:
            file = os.open(counter, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(file, b".")
            seen = os.lseek(file, 0, os.SEEK_CUR)
            os.close(file)
        finally:
            counting = False
        if seen == at:
            strike(first, number, everybody)

    sys.addaudithook(watch)


def strike(first: int, number: int, everybody: bool) -> None:
    try:
        (os.killpg if everybody else os.kill)(first, number)
    except ProcessLookupError:
        return
    if everybody and number == signal.SIGKILL:
        os.kill(os.getpid(), number)
