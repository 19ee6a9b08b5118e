"""Become a program that holds a lock for as long as it runs: `launch.py LOCK PID PROGRAM ARGUMENT...`.

It runs as a script of its own, so that nobody has to live on to tell that the program runs: the lock is held from before the
program starts until it and all that it started have ended. The number of its process group is written before; the script
itself ends at once, and leaves nobody a process to wait for.
"""

from __future__ import annotations

import fcntl
import os
import sys

BUSY = 75
"""Exit code where another one holds the lock (EX_TEMPFAIL of sysexits.h)."""
MISSING = 127
"""Exit code for a program that cannot be started, as shells have it."""


def become(lock: str, number: str, command: list[str]) -> int:
    """Take the lock, write the number of this group, and become the command in a process of its own."""
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return BUSY
    os.set_inheritable(held, True)
    with open(f"{number}.new", "w", encoding="utf-8") as stream:  # noqa: PTH123 - as little as possible is imported
        stream.write(str(os.getpgrp()))
    os.replace(f"{number}.new", number)  # noqa: PTH105
    if os.fork():
        return 0
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return MISSING


if __name__ == "__main__":
    sys.exit(become(sys.argv[1], sys.argv[2], sys.argv[3:]))
