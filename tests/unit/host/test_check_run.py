"""The check run: its verdict, made once, and doubtful answers."""

from __future__ import annotations

import random

from mlgit.host.check_run import Verdict, post_check
from tests.github.answers import Fault, FaultKind
from tests.github.reports import KEY, report
from tests.github.scene import HEAD, Scene


def verdict(rows: int = 3) -> Verdict:
    return Verdict(
        name="mlgit / model",
        head_sha=HEAD,
        conclusion="failure",
        title="Worse: roc_auc",
        document=report(rows=rows),
    )


def test_a_verdict_becomes_a_finished_check_run(scene: Scene) -> None:
    posted = post_check(scene.forge, KEY, verdict())
    (check,) = scene.state.contents.checks()
    assert (check["status"], check["conclusion"], check["head_sha"]) == ("completed", "failure", HEAD)
    assert check["output"]["title"] == "Worse: roc_auc"
    assert "metric_0" in check["output"]["summary"]
    assert posted.url == check["html_url"]


def test_a_summary_beyond_the_limit_is_shortened(scene: Scene) -> None:
    posted = post_check(scene.forge, KEY, verdict(rows=10_000))
    (check,) = scene.state.contents.checks()
    assert len(check["output"]["summary"].encode()) <= 65_000
    assert posted.left_out


def test_the_same_verdict_again_writes_nothing(scene: Scene) -> None:
    post_check(scene.forge, KEY, verdict())
    scene.state.requests.clear()
    post_check(scene.forge, KEY, verdict())
    assert [one.method for one in scene.state.requests] == ["GET"]


def test_a_forks_token_is_a_value() -> None:
    scene = Scene(token="read-only")
    assert "Resource not accessible" in post_check(scene.forge, KEY, verdict()).refused
    assert scene.state.contents.checks() == []


def test_two_hundred_fault_schedules_leave_one_check() -> None:
    kinds: tuple[FaultKind, ...] = (
        "502",
        "502-landed",
        "503-landed",
        "403-limit",
        "429",
        "timeout-landed",
        "truncated",
    )
    for seed in range(200):
        chance = random.Random(seed)
        scene = Scene()
        bad = set(chance.sample(range(10), chance.randint(0, 4)))
        scene.state.faults = [
            Fault(chance.choice(kinds), 30) if place in bad else None for place in range(10)
        ]
        post_check(scene.forge, KEY, verdict())
        assert len(scene.state.contents.checks()) == 1, seed
        assert (scene.state.violations, scene.state.haste) == ([], []), seed
