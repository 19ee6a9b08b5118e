"""One stage that trains and measures: what mlgit trained itself is verified by that, all else says how to get there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.adopted_repository import EVALUATE, TRAIN, lock_again, make_adopted
from tests.driver import Person
from tests.isolation import isolated_environment

GATES = "[{accuracy: {no_worse_than: {margin: 0.1}}}]"
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [customers.csv, train.py]
    params: [noise]
    outs:
      - model.json
      - predictions.csv: {cache: false}
    metrics:
      - metrics.json: {cache: false}
"""
HINT = "set verify: {train: true} of churn in mlgit.yaml"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patched.setenv(name, value)
        person = make_adopted(
            tmp_path_factory.mktemp("one") / "a",
            gates=GATES,
            files={"dvc.yaml": PIPELINE, "train.py": TRAIN + EVALUATE},
        )
        person.write("params.yaml", "noise: 0.01\n")
        person.mlgit("train")
        yield person.folder


@pytest.fixture
def one(made_once: Path, tmp_path: Path) -> Person:
    """A person on a branch who has trained with `mlgit train` and has not committed yet."""
    copy = tmp_path / "a"
    shutil.copytree(made_once, copy, symlinks=True)
    return Person(copy)


def forgets(person: Person) -> None:
    """Another clone: nothing that this one did is known there."""
    shutil.rmtree(person.folder / ".git" / "mlgit")


def verdict(person: Person) -> tuple[str, str]:
    """Return what the gate says of the commit where only what was verified counts, and what ends that nothing was."""
    report = json.loads(
        person.mlgit("gate", "main", "HEAD", "--verified", "--format", "json", exit_code=None).out
    )
    warnings = report["models"][0]["warnings"]
    hints = [one["hint"] for one in warnings if one["kind"] == "not-verified"]
    return report["verdict"], "".join(hints)


def test_what_mlgit_trained_in_this_clone_is_verified_by_that(one: Person) -> None:
    working_tree = one.mlgit("gate", "main", "--verified")
    assert "PASS" in working_tree.out
    one.commit("Train")
    assert verdict(one) == ("UNDECIDED", "mlgit check model")
    answer = one.mlgit("check", "model", "--base", "main")
    assert "metrics of churn: mlgit train wrote 3 files in this clone" in answer.out
    assert verdict(one) == ("PASS", "")
    page = one.mlgit("comment", "--local").out
    assert "## ✅ Gates passed; 1 metric within noise" in page


@pytest.mark.slow
def test_another_clone_says_that_nobody_measured_and_how_to_get_there(one: Person) -> None:
    one.commit("Train")
    forgets(one)
    answer = one.mlgit("check", "model", "--base", "main")
    assert "not verified: metrics.json: the stage that writes it trains the model" in answer.out
    assert HINT in answer.out
    assert verdict(one)[0] == "UNDECIDED"
    assert HINT in verdict(one)[1]
    assert HINT in one.mlgit("comment", "--local").out
    text = one.read("mlgit.yaml").replace("    positive: 1\n", "    positive: 1\n    verify: {train: true}\n")
    one.write("mlgit.yaml", text)
    one.commit("Train again in CI")
    assert "metrics of churn: reproduced" in one.mlgit("check", "model", "--base", "main").out
    assert verdict(one) == ("UNDECIDED", ""), "a person looks at a change of what is verified"
    one.git("switch", "--quiet", "main")
    one.git("merge", "--quiet", "--ff-only", "change")
    one.git("switch", "--quiet", "--create", "next")
    one.write("params.yaml", "noise: 0.02\n")
    one.mlgit("train")
    one.commit("Train")
    forgets(one)
    assert "metrics of churn: reproduced" in one.mlgit("check", "model", "--base", "main").out
    assert verdict(one) == ("PASS", "")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["metrics.json", "predictions.csv"])
def test_what_was_edited_after_the_training_is_not_verified_by_it(one: Person, path: str) -> None:
    one.write(path, one.read(path).replace("0.9", "0.99", 1))
    lock_again(one, path)
    assert one.mlgit("gate", "main", "--verified", exit_code=None).exit_code == 3
    one.commit("Edit")
    assert "not verified" in one.mlgit("check", "model", "--base", "main").out
    assert verdict(one)[0] != "PASS"


@pytest.mark.slow
def test_a_training_of_another_branch_vouches_for_nothing_here(one: Person) -> None:
    """The numbers of a good model beside a worse one: the lock is not the one that the training wrote."""
    one.commit("Train")
    one.write("params.yaml", "noise: 0.4\n")
    good = {path: one.read(path) for path in ("metrics.json", "predictions.csv")}
    one.dvc("repro", "--quiet")
    for path, text in good.items():
        one.write(path, text)
    lock_again(one, *good)
    one.commit("A worse model with the numbers of the good one")
    assert "not verified" in one.mlgit("check", "model", "--base", "main").out
    assert verdict(one)[0] == "UNDECIDED"
