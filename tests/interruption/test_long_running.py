"""What runs long, struck: a server that logs keeps what it answered, and an interrupted demo leaves nothing behind."""

from __future__ import annotations

import json
import random
import signal
import threading
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.campaign import played
from tests.cli.serve_repository import Server, served
from tests.driver import Person
from tests.interruption.trial import Blow, Scene, Trial
from tests.small_onnx import slope

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@pytest.mark.slow
def test_a_log_that_several_servers_were_ended_over_holds_each_answer(
    request: pytest.FixtureRequest, person: Person, tmp_path: Path
) -> None:
    """Each line whole, each answer once, in files of a few kilobytes that are begun meanwhile; all of it becomes Parquet."""
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    log, answered, chance = tmp_path / "logs" / "log.jsonl", list[str](), random.Random("log")
    for round_, number in enumerate(SIGNALS * 4):
        with served(
            person.folder, "half.onnx", "--log", str(log), "--log-megabytes", "0.02", "--workers", f"{1 + round_ % 2}"
        ) as server:  # fmt: skip
            client = threading.Thread(target=ask_on, args=(server, f"{round_}", answered))
            enough = len(answered) + 20 + chance.randrange(100)
            client.start()
            while len(answered) < enough:
                assert client.is_alive()
                client.join(0.002)
            server.stop(number)
            client.join()
    played(request, "servers ended over one log", "log", 12, 0)
    files = sorted(log.parent.iterdir())
    assert len(files) > 5
    assert all(one.name.startswith("log.jsonl") for one in files)
    logged = [json.loads(line)["request"] for one in files for line in one.read_text().splitlines()]
    assert len(logged) == len(set(logged))
    assert set(answered) <= set(logged)
    person.mlgit("serve", "--compact", str(log))
    assert {one.suffix for one in log.parent.iterdir() if one != log} == {".parquet"}


def ask_on(server: Server, name: str, answered: list[str]) -> None:
    """Ask until nobody answers."""
    for count in range(100_000):
        try:
            asked = f"{name}-{count}"
            if server.ask("/predict", {"rows": [{"x": count}]}, **{"x-request-id": asked})[0] == 200:
                answered.append(asked)
        except (OSError, HTTPException):
            return


@pytest.mark.slow
def test_a_demo_that_is_interrupted_leaves_nothing_and_one_that_is_killed_is_told(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    scene = Scene("demo", tmp_path / "empty", "", ("demo",))
    whole = Trial(scene, tmp_path / "whole")
    assert whole.run() == 0, whole.output
    assert whole.left() == []
    for number in SIGNALS:
        step = 1 + random.Random(f"demo {number}").randrange(whole.steps)
        trial = Trial(scene, tmp_path / f"{number}")
        code = trial.run(Blow(step, number, everybody=True))
        assert "Traceback" not in trial.output[0], trial.output
        left = [one.name for one in trial.folder.iterdir() if one.name != "tmp"]
        if number == signal.SIGKILL:
            assert (code, left) == (-9, ["mlgit-demo"])
            assert trial.run() == 2
            assert "hint: choose another folder: mlgit demo mlgit-demo-2" in trial.output[1]
        else:
            assert (code, left, trial.left()) == (130, [], []), (step, trial.output)
    played(request, "interruptions", "demo", len(SIGNALS), 0)
