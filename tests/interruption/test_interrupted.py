"""Interrupted at any step, by any signal: each file is old or new, nothing is left for Git, the next run completes.

The step is drawn from those that the command takes when nobody interrupts it, so that every part of it is reached however
long it takes.
"""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from tests.campaign import played
from tests.interruption.conftest import Stage
from tests.interruption.families import MAKERS
from tests.interruption.trial import Blow, struck

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def blows(number: int, steps: int, seed: str) -> list[Blow]:
    """Signals, and whom they reach, in turn; steps drawn evenly over the whole command."""
    chance = random.Random(seed)
    return [
        Blow(
            1 + int((place + chance.random()) * steps / number),
            SIGNALS[place % len(SIGNALS)],
            place // len(SIGNALS) % 2 == 0,
        )
        for place in range(number)
    ]


def strike(
    request: pytest.FixtureRequest, stage: Stage, name: str, number: int, folder: Path, seed: str
) -> None:
    scene, course = stage.scene(name), stage.course(name)
    failed = []
    for place, blow in enumerate(blows(number, course.steps, f"{seed} {name}")):
        try:
            struck(scene, course, blow, folder / f"{place}")
        except AssertionError as error:
            failed.append(f"{blow}: {error}")
    played(request, "interruptions", seed, number, len(failed))
    assert not failed, f"{len(failed)} of {number}:\n" + "\n".join(failed)


SHORT = {
    "sync": 4,
    "data schema": 2,
    "data split": 2,
    "check": 1,
    "data update command": 2,
    "init": 1,
    "init run": 1,
    "init data": 2,
    "predict": 3,
}
PARTS = {"first": 7, "second": 6, "third": 5}
"""Interruptions of each command in each part; the first one of all commands is the three hundred."""


@pytest.mark.parametrize("name", SHORT)
def test_a_dozen_interruptions(
    request: pytest.FixtureRequest, stage: Stage, name: str, tmp_path: Path
) -> None:
    strike(request, stage, name, SHORT[name], tmp_path, "short")


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", MAKERS)
def test_three_hundred_interruptions(
    request: pytest.FixtureRequest, stage: Stage, name: str, part: str, tmp_path: Path
) -> None:
    strike(request, stage, name, PARTS[part], tmp_path, part)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data update import", "data update command", "init", "init adopt"])
@pytest.mark.parametrize("block", range(5))
def test_two_hundred_of_an_update_and_of_an_init(
    request: pytest.FixtureRequest, stage: Stage, name: str, block: int, tmp_path: Path
) -> None:
    strike(request, stage, name, 20, tmp_path, f"block {block}")


DELIVERY = ("register", "promote", "rollback")


def killed(
    request: pytest.FixtureRequest, stage: Stage, name: str, number: int, folder: Path, seed: str
) -> None:
    """Strike a command with SIGKILL alone, in turns it and everything that it started."""
    scene, course = stage.scene(name), stage.course(name)
    chance, failed = random.Random(f"{seed} {name}"), []
    for place in range(number):
        step = 1 + int((place + chance.random()) * course.steps / number)
        blow = Blow(step, signal.SIGKILL, place % 2 == 0)
        try:
            struck(scene, course, blow, folder / f"{place}")
        except AssertionError as error:
            failed.append(f"{blow}: {error}")
    played(request, "kills of a delivery", seed, number, len(failed))
    assert not failed, f"{len(failed)} of {number}:\n" + "\n".join(failed)


def test_a_promotion_that_is_killed(request: pytest.FixtureRequest, stage: Stage, tmp_path: Path) -> None:
    killed(request, stage, "promote", 4, tmp_path, "short")


@pytest.mark.slow
@pytest.mark.parametrize("name", DELIVERY)
@pytest.mark.parametrize("block", range(16))
def test_seven_hundred_and_sixty_eight_kills_of_a_delivery(
    request: pytest.FixtureRequest, stage: Stage, name: str, block: int, tmp_path: Path
) -> None:
    killed(request, stage, name, 16, tmp_path, f"block {block}")
