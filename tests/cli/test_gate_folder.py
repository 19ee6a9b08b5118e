"""Predictions in a folder that a stage writes and Git keeps: the folder is held against dvc.lock as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cached_predictions import cached, trained
from tests.driver import Person

FOLDER = "out: {cache: false}"


@pytest.fixture
def desk(tmp_path: Path) -> Person:
    return cached(tmp_path / "desk", out="out/test.csv", output=FOLDER)


def judged(desk: Person, *arguments: str) -> dict[str, Any]:
    answer = desk.mlgit("gate", *(arguments or ("main", "HEAD")), "--json", exit_code=None)
    (model,) = json.loads(answer.out)["models"]
    return dict(model)


def errors(desk: Person, *arguments: str) -> tuple[str, list[str]]:
    model = judged(desk, *arguments)
    return model["verdict"], [error["kind"] for error in model["errors"]]


def every_answer_right(desk: Person) -> None:
    lines = desk.read("out/test.csv").splitlines()
    right = [f"{name},{label},{label}" for name, label, _ in (line.split(",") for line in lines[1:-1])]
    desk.write("out/test.csv", "\n".join([lines[0], *right, lines[-1]]) + "\n")


def one_more_file(desk: Person) -> None:
    desk.write("out/more.csv", "a\n")


def a_link(desk: Person) -> None:
    (desk.folder / "out/link.csv").symlink_to("test.csv")


def another_name(desk: Person) -> None:
    desk.write("dvc.lock", desk.read("dvc.lock").replace("nfiles: 1", "nfiles: 2"))
    one_more_file(desk)


CHANGES = [every_answer_right, one_more_file, a_link, another_name]


def test_what_the_stage_wrote_passes(desk: Person) -> None:
    assert errors(desk) == ("PASS", [])
    assert errors(desk, "main") == ("PASS", [])


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_after_the_stage_ran_fails(desk: Person, change: Callable[[Person], None]) -> None:
    change(desk)
    assert errors(desk, "main") == ("FAIL", ["edited"])
    desk.commit("By hand")
    assert errors(desk) == ("FAIL", ["edited"])
    said = desk.mlgit("gate", "main", "HEAD", exit_code=1).out
    assert "head: out/test.csv, or a file beside it, is not what its stage wrote" in said


def test_training_again_mends_it(desk: Person) -> None:
    every_answer_right(desk)
    desk.commit("By hand")
    desk.run("git", "rm", "--quiet", "-r", "out")
    trained(desk, wrong=2)
    assert errors(desk) == ("PASS", [])


def test_a_folder_of_which_git_lacks_a_file_is_held_against_nothing(tmp_path: Path) -> None:
    desk = cached(tmp_path / "desk", out="out/test.csv", output=FOLDER)
    desk.git("switch", "--quiet", "main")
    script = desk.read("predict.py") + 'pathlib.Path("out/large.bin").write_text("x")\n'
    desk.write("predict.py", script)
    desk.write(".gitignore", "__pycache__/\n*.bin\n")
    trained(desk, wrong=5)
    desk.git("switch", "--quiet", "--create", "more")
    trained(desk, wrong=4)
    # Nothing is held against it, and whether the stage is fresh cannot be told: no pass either.
    assert errors(desk) == ("UNDECIDED", [])
    assert "out" in desk.mlgit("gate", "main", "HEAD", exit_code=3).out


def test_a_folder_that_dvc_keeps_is_held_on_disk_by_its_list(tmp_path: Path) -> None:
    desk = cached(tmp_path / "desk", out="out/test.csv", output="out")
    assert errors(desk, "main") == ("PASS", [])
    text = desk.read("out/test.csv")
    (desk.folder / "out/test.csv").unlink()
    desk.write("out/test.csv", text)
    every_answer_right(desk)
    assert errors(desk, "main") == ("FAIL", ["edited"])


def test_metrics_in_such_a_folder_are_held_too(tmp_path: Path) -> None:
    desk = cached(tmp_path / "desk", out="out/test.csv", output=FOLDER)
    desk.git("switch", "--quiet", "main")
    desk.write("predict.py", desk.read("predict.py").replace('"metrics.json"', '"out/metrics.json"'))
    desk.write("dvc.yaml", desk.read("dvc.yaml").partition("    metrics:")[0])
    settings = desk.read("mlgit.yaml").replace("metrics.json", "out/metrics.json")
    desk.write(
        "mlgit.yaml",
        settings.partition("    gates:")[0] + "    gates: [{latency_ms: {mode: point, max: 5}}]\n",
    )
    trained(desk, wrong=5)
    desk.git("switch", "--quiet", "--create", "faster")
    desk.write("out/metrics.json", '{"latency_ms": 1}')
    desk.commit("By hand")
    assert errors(desk) == ("FAIL", ["edited"])
