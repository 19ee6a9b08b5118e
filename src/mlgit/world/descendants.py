"""What a program has started, however far down, also in sessions of its own: found, and ended.

A signal to a process group does not reach a program that made itself a session (setsid(2)), as act 0.2.89 does for every
step. So we look for the children of children. Where the system offers it, this process takes over what lost its parent
(PR_SET_CHILD_SUBREAPER, prctl(2), Linux 3.4), so that nothing slips out of the tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")
PATIENCE = 5.0
"""Seconds to wait for what was killed to be gone."""


def adopt_orphans() -> None:
    """Let what loses its parent below this process become its child; does nothing where the system has no such thing."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(root: int, spared: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return the numbers of all living processes below `root`, without itself, what is spared and what is below that."""
    children: dict[int, list[int]] = {}
    for number, parent in parents():
        children.setdefault(parent, []).append(number)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        below = [one for one in children.get(waiting.pop(), ()) if one not in found | spared]
        found.update(below)
        waiting += below
    return frozenset(found)


def parents() -> Iterator[tuple[int, int]]:
    """Yield every process that is no zombie with its parent."""
    if not (PROC / "self" / "stat").exists():
        yield from parents_listed()
        return
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name stands in parentheses and may hold any sign: the fields start behind the last one.
                facts = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if facts[0] not in (b"Z", b"X"):
                    yield int(entry.name), int(facts[1])


def parents_listed() -> Iterator[tuple[int, int]]:
    """Yield the same by ps(1), for systems without /proc; ps itself, our child for a moment, is left out."""
    columns = ("/bin/ps", "-A", "-o", "pid=,ppid=,stat=")
    with subprocess.Popen(columns, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as listing:
        listed, _ = listing.communicate()
    for line in listed.splitlines():
        number, parent, state = (*line.split(), "", "", "")[:3]
        if number.isdigit() and parent.isdigit() and not state.startswith("Z") and int(number) != listing.pid:
            yield int(number), int(parent)


def end_all(root: int, spared: frozenset[int]) -> None:
    """End everything below `root` for good but what is spared: held first, so that nothing starts more meanwhile."""
    until = time.monotonic() + PATIENCE
    while (living := descendants(root, spared)) and time.monotonic() < until:
        held: frozenset[int] = frozenset()
        while living - held and time.monotonic() < until:
            tell_all(living - held, signal.SIGSTOP)
            held |= living
            living = descendants(root, spared)
        tell_all(held, signal.SIGKILL)
        time.sleep(0.01)


def tell_all(numbers: frozenset[int], what: signal.Signals) -> None:
    """Send a signal to each, as far as it is there and ours."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, what)
