"""A thousand orders in which things go wrong: one comment, no haste, nothing against the description."""

from __future__ import annotations

import random

import pytest

from mlgit.errors import ExternalError
from mlgit.host.sticky import marker_of, post_report
from tests.github.answers import Fault, FaultKind
from tests.github.reports import KEY, report
from tests.github.scene import Scene

KINDS: tuple[FaultKind, ...] = (
    "502",
    "502-landed",
    "503",
    "503-landed",
    "403-limit",
    "429",
    "timeout",
    "timeout-landed",
    "truncated",
)
CROWDS = (0, 3, 101)


def schedule(chance: random.Random, longest: int) -> list[Fault | None]:
    """Return what goes wrong with each of the next requests, `longest` faults at most."""
    places = set(chance.sample(range(8), chance.randint(0, longest)))
    return [
        Fault(chance.choice(KINDS), chance.randint(1, 90)) if place in places else None for place in range(8)
    ]


def crowd(scene: Scene, size: int) -> None:
    """Let people talk before us, one of them quoting our marker."""
    for number in range(size):
        scene.state.contents.add_comment(scene.number, marker_of(KEY) if number == 1 else f"remark {number}")


@pytest.mark.parametrize("block", range(10))
def test_a_hundred_schedules(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        chance = random.Random(seed)
        scene = Scene()
        crowd(scene, CROWDS[seed % len(CROWDS)])
        for verdict in ("first", "second"):
            scene.state.faults = schedule(chance, longest=4)
            posted = post_report(scene.forge, scene.number, KEY, report(verdict))
            own = [one for one in scene.state.contents.comments(scene.number) if one["user"]["type"] == "Bot"]
            assert [one["body"] for one in own] == [posted.body], seed
            assert verdict in posted.body
        assert scene.state.violations == [], seed
        assert scene.state.haste == [], seed


def test_when_nothing_works_there_is_an_error_and_one_comment_at_most() -> None:
    for seed in range(100):
        chance = random.Random(seed)
        scene = Scene()
        scene.state.faults = [None, *(Fault(chance.choice(KINDS), 30) for _ in range(60))]
        try:
            post_report(scene.forge, scene.number, KEY, report())
        except ExternalError as error:
            assert error.code in ("forge-unreachable", "outcome-unknown", "forge-limit")  # noqa: PT017 - either end is right
        assert len(scene.state.contents.comments(scene.number)) <= 1, seed
        assert (scene.state.violations, scene.state.haste) == ([], []), seed
