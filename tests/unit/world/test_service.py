"""A program that goes on when this one ends: never two, found by whoever comes later, ended with all that it started."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgit.errors import ExternalError
from mlgit.world.service import Service, alone, wait_until

SLEEP = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], close_fds=False); print('here', flush=True); time.sleep(60)",
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "s")
    yield made
    made.stop()


def test_it_runs_until_it_is_stopped_and_never_twice(service: Service, tmp_path: Path) -> None:
    assert service.runs is False
    service.start(SLEEP, tmp_path, os.environ)
    assert Service(service.folder).runs is True
    with pytest.raises(ExternalError) as error:
        service.start(SLEEP, tmp_path, os.environ)
    assert error.value.code == "service-runs"
    assert wait_until(lambda: service.last_words() == "here", 10)
    Service(service.folder).stop()
    assert service.runs is False
    service.start(SLEEP, tmp_path, os.environ)
    assert service.runs is True


def test_what_does_not_want_to_end_is_killed_with_what_it_started(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlgit.world.service.POLITE", 0.2)
    service.start(STUBBORN, tmp_path, os.environ)
    assert wait_until(lambda: service.last_words() == "here", 10)
    began = time.monotonic()
    service.stop()
    assert (service.runs, time.monotonic() - began < 5) == (False, True)


def test_a_program_that_is_not_there_says_so_in_its_log(service: Service, tmp_path: Path) -> None:
    service.start(("no-such-program",), tmp_path, os.environ)
    assert wait_until(lambda: not service.runs, 5)
    assert "no-such-program: No such file" in service.last_words()


def test_two_do_not_work_at_once(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "lock", 1, "staging"),
        pytest.raises(ExternalError) as error,
        alone(tmp_path / "lock", 0.1, "staging"),
    ):
        pass
    assert error.value.code == "deploy-busy"
    with alone(tmp_path / "lock", 0.1, "staging"):
        pass
