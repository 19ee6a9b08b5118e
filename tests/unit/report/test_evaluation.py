"""Predictions, metrics with intervals, plots and golden predictions of a model's test rows."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from mlgit import report
from mlgit.report.evaluation import told
from mlgit.report.golden import json_value
from mlgit.report.plots import evenly, thresholds, write_confusion, write_numbers
from mlgit.report.skops_file import UntrustedError

from .test_models import table_of, trained


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_what_is_written_of_two_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = table_of()
    report.save(trained(table, LogisticRegression()), "model", table)
    model = report.load("model")
    said = report.evaluate(model, table.test, main="roc_auc", enough_rows=10)
    rows = lines(Path("predictions/test.csv"))
    assert rows[0] == ["id", "label", "prediction", "score"]
    assert [row[0] for row in rows[1:]] == [str(one) for one in range(20)]
    assert float(rows[1][3]) == said.chances[0, 1]
    metrics = json.loads(Path("metrics/test.json").read_text())
    assert metrics["baseline"]["roc_auc"] == 0.5
    assert metrics["test_rows"] == 20
    text = Path("reports/evaluation.md").read_text()
    assert "is better than the trivial baseline: roc_auc" in text
    assert f"| roc_auc | {metrics['roc_auc']:.4g} | " in text
    report.write_plots(model, table.test, said, "plots")
    assert {path.name for path in Path("plots").iterdir()} == {
        "confusion.csv", "importance.csv", "precision_recall.csv", "roc.csv",
    }  # fmt: skip
    assert lines(Path("plots/importance.csv"))[1][0] == "size"


def test_golden_predictions_are_raw_rows_with_the_answers_of_a_server(tmp_path: Path) -> None:
    table = table_of()
    report.save(trained(table, LogisticRegression()), tmp_path, table)
    types = {"size": "float", "day": "date", "colour": "string"}
    report.write_golden(report.load(tmp_path), table.test, types, tmp_path / "golden.json", rows=2)
    one, two, both = json.loads((tmp_path / "golden.json").read_text())
    assert set(one["send"]["rows"][0]) == {"size", "day", "colour"}
    assert both["send"]["rows"] == [*one["send"]["rows"], *two["send"]["rows"]]
    assert both["expect"]["predictions"] == one["expect"]["predictions"] + two["expect"]["predictions"]
    assert both["expect"]["classes"] == ["no", "yes"]
    assert len(both["expect"]["probabilities"]) == 2


def test_what_is_written_of_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = table_of(classes=())
    report.save(trained(table, Ridge()), "model", table)
    model = report.load("model")
    said = report.evaluate(model, table.test, main="rmse")
    report.write_plots(model, table.test, said)
    assert set(json.loads(Path("metrics/test.json").read_text())["baseline"]) == {"mae", "rmse", "r2"}
    assert "Too small to judge: 20 test rows are fewer than 50." in Path("reports/evaluation.md").read_text()
    assert lines(Path("plots/actual.csv"))[0] == ["actual", "predicted"]
    report.write_golden(model, table.test, {}, "golden.json", rows=1)
    assert list(json.loads(Path("golden.json").read_text())[0]["expect"]) == ["predictions"]


@pytest.mark.parametrize(
    ("main", "found", "rows", "asked"),
    [
        ("accuracy", {"accuracy": 1.0}, 100, True),
        ("accuracy", {"accuracy": 0.99}, 100, False),
        ("accuracy", {"accuracy": 1.0}, 30, False),
        ("r2", {"r2": 0.9995}, 100, True),
        ("r2", {"r2": 0.99}, 100, False),
    ],
)
def test_a_model_that_misses_nothing_is_doubted(
    main: str, found: dict[str, float], rows: int, asked: bool
) -> None:
    lines = told("evaluation", main, found, {main: 0.0}, {}, rows, 50)
    assert ("Too good to be true?" in "".join(lines)) is asked


def test_few_rows_are_not_judged() -> None:
    around = {"roc_auc": (0.8, 1.0)}
    good, poor = {"roc_auc": 0.9}, {"roc_auc": 0.5}
    assert "Too small to judge: 49 test" in list(told("e", "roc_auc", good, poor, around, 49, 50))[-1]
    assert list(told("e", "roc_auc", good, poor, around, 50, 50))[-1].endswith("roc_auc 0.9 against 0.5.")
    assert "NOT better" in list(told("e", "roc_auc", poor, good, around, 50, 50))[-1]
    assert list(told("e", "roc_auc", {}, {}, {}, 500, 50))[-1].startswith("Too small to judge")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (np.float64(5.0), "integer", 5),
        (np.float64(0.5), "float", 0.5),
        (np.float64("nan"), "float", None),
        (np.ma.masked, "float", None),
        (np.datetime64("NaT"), "date", None),
        (np.datetime64("2024-02-29T06:30:00", "us"), "timestamp", "2024-02-29 06:30:00"),
        (np.datetime64("2024-02-29", "us"), "date", "2024-02-29"),
        (np.bool_(True), "boolean", True),
        ("true", "boolean", True),
        ("3", "integer", 3),
        ("red", "string", "red"),
        (None, "string", None),
    ],
)
def test_a_value_of_a_table_as_a_request_has_it(value: object, kind: str, expected: object) -> None:
    assert json_value(value, kind) == expected


def test_a_sample_is_even_and_keeps_the_ends() -> None:
    assert evenly(5, 200) == [0, 1, 2, 3, 4]
    sample = evenly(10_000, 200)
    assert (len(sample), sample[0], sample[-1]) == (200, 0, 9_999)
    assert evenly(1, 200) == [0]


def test_plots_are_small(tmp_path: Path) -> None:
    write_numbers(np.linspace(0, 1, 5_000), np.linspace(0, 2, 5_000), tmp_path)
    assert len(lines(tmp_path / "actual.csv")) == 201
    labels = np.where(np.arange(5_000) < 4_000, "no", "yes")
    write_confusion(labels, np.full(5_000, "no"), tmp_path)
    pairs = lines(tmp_path / "confusion.csv")[1:]
    assert (pairs.count(["no", "no"]), pairs.count(["yes", "no"])) == (800, 200)


def test_curves_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import precision_recall_curve, roc_curve

    random = np.random.default_rng(0)
    actual, chance = random.random(50) < 0.4, random.random(50).round(1)
    false_rate, recall, precision = thresholds(actual, chance)
    expected = roc_curve(actual, chance, drop_intermediate=False)
    assert false_rate == pytest.approx(expected[0])
    assert recall == pytest.approx(expected[1])
    assert precision[1:][::-1] == pytest.approx(precision_recall_curve(actual, chance)[0][:-1])


def test_wrong_data_end_a_stage_with_one_sentence() -> None:
    def work() -> None:
        raise UntrustedError("no")

    with pytest.raises(SystemExit, match=r"^error: no$"):
        report.stage(work)
    with pytest.raises(ValueError, match="a fault of the code"):
        report.stage(lambda: (_ for _ in ()).throw(ValueError("a fault of the code")))
