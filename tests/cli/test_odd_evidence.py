"""Evidence in odd forms, each through the command line: names and digits that mean two things, copies and names that moved."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import GATES, PREDICTIONS, GateSandbox, altered, configuration, gated, table
from tests.driver import Person

POINT = "    gates:\n      - acc: {mode: point, min: 0.8}\n"
GOOD, TWICE = '{"acc": 0.9}\n', '{"acc": 0.5, "acc": 0.9}\n'


def said_of(gate: GateSandbox) -> tuple[str, str]:
    """Return the verdict, and every reason for it."""
    (model,) = gate.judged()["models"]
    reasons = [one["message"] for one in model["errors"]] + [one["reason"] for one in model["findings"]]
    return model["verdict"], "; ".join([*reasons, model["reason"]])


@pytest.mark.parametrize(
    ("file", "good", "twice"),
    [
        ("metrics/test.json", GOOD, TWICE),
        ("metrics/test.yaml", "acc: 0.9\n", "acc: 0.5\nacc: 0.9\n"),
        ("metrics/test.toml", "acc = 0.9\n", "acc = 0.5\nacc = 0.9\n"),
    ],
)
def test_a_key_twice_is_no_number(tmp_path: Path, file: str, good: str, twice: str) -> None:
    gate = gated(tmp_path, POINT, number=20)
    gate.sandbox.git("switch", "--quiet", "main")
    text = configuration(POINT).replace("metrics/test.json", file)
    gate.write({"mlgit.yaml": text, file: good}).commit("main")
    gate.branch("twice").write({file: twice}).commit()
    verdict, why = said_of(gate)
    assert verdict == "FAIL"
    assert file in why
    assert "twice" in why or "overwrite" in why


def test_digits_of_another_script_are_no_numbers(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=200)
    items = altered(gate.base, better=3)
    gate.write({PREDICTIONS: table(items).replace("0.", "\uff10.", 1)}).commit()
    verdict, why = said_of(gate)
    assert verdict == "FAIL"
    assert "written in other digits than 0 to 9" in why


def test_a_label_column_twice_in_a_parquet_file_counts_as_neither(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=200)
    gate.sandbox.git("switch", "--quiet", "main")
    path = "predictions/test.parquet"
    text = configuration(GATES).replace(PREDICTIONS, path)
    names = ["id", "label", "prediction", "score"]
    good = [[getattr(row, name) for row in gate.base] for name in names]
    good[3] = [float(one) for one in good[3]]
    for branch, columns in (("main", list(zip(names, good, strict=True))), ("twice", [("label", good[2])])):
        if branch != "main":
            gate.branch(branch)
            columns = [*zip(names, good, strict=True), *columns]
        made = pa.Table.from_arrays(
            [pa.array(one) for _, one in columns], names=[name for name, _ in columns]
        )
        (tmp_path / "predictions").mkdir(exist_ok=True)
        pq.write_table(made, tmp_path / path)
        gate.write({"mlgit.yaml": text}).commit(branch)
    verdict, why = said_of(gate)
    assert verdict == "FAIL"
    assert "the column label stands twice" in why


def test_two_numbers_of_one_metric_that_say_the_opposite_fail_and_both_stand_on_the_page(
    tmp_path: Path,
) -> None:
    gate = gated(tmp_path, "    gates:\n      - accuracy: {no_worse_than: {margin: 0.5}}\n", number=400)
    right = sum(row.label == row.prediction for row in gate.base) / 400
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"metrics/test.json": json.dumps({"accuracy": right})}).commit("of one mind")
    gate.branch("forged").predict(altered(gate.base, worse=60))
    gate.write({"metrics/test.json": json.dumps({"accuracy": right + 0.1})}).commit()
    verdict, why = said_of(gate)
    assert verdict == "FAIL"
    assert f"says accuracy is {right + 0.1}, its predictions give {right - 0.15:g}" in why


def test_a_sparse_checkout_says_what_a_whole_one_says(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=200)
    gate.predict(altered(gate.base, worse=20)).commit()
    commands = (("gate", "main", "--json"), ("compare", "main", "--json"), ("status", "--json"))
    whole = [gate.sandbox.mlgit(*one) for one in commands]
    gate.sandbox.git("sparse-checkout", "set", "splits")
    assert not (tmp_path / PREDICTIONS).exists()
    left = [gate.sandbox.mlgit(*one) for one in commands]
    assert [one.exit_code for one in left] == [one.exit_code for one in whole]
    assert [json.loads(one.stdout) for one in left] == [json.loads(one.stdout) for one in whole]


def test_a_bare_repository_is_judged_by_its_commits(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=200)
    gate.predict(altered(gate.base, worse=40)).commit()
    gate.sandbox.git("clone", "--quiet", "--bare", str(tmp_path / "r"), str(tmp_path / "bare.git"))
    bare = Person(tmp_path / "bare.git")
    answer = bare.mlgit("gate", "main", "deeper", "--json", exit_code=1)
    assert json.loads(answer.out)["models"] == gate.judged("main", "deeper")["models"]
    assert "accuracy" in bare.mlgit("compare", "main", "deeper").out
    nothing = bare.mlgit("status", exit_code=None)
    assert nothing.exit_code == 2
    assert "bare" in nothing.err


def test_a_metrics_file_under_another_name_passes_nothing(tmp_path: Path) -> None:
    gate = gated(tmp_path, "    gates:\n      - latency_ms: {mode: point, max: 20}\n", number=20)
    gate.sandbox.git("mv", "metrics/test.json", "metrics/other.json")
    gate.write({"mlgit.yaml": (tmp_path / "mlgit.yaml").read_text().replace("metrics/test", "metrics/other")})
    gate.commit()
    verdict, why = said_of(gate)
    assert verdict == "FAIL"
    assert "there is no metrics/test.json" in why


def test_a_model_under_another_name_passes_nothing_and_is_compared(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=200)
    gate.write({"mlgit.yaml": (tmp_path / "mlgit.yaml").read_text().replace("  churn:", "  leaving:")})
    gate.predict(altered(gate.base, better=2)).commit()
    found = {one["name"]: one["verdict"] for one in gate.judged()["models"]}
    assert found == {"churn": "FAIL", "leaving": "UNDECIDED"}
    report = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)
    assert {one["name"]: one["state"] for one in report["models"]} == {"churn": "gone", "leaving": "new"}


def test_conflict_markers_in_the_lock_are_called_that_with_the_way_out(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    lock = "schema: '2.0'\nstages:\n<<<<<<< HEAD\n  a: {cmd: x}\n=======\n  a: {cmd: y}\n>>>>>>> main\n"
    sandbox.write(
        {"dvc.yaml": "stages: {a: {cmd: x, outs: [o]}}\n", "dvc.lock": lock, "mlgit.yaml": "version: 1\n"}
    )
    sandbox.commit("Merge")
    for arguments in (("status",), ("check", "model"), ("compare", "HEAD", "--all")):
        answer = sandbox.mlgit(*arguments)
        said = answer.stdout + answer.stderr
        assert answer.exit_code != 0 or arguments[0] == "compare"
        assert "dvc.lock:3" in said
        assert "the markers of an unfinished merge" in said
        assert arguments[0] == "compare" or "git checkout --ours -- dvc.lock, then mlgit train" in said
