"""The tree below a process is found and ended, with and without /proc, and what is spared keeps its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgit.world import descendants as tree
from mlgit.world.descendants import descendants, end_all

DAEMON = """
import subprocess, sys
for line in sys.stdin:
    print(subprocess.Popen(["sleep", "300"], start_new_session=True).pid, flush=True)
"""


@pytest.fixture
def daemon() -> Iterator[subprocess.Popen[str]]:
    """A program that starts a worker whenever it reads a line, and says its number."""
    with subprocess.Popen(
        (sys.executable, "-c", DAEMON), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        end_all(started.pid, frozenset())
        started.kill()


def worker(daemon: subprocess.Popen[str]) -> int:
    assert daemon.stdin is not None
    assert daemon.stdout is not None
    daemon.stdin.write("one more\n")
    daemon.stdin.flush()
    return int(daemon.stdout.readline())


@pytest.mark.parametrize("proc", ["/proc", "/missing"])
def test_what_runs_is_ended_however_processes_are_listed(proc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "PROC", Path(proc))
    spared = descendants(os.getpid())
    with subprocess.Popen(("sleep", "300"), start_new_session=True) as child:
        ending = threading.Thread(target=end_all, args=(os.getpid(), spared), daemon=True)
        ending.start()
        ending.join(timeout=10)
        told = (ending.is_alive(), child.poll())
        child.kill()
        assert told == (False, -signal.SIGKILL)


def test_the_reader_of_the_list_is_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "PROC", Path("/missing"))
    assert descendants(os.getpid()) == descendants(os.getpid())


def test_what_never_stops_starting_does_not_hold_us_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(10**9, 2 * 10**9))
    monkeypatch.setattr(tree, "PATIENCE", 0.2)
    monkeypatch.setattr(tree, "tell_all", lambda *_: None)
    monkeypatch.setattr(tree, "parents", lambda: [(next(numbers), os.getpid())])
    ending = threading.Thread(target=end_all, args=(os.getpid(), frozenset()), daemon=True)
    ending.start()
    ending.join(timeout=5)
    assert not ending.is_alive()


def test_new_workers_of_what_is_spared_are_spared(daemon: subprocess.Popen[str]) -> None:
    old = worker(daemon)
    spared = descendants(os.getpid())
    assert {daemon.pid, old} <= spared
    new = worker(daemon)
    assert new in descendants(os.getpid()) - spared
    assert new not in descendants(os.getpid(), spared)
    end_all(os.getpid(), spared)
    assert new in descendants(daemon.pid)
