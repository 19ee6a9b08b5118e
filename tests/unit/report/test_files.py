"""`mlgit.report`: five lines write what mlgit reads, with the metrics that mlgit itself would find."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from mlgit import report
from mlgit.errors import UsageError


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def written(folder: Path, **values: Any) -> tuple[list[dict[str, str]], dict[str, float]]:
    report.write(
        **values, predictions_path=folder / "p" / "test.csv", metrics_path=folder / "m" / "test.json"
    )
    return rows_of(folder / "p" / "test.csv"), json.loads((folder / "m" / "test.json").read_text())


def test_two_classes(tmp_path: Path) -> None:
    labels, chance = ["yes", "no", "yes", "no"], np.array([0.9, 0.4, 0.3, 0.123456789123])
    rows, found = written(
        tmp_path,
        ids=range(4),
        labels=labels,
        predictions=np.where(chance > 0.5, "yes", "no"),
        scores=chance,
        positive="yes",
        groups=["a", "a", "b", "b"],
    )
    assert rows[3] == {"id": "3", "label": "no", "prediction": "no", "group": "b", "score": "0.123456789"}
    assert (found["accuracy"], found["recall"], found["test_rows"]) == (0.75, 0.5, 4)
    assert found["roc_auc"] == metrics.roc_auc_score([1, 0, 1, 0], chance)


def test_several_classes_in_any_order(tmp_path: Path) -> None:
    labels = ["b", "a", "c", "a"]
    scores = {"c": [0.1, 0.2, 0.6, 0.3], "a": [0.2, 0.7, 0.3, 0.3], "b": [0.7, 0.1, 0.1, 0.4]}
    rows, found = written(
        tmp_path, ids="wxyz", labels=labels, predictions=["b", "a", "c", "b"], scores=scores
    )
    assert list(rows[0]) == ["id", "label", "prediction", "score_c", "score_a", "score_b"]
    table = np.column_stack([scores[name] for name in "abc"])
    assert found["log_loss"] == pytest.approx(metrics.log_loss(labels, table), rel=1e-8)
    assert found["balanced_accuracy"] == pytest.approx((0.5 + 1 + 1) / 3)


def test_numbers_and_booleans(tmp_path: Path) -> None:
    rows, found = written(tmp_path, ids=[7, 8], labels=np.array([1, 2]), predictions=[1.5, 2])
    assert rows[0] == {"id": "7", "label": "1.0", "prediction": "1.5"}
    assert (found["mae"], found["r2"]) == (0.25, 0.5)
    rows, _ = written(
        tmp_path, ids=[1, 2], labels=[True, False], predictions=np.array([True, True]), positive="true"
    )
    assert [row["label"] for row in rows] == ["true", "false"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": [1]}, "label has 1 values and id has 2"),
        ({"ids": [1, 1]}, "an id stands twice"),
        ({"labels": [1, None]}, "label has no value in row 2"),
        ({"predictions": [float("nan"), 1]}, "prediction has no value in row 1"),
        ({"predictions": [1, float("inf")]}, "prediction is not finite in row 2"),
    ],
)
def test_what_is_no_table_is_refused(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        written(tmp_path, **{"ids": [1, 2], "labels": [1, 2], "predictions": [1, 2], **changed})
    assert not list(tmp_path.rglob("*.*"))


def test_importing_it_costs_nothing() -> None:
    code = "import sys, mlgit.report; print([name for name in ('numpy', 'sklearn', 'msgspec') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_are_what_dvc_reads(tmp_path: Path) -> None:
    place = tmp_path / "params.yaml"
    place.write_text("rate: 1e-3\nrows: 400_000\nword: on\n")
    assert report.settings(place) == {"rate": 0.001, "rows": 400_000, "word": "on"}
    place.write_text("rate: 1\nrate: 2\n")
    with pytest.raises(UsageError, match="rate"):
        report.settings(place)
