"""Layouts that the scaffold does not have: one file for two models, scores by a function, another pipeline, none at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path

import pytest

from tests.cli.gate_repository import PREDICTIONS, GateSandbox, altered, configuration, gated, table

NUMBER = 400
GATES = "    gates:\n      - accuracy: {no_worse_than: {margin: 0.05}}\n"
FUNCTION = """\
    scores:
      own: {function: "metrics.own:mean", direction: higher, fixed: [price]}
    gates:
      - own: {no_worse_than: {margin: 0.1}}
"""
OF_FUNCTION = configuration(FUNCTION).replace("    task: binary-classification\n", "")
MEAN = "from metrics.parts import total\n\ndef mean(rows):\n    return total(rows['grade']) / len(rows['grade'])\n"
PARTS = "def total(values):\n    return values.sum()\n"


def on_main(gate: GateSandbox, files: Mapping[str, str]) -> GateSandbox:
    """Main gets files; a branch of it is checked out."""
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write(dict(files)).commit("main")
    return gate.branch("next")


def grades(shift: float, number: int = 60, column: str = "grade") -> str:
    rows = [f"q{row},{(row * 7) % 5 + shift * (row % 4 + 1)},{row % 3 + 1}" for row in range(number)]
    return "\n".join([f"id,{column},price", *rows]) + "\n"


def test_two_models_on_one_file_have_scores_of_one_name_each_by_itself(tmp_path: Path) -> None:
    def model(name: str, column: str) -> str:
        score = f"    scores: {{own: {{mean: {column}, direction: higher, range: [-9, 99]}}}}\n"
        return f"  {name}:\n    predictions: p.csv\n{score}    gates: [{{own: {{no_worse_than: {{margin: 0.1}}}}}}]\n"

    def answers(help_: int, safe: int) -> str:
        rows = [f"q{row},{row % 5 + help_},{row % 7 + safe}" for row in range(NUMBER)]
        return "\n".join(["id,help,safe", *rows]) + "\n"

    gate = on_main(
        gated(tmp_path, number=60),
        {
            "mlgit.yaml": f"version: 1\nmodels:\n{model('kind', 'help')}{model('harmless', 'safe')}",
            "p.csv": answers(0, 0),
        },
    )
    gate.write({"p.csv": answers(2, -2)}).commit()
    assert {one["name"]: one["verdict"] for one in gate.judged()["models"]} == {
        "kind": "PASS",
        "harmless": "FAIL",
    }


@pytest.fixture
def by_function(tmp_path: Path) -> GateSandbox:
    files = {
        "mlgit.yaml": OF_FUNCTION,
        PREDICTIONS: grades(0),
        "metrics/own.py": MEAN,
        "metrics/parts.py": PARTS,
    }
    return on_main(gated(tmp_path, number=60), files)


def test_a_function_is_a_rule_of_the_base(by_function: GateSandbox) -> None:
    gate = by_function.write({PREDICTIONS: grades(1), "train.py": "print()\n"})
    gate.commit()
    assert gate.judged()["verdict"] == "PASS"
    gate.write({"metrics/parts.py": PARTS.replace("sum()", "sum() * 9")}).commit()
    report = gate.judged()
    assert report["verdict"] == "UNDECIDED"
    (warning,) = report["models"][0]["warnings"]
    assert (warning["kind"], "metrics/parts.py" in warning["message"]) == ("rules", True)


def test_a_function_that_main_has_changed_keeps_a_branch_of_before_back(by_function: GateSandbox) -> None:
    gate = by_function.write({PREDICTIONS: grades(1)})
    gate.commit()
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"metrics/own.py": MEAN.replace("return", "return 0.5 *")}).commit("stricter")
    report = gate.judged("main", "next")
    assert report["verdict"] == "UNDECIDED"
    assert "has another function of a score" in report["models"][0]["warnings"][0]["message"]


def test_a_column_that_a_function_reads_is_the_heads_own(by_function: GateSandbox) -> None:
    gate = by_function.write({PREDICTIONS: grades(-3, column="mark")})
    gate.commit()
    assert gate.judged()["verdict"] == "FAIL"
    assert "the column grade is missing" in gate.gate().stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import random\n\ndef mean(rows):\n    return random.random() * 0.01\n", "for the same rows"),
        ("seen = []\n\ndef mean(rows):\n    seen.append(1)\n    return rows['grade'].mean() + len(seen) / 1e6\n", "for the same rows"),
    ],
)  # fmt: skip
def test_a_function_that_has_moods_decides_nothing(tmp_path: Path, body: str, said: str) -> None:
    files = {"mlgit.yaml": OF_FUNCTION, PREDICTIONS: grades(0), "metrics/own.py": body}
    gate = on_main(gated(tmp_path, number=60), files)
    gate.write({PREDICTIONS: grades(0.001)}).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert said in gate.gate().stdout


def test_a_function_may_write_into_its_rows(tmp_path: Path) -> None:
    """What it does to them is over before it is asked again."""
    body = "def mean(rows):\n    found = rows['grade'].mean()\n    rows['grade'] -= 1\n    return found\n"
    files = {"mlgit.yaml": OF_FUNCTION, PREDICTIONS: grades(0), "metrics/own.py": body}
    gate = on_main(gated(tmp_path, number=60), files)
    gate.write({PREDICTIONS: grades(1)}).commit()
    (found,) = gate.judged()["models"][0]["findings"]
    assert (found["verdict"], found["base"], found["head"]) == ("PASS", 2.0, 4.5)


def lock(path: Path) -> str:
    digest = md5(path.read_bytes()).hexdigest()
    outs = f"    - path: p.csv\n      hash: md5\n      md5: {digest}\n      size: 1\n"
    return f"schema: '2.0'\nstages:\n  measure:\n    cmd: python measure.py\n    outs:\n{outs}"


STAGE = "stages:\n  measure:\n    cmd: python measure.py\n    outs:\n    - p.csv: {cache: false}\n"


def measured_elsewhere(root: Path) -> GateSandbox:
    """A model whose pipeline is one folder and whose predictions are written by another one's."""
    gate = gated(root, GATES, number=NUMBER)
    text = configuration(GATES, "    pipeline: models/a\n").replace(PREDICTIONS, "shared/p.csv")
    (root / "shared").mkdir()
    (root / "shared/p.csv").write_text(table(gate.base))
    files = {
        "mlgit.yaml": text,
        "models/a/dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n",
        "shared/dvc.yaml": STAGE,
        "shared/p.csv": table(gate.base),
        "shared/dvc.lock": lock(root / "shared/p.csv"),
    }
    gate.sandbox.git("clean", "--quiet", "--force", "-d")
    return on_main(gate, files)


