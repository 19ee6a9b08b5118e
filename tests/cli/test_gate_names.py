"""Which number a rule is about: a name that several values have decides nothing, and the answer says how to name the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.gate_repository import GateSandbox, configuration, gated

TEST, TRAIN = "metrics/test.json", "metrics/train.json"
POINT = "{mode: point, min: 0.8}"
GOOD, BAD, FLATTERING = '{"acc": 0.9}', '{"acc": 0.5}', '{"acc": 0.99}'
NESTED = '{"a.b": 0.5, "a": {"b": 0.9}}'


def with_files(root: Path, rule: str, files: dict[str, str], metric: str = "acc") -> GateSandbox:
    """Main has a rule on a number of two metrics files."""
    gate = gated(root, number=20)
    gate.sandbox.git("switch", "--quiet", "main")
    both = configuration(f"    gates:\n      - {metric}: {rule}\n").replace(f"[{TEST}]", f"[{TRAIN}, {TEST}]")
    gate.write({"mlgit.yaml": both, **files}).commit("with two files")
    return gate.branch("next")


def answered(gate: GateSandbox) -> tuple[str, str, str]:
    (finding,) = gate.judged()["models"][0]["findings"]
    return finding["verdict"], finding["reason"], finding["hint"]


def test_the_number_of_the_training_set_does_not_pass_for_that_of_the_test_set(tmp_path: Path) -> None:
    gate = with_files(tmp_path, POINT, {TRAIN: FLATTERING, TEST: GOOD})
    gate.write({TEST: BAD}).commit()
    verdict, reason, hint = answered(gate)
    assert verdict == "UNDECIDED"
    assert reason == f"the head: acc is in {TRAIN} and in {TEST}"
    assert hint == f"say which file counts in the gate of mlgit.yaml, for example file: {TRAIN}"
    rows = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"][0]["metrics"]
    found = {(row["file"], row["name"]): (row["base"], row["head"], row["verdict"]) for row in rows}
    assert found == {(TRAIN, "acc"): (0.99, 0.99, "UNDECIDED"), (TEST, "acc"): (0.9, 0.5, "UNDECIDED")}


def test_a_rule_that_names_its_file_reads_that_file(tmp_path: Path) -> None:
    rule = f"{{mode: point, file: {TEST}, min: 0.8}}"
    gate = with_files(tmp_path, rule, {TRAIN: FLATTERING, TEST: GOOD})
    gate.write({TRAIN: BAD, TEST: '{"acc": 0.91}'}).commit()
    assert answered(gate)[0] == "PASS"
    assert f"acc in {TEST}" in gate.gate().stdout
    gate.write({TRAIN: FLATTERING, TEST: BAD}).commit()
    assert answered(gate)[0] == "FAIL"
    rows = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"][0]["metrics"]
    assert {row["file"]: row["verdict"] for row in rows} == {TRAIN: None, TEST: "FAIL"}


@pytest.mark.parametrize(
    ("base", "head", "verdict", "words"),
    [
        ({TRAIN: "{}", TEST: GOOD}, {TRAIN: FLATTERING, TEST: "{}"}, "UNDECIDED", f"it is in {TEST} at the base"),
        ({TRAIN: "{}", TEST: GOOD}, {TRAIN: FLATTERING, TEST: GOOD}, "UNDECIDED", f"acc is in {TRAIN} and in"),
        ({TRAIN: FLATTERING, TEST: GOOD}, {TRAIN: FLATTERING, TEST: "{}"}, "UNDECIDED", "the base: acc is in"),
        ({TRAIN: "{}", TEST: "{}"}, {TRAIN: FLATTERING}, "UNDECIDED", "the base does not tell which of 2"),
        ({TRAIN: "{}", TEST: GOOD}, {TEST: '{"train": {"acc": 0.99}}'}, "FAIL", "has train.acc"),
        ({TRAIN: "{}", TEST: '{"train": {"acc": 0.9}}'}, {TEST: '{"train": {"acc": 0.99}}'}, "UNDECIDED", "has train.acc"),
        ({TRAIN: "{}", TEST: GOOD}, {TEST: '{"acc": 0.95}'}, "PASS", ""),
    ],
)  # fmt: skip
def test_a_name_that_may_be_another_number_decides_nothing(
    tmp_path: Path, base: dict[str, str], head: dict[str, str], verdict: str, words: str
) -> None:
    gate = with_files(tmp_path, POINT, base)
    gate.write(head).commit()
    found, reason, _ = answered(gate)
    assert found == verdict
    assert words in reason


def test_a_key_with_a_dot_beside_nested_keys_is_told_and_neither_is_lost(tmp_path: Path) -> None:
    gate = with_files(tmp_path, POINT, {TRAIN: "{}", TEST: '{"a": {"b": 0.9}}'}, "a.b")
    gate.write({TEST: NESTED}).commit()
    verdict, reason, hint = answered(gate)
    assert (verdict, hint) == ("UNDECIDED", f"rename one of them in {TEST}")
    assert reason == f"the head: {TEST} has several values called a.b: a key with a dot beside nested keys"
    (model,) = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"]
    assert {row["name"]: row["head"] for row in model["metrics"]} == {"a.b": 0.9, '"a.b"': 0.5}
    assert {one["metric"] for one in model["coverage"]["not_judged"]} >= {"a.b", '"a.b"'}


def test_a_guessed_direction_decides_nothing(tmp_path: Path) -> None:
    rule = "{mode: point, no_worse_than: {margin: 0}}"
    gate = with_files(tmp_path, rule, {TRAIN: "{}", TEST: '{"error_score": 0.1}'}, "error_score")
    gate.write({TEST: '{"error_score": 0.5}'}).commit()
    assert answered(gate)[0] == "UNDECIDED"
    assert answered(gate)[2] == "set directions: in mlgit.yaml"


def test_a_file_beside_predictions_is_a_mistake_of_its_line(tmp_path: Path) -> None:
    gate = with_files(tmp_path, f"{{file: {TEST}, min: 0.8}}", {TEST: GOOD}, "accuracy")
    answer = gate.gate()
    assert answer.exit_code == 2
    assert "a file needs mode: point" in answer.stderr
