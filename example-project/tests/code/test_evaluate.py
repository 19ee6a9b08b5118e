"""Stage evaluate: metrics against numbers worked out by hand, predictions as rows, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from evaluate import prediction_columns, verdict, write_predictions
from plots import evenly, write_confusion, write_numbers
from scoring import Predictions, better, predict_trivially, rounded, score
from settings import Settings
from tables import Table

LABELS = np.array(["no", "yes", "no", "yes"])
SAID = Predictions(
    np.array(["no", "yes", "yes", "yes"]), np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.5, 0.5]])
)


def test_two_classes(tiny: Callable[..., Settings]) -> None:
    found = score(LABELS, SAID, tiny())
    assert found["accuracy"] == 0.75
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == 1.0
    assert found["f1"] == pytest.approx(0.8)
    assert found["balanced_accuracy"] == 0.75
    assert found["roc_auc"] == 0.75
    assert found["brier_score"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.25) / 4)
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.5]).mean())


def test_one_class_alone_has_no_area_under_a_curve(tiny: Callable[..., Settings]) -> None:
    found = score(
        LABELS[[0, 2]], Predictions(SAID.labels[[0, 2]], np.array([[0.9, 0.1], [0.4, 0.6]])), tiny()
    )
    assert found["accuracy"] == 0.5
    assert "roc_auc" not in found


def test_several_classes(tiny: Callable[..., Settings]) -> None:
    settings = tiny(task="multiclass-classification", classes=("a", "b", "c"), positive_class=None)
    labels = np.array(["a", "b", "c", "c"])
    said = Predictions(
        np.array(["a", "b", "c", "b"]), np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]])
    )
    found = score(labels, said, settings)
    assert found["accuracy"] == 0.75
    assert found["balanced_accuracy"] == pytest.approx((1 + 1 + 0.5) / 3)
    assert found["f1_macro"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert found["roc_auc_ovr"] == 1.0


def test_numbers(tiny: Callable[..., Settings]) -> None:
    settings = tiny(task="regression", classes=(), positive_class=None)
    found = score(np.array([1.0, 2.0, 3.0]), Predictions(np.array([1.0, 2.0, 5.0])), settings)
    assert found["mae"] == pytest.approx(2 / 3)
    assert found["rmse"] == pytest.approx(np.sqrt(4 / 3))
    assert found["r2"] == pytest.approx(1 - 4 / 2)


def test_the_baseline_says_the_same_of_every_row(tiny: Callable[..., Settings]) -> None:
    said = predict_trivially({"shares": {"no": 0.7, "yes": 0.3}}, 2, tiny())
    assert said.labels.tolist() == ["no", "no"]
    assert said.scores is not None
    assert said.scores.tolist() == [[0.7, 0.3], [0.7, 0.3]]
    assert predict_trivially({"mean": 4.5}, 2, tiny(task="regression")).labels.tolist() == [4.5, 4.5]


def test_errors_are_better_low() -> None:
    assert better("rmse", 1.0, 2.0)
    assert better("log_loss", 0.1, 0.2)
    assert better("roc_auc", 0.9, 0.8)
    assert not better("accuracy", 0.5, 0.5)


def test_predictions_are_rows_with_ids(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    table = Table(["r1", "r2", "r3", "r4"], LABELS, pd.DataFrame())
    columns = prediction_columns(table, SAID, tiny())
    write_predictions(columns, tmp_path / "said.csv")
    lines = (tmp_path / "said.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["id,label,prediction,score", "r1,no,no,0.1"]
    write_predictions(columns, tmp_path / "said.parquet")
    assert duckdb.sql(f"FROM '{tmp_path / 'said.parquet'}'").fetchall()[3] == ("r4", "yes", "yes", 0.5)


def test_few_rows_are_not_judged(tiny: Callable[..., Settings]) -> None:
    good, poor = {"roc_auc": 0.9}, {"roc_auc": 0.5}
    assert "Too small to judge: 49 test rows" in verdict(good, poor, 49, tiny())
    assert verdict(good, poor, 50, tiny()).endswith(
        "is better than the trivial baseline: roc_auc 0.9 against 0.5."
    )
    assert "NOT better" in verdict(poor, good, 50, tiny())
    assert verdict({}, {}, 500, tiny()).startswith("Too small to judge")


def test_numbers_are_rounded_to_nine_digits() -> None:
    assert rounded(np.array([[0.12345678949, 1e-12 / 3]])).tolist() == [[0.123456789, 3.33333333e-13]]


def test_a_sample_is_even_and_keeps_the_ends() -> None:
    assert evenly(5, 200) == [0, 1, 2, 3, 4]
    sample = evenly(10_000, 200)
    assert len(sample) == 200
    assert (sample[0], sample[-1]) == (0, 9_999)
    assert evenly(1, 200) == [0]


def test_plots_are_small(tmp_path: Path) -> None:
    rows = 5_000
    numbers = Table(list(range(rows)), np.linspace(0, 1, rows), pd.DataFrame())
    write_numbers(numbers, Predictions(np.linspace(0, 2, rows)), tmp_path)
    assert len((tmp_path / "actual.csv").read_text().splitlines()) == 201
    classes = Table(list(range(rows)), np.where(np.arange(rows) < 4_000, "no", "yes"), pd.DataFrame())
    write_confusion(classes, Predictions(np.full(rows, "no")), tmp_path)
    lines = (tmp_path / "confusion.csv").read_text().splitlines()[1:]
    assert (lines.count("no,no"), lines.count("yes,no")) == (800, 200)
