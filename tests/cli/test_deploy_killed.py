"""`mlgit deploy`, killed at any moment: never two processes of a model, and the next deployment completes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.deploy_repository import Deployable

ROUNDS = 8


def servers(deployable: Deployable) -> list[int]:
    """The processes that serve a model of this desk."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            told = (place / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(one.startswith(b"MLGIT_PATH=" + str(deployable.desk.folder).encode()) for one in told):
            found.append(int(place.name))
    return found


def end(numbers: list[int]) -> None:
    for number in numbers:
        os.kill(number, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="who serves is told by /proc")
def test_whatever_was_killed_there_is_never_more_than_one_and_the_next_completes(
    deployable: Deployable,
) -> None:
    deployable.local()
    deployable.mlgit("promote", "small@v0.2.0", "staging")
    begun = time.monotonic()
    deployable.deployed()
    whole = time.monotonic() - begun
    chance = random.Random(13)
    command = (sys.executable, "-m", "mlgit", "deploy", "staging")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for number in range(ROUNDS):
        if number % 2:
            end(servers(deployable))
        running = subprocess.Popen(
            command,
            cwd=deployable.desk.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.0, whole))
        running.kill()
        running.wait()
        assert len(servers(deployable)) <= 1, number
    (model,) = deployable.deployed()["models"]
    assert (model["live"], model["state"] in ("same", "applied")) == ("v0.2.0", True)
    assert len(servers(deployable)) == 1