def test_predictions_that_another_pipeline_writes_are_held_against_its_lock(tmp_path: Path) -> None:
    gate = measured_elsewhere(tmp_path)
    better = table(altered(gate.base, better=30))
    gate.write({"shared/p.csv": better}).commit()
    assert gate.judged()["verdict"] == "FAIL"
    assert "shared/p.csv is not what its stage wrote" in gate.gate().stdout
    gate.write({"shared/dvc.lock": lock(tmp_path / "shared/p.csv")}).commit()
    assert gate.judged()["verdict"] == "PASS"
    gate.write({"shared/dvc.yaml": "stages: {}\n"}).commit()
    assert gate.judged()["verdict"] == "FAIL"
    assert "no stage of the head writes it any more" in gate.gate().stdout


def test_a_pipeline_that_only_measures_is_stale_for_its_model(tmp_path: Path) -> None:
    gate = measured_elsewhere(tmp_path)
    gate.write({"shared/p.csv": table(altered(gate.base, better=30))})
    gate.write({"shared/dvc.lock": lock(tmp_path / "shared/p.csv")})
    gate.write({"shared/dvc.yaml": STAGE.replace("measure.py\n", "measure.py --easy\n")}).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert "it was not trained again: measure is stale" in gate.gate().stdout


def test_a_model_that_changed_beside_predictions_of_before(tmp_path: Path) -> None:
    files = {"mlgit.yaml": configuration(GATES, "    artifact: model.bin\n"), "model.bin": "1\n"}
    gate = on_main(gated(tmp_path, GATES, number=NUMBER), files)
    gate.write({"notes.md": "words\n"}).commit()
    assert gate.judged()["verdict"] == "PASS"
    gate.write({"model.bin": "2\n"}).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert "model.bin changed and predictions/test.csv did not" in gate.gate().stdout
    gate.predict(altered(gate.base, better=30)).commit()
    assert gate.judged()["verdict"] == "PASS"


def test_a_link_on_disk_is_no_file_of_predictions(tmp_path: Path) -> None:
    gate = gated(tmp_path, GATES, number=NUMBER)
    gate.write({"predictions/good.csv": table(altered(gate.base, better=30))})
    (tmp_path / PREDICTIONS).unlink()
    (tmp_path / PREDICTIONS).symlink_to("good.csv")
    answer = gate.gate("main")
    assert answer.exit_code == 1
    assert f"{PREDICTIONS} is a link, not a file" in answer.stdout


@pytest.mark.parametrize("name", ["p.tsv", "p.jsonl", "p.csv.gz"])
def test_another_kind_of_table_says_what_to_write(tmp_path: Path, name: str) -> None:
    text = configuration(GATES).replace(PREDICTIONS, name)
    gate = on_main(gated(tmp_path, number=60), {"mlgit.yaml": text, name: "x\n"})
    gate.write({name: "y\n"}).commit()
    answer = gate.gate()
    assert answer.exit_code == 3
    assert "neither CSV nor Parquet by its ending (write it as .csv or .parquet)" in answer.stdout
    assert json.loads(gate.gate("main", "HEAD", "--json").stdout)["verdict"] == "UNDECIDED"
