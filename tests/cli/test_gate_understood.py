"""What is not understood is not decided: evidence of which nobody can say what it means gets no PASS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.gate_repository import (
    PREDICTIONS,
    GateSandbox,
    Row,
    altered,
    configuration,
    gated,
    rows,
    table,
)

NUMBER = 400
GATES = "    gates:\n      - accuracy: {no_worse_than: {margin: 0.05}}\n"


def spoken(items: list[Row], names: str) -> list[Row]:
    return [replace(row, prediction=names[int(row.prediction)]) for row in items]


@pytest.mark.parametrize(
    ("base", "head", "verdict"), [("01", "ny", "FAIL"), ("ny", "ny", "UNDECIDED"), ("ny", "01", "UNDECIDED")]
)
def test_predictions_that_share_no_class_with_the_labels(
    tmp_path: Path, base: str, head: str, verdict: str
) -> None:
    gate = gated(tmp_path, GATES, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.predict(spoken(gate.base, base)).write({"notes.md": "words"}).commit("classes")
    gate.branch("next").predict(spoken(altered(gate.base, better=30), head)).commit()
    assert gate.judged()["verdict"] == verdict
    assert "hardly ever of a class of the labels" in gate.gate().stdout


def test_a_jump_that_no_training_makes(tmp_path: Path) -> None:
    gate = gated(tmp_path, GATES, number=2000)
    wrong = sum(row.label != row.prediction for row in gate.base)
    gate.predict(altered(gate.base, better=wrong - 1)).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert "do they leak into training?" in gate.gate().stdout
    gate.predict(altered(gate.base, better=wrong // 2)).commit()
    assert gate.judged()["verdict"] == "PASS"


def copied(items: list[Row]) -> list[Row]:
    return [replace(row, id=f"{row.id}-{number}") for number in range(40) for row in items[:50]]


def test_rows_copied_under_other_ids_are_no_more_items(tmp_path: Path) -> None:
    gate = gated(tmp_path, GATES, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.predict(copied(gate.base)).commit("copies")
    gate.branch("next").predict(copied(altered(gate.base[:50], better=3))).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert "every row of the predictions stands 40 times or a multiple under other ids" in gate.gate().stdout


def two_patients(items: list[Row]) -> str:
    head, *lines = table(items).splitlines()
    return "\n".join([f"{head},group", *(f"{line},p{at % 2}" for at, line in enumerate(lines))]) + "\n"


def nineteen_groups(items: list[Row]) -> str:
    head, *lines = table(items).splitlines()
    return "\n".join([f"{head},group", *(f"{line},g{at % 19}" for at, line in enumerate(lines))]) + "\n"


@pytest.mark.parametrize(("grouped", "groups"), [(two_patients, 2), (nineteen_groups, 19)])
def test_a_few_groups_decide_nothing(
    tmp_path: Path, grouped: Callable[[list[Row]], str], groups: int
) -> None:
    gate = gated(tmp_path, "    gates:\n      - accuracy: {min: 0.5}\n", number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({PREDICTIONS: grouped(gate.base)}).commit("groups")
    gate.branch("next").write({PREDICTIONS: grouped(altered(gate.base, better=20))}).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert f"{groups} groups are too few for an interval, which takes 20 at least" in gate.gate().stdout


def test_two_models_on_one_file_are_judged_each_by_its_own_positive_class(tmp_path: Path) -> None:
    """Of one and the same predictions the recall of 1 passes and that of 0 does not."""
    gate = gated(tmp_path, GATES, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    rule = "    gates:\n      - recall: {min: 0.6}\n"
    one = configuration(rule, "    positive: 1\n")
    other = configuration(rule, "    positive: 0\n").split("models:\n")[1].replace("  churn:", "  stay:")
    gate.write({"mlgit.yaml": one + other})
    base = [replace(row, prediction="1") if row.label == "0" else row for row in rows(NUMBER)]
    gate.predict(base).commit("two models")
    gate.branch("next").predict(altered(base, worse=3)).commit()
    verdicts = {model["name"]: model["verdict"] for model in gate.judged()["models"]}
    assert verdicts == {"churn": "PASS", "stay": "FAIL"}


def every_item_right(gate: GateSandbox) -> list[Row]:
    return [replace(row, prediction=row.label) for row in gate.base]


def test_thirty_positives_all_found_are_not_certain(tmp_path: Path) -> None:
    gates = "    gates:\n      - recall: {min: 0.9}\n"
    gate = gated(tmp_path, gates, number=75)
    gate.sandbox.git("switch", "--quiet", "main")
    base = every_item_right(gate)
    gate.predict(base).commit("right")
    gate.branch("next").predict(altered(base, worse=1, seed=2)).commit()
    (found,) = gate.judged()["models"][0]["findings"]
    assert found["verdict"] == "UNDECIDED"
    assert found["decided"]["low"] < 0.9 < found["head"]
