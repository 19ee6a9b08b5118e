"""Tests of a model's behaviour: each passes on a good model, and says which rows are wrong on a bad one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mlgit.report import behaviour
from mlgit.report.behaviour import BehaviourError

ROWS = np.arange(10.0)


def test_invariance() -> None:
    assert behaviour.same(np.floor, ROWS, ROWS + 0.5).value == 0.0
    with pytest.raises(
        BehaviourError, match=r"^10 of 10 predictions changed with noise: row 0: 0.0 -> 1.0; .*; and 5 more$"
    ):
        behaviour.same(np.floor, ROWS, ROWS + 1, what="noise")
    assert behaviour.same(lambda rows: rows, ROWS, ROWS + 0.1, tolerance=0.2).value == 0.0
    words = ["no"] * 9 + ["yes"]
    with pytest.raises(BehaviourError, match=r"at most 5.0% allowed: row 9: no -> yes"):
        behaviour.same(lambda rows: rows, ["no"] * 10, words, allowed=0.05)
    assert behaviour.same(lambda rows: rows, ["no"] * 10, words, allowed=0.1) == (0.1, 10, "")
    with pytest.raises(BehaviourError):
        behaviour.same(lambda rows: rows, ROWS, np.full(10, np.nan), tolerance=9.0)


def test_direction() -> None:
    assert behaviour.rises(np.sqrt, ROWS, ROWS + 1).value == 0.0
    assert behaviour.falls(np.negative, ROWS, ROWS + 1).value == 0.0
    with pytest.raises(BehaviourError, match="10 of 10 predictions fell with age"):
        behaviour.rises(np.negative, ROWS, ROWS + 1, what="age")
    with pytest.raises(BehaviourError, match="10 of 10 predictions rose with the change"):
        behaviour.falls(np.sqrt, ROWS, ROWS + 1)
    assert behaviour.rises(np.negative, ROWS, ROWS + 1, tolerance=1.0).value == 0.0
    with pytest.raises(ValueError, match="a direction needs numbers"):
        behaviour.rises(lambda rows: ["a"] * 10, ROWS, ROWS)


def test_minimum_functionality() -> None:
    assert behaviour.right(lambda rows: ["a", "b"], [0, 1], ["a", "b"]).value == 0.0
    with pytest.raises(BehaviourError, match="1 of 2 predictions wrong on plain praise: row 1: b -> a"):
        behaviour.right(lambda rows: ["a", "a"], [0, 1], ["a", "b"], what="plain praise")
    assert behaviour.right(np.sqrt, [4.0], [2.05], tolerance=0.1).value == 0.0


def test_slices_fail_only_beyond_chance_and_say_what_is_not_judged() -> None:
    groups = ["north"] * 100 + ["south"] * 100 + ["island"] * 5
    labels = ["yes"] * 205
    predictions = ["yes"] * 95 + ["no"] * 5 + ["yes"] * 60 + ["no"] * 45
    with pytest.raises(BehaviourError, match=r"^accuracy is below 0.8 for south: 0.600 of 100 rows$"):
        behaviour.slices(labels, predictions, groups, at_least=0.8)
    found = behaviour.slices(labels, predictions, groups, at_least=0.65)
    assert (found.value, found.note) == (0.6, "not judged, fewer than 30 rows: island (5 rows)")


def test_a_simpler_model_is_not_better() -> None:
    labels, good = np.array([0, 1] * 50), np.array([0, 1] * 50)
    bad = np.zeros(100, dtype=int)
    assert behaviour.not_beaten(labels, good, simpler=bad) == (0.5, 100, "")
    with pytest.raises(
        BehaviourError, match=r"the simpler model is better: its loss is 0.5 lower on 100 rows"
    ):
        behaviour.not_beaten(labels, bad, simpler=good)
    assert behaviour.not_beaten(labels, bad, simpler=good, margin=0.7).value == -0.5
    tie = behaviour.not_beaten(labels, good, simpler=good)
    assert tie.note == "the rows do not tell the two models apart"
    numbers = behaviour.not_beaten([1.0, 2.0, 3.0], [1.1, 2.1, 3.1], simpler=[2.0, 3.1, 4.0])
    assert numbers.value == pytest.approx(0.9333, abs=1e-3)


def test_limits_of_time_and_size(tmp_path: Path) -> None:
    assert behaviour.fast(np.sqrt, ROWS, seconds=5.0, times=3).items == 3
    with pytest.raises(BehaviourError, match=r"at most 0.001 s wanted"):
        behaviour.fast(lambda rows: time.sleep(0.005), ROWS, seconds=0.001, times=3)
    (tmp_path / "model.onnx").write_bytes(b"0" * 2_000_000)
    assert behaviour.small(tmp_path, megabytes=2).value == 2.0
    with pytest.raises(BehaviourError, match="takes 2 MB, at most 1 MB wanted"):
        behaviour.small(tmp_path / "model.onnx", megabytes=1)


def test_what_does_not_belong_together_is_no_failure_of_the_model() -> None:
    with pytest.raises(ValueError, match="10 rows and 9 changed rows"):
        behaviour.same(np.sqrt, ROWS, ROWS[:9])
    with pytest.raises(ValueError, match="one value for each row"):
        behaviour.same(lambda rows: np.ones((2, 2)), ROWS, ROWS)
    with pytest.raises(ValueError, match="at least one row"):
        behaviour.same(lambda rows: [], [], [])


def test_importing_it_imports_no_numpy() -> None:
    code = "import sys, mlgit.report.behaviour; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
