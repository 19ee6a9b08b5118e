"""The metrics that the scaffold writes have intervals in a comparison, and any other says that it has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from tests.cli.compare_repository import Sandbox

CLASSES = ("a", "b", "c")
TASKS = {"binary-classification": 2, "multiclass-classification": 3}


def softmax(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    raised = np.exp(values)
    found: np.ndarray[Any, Any] = raised / raised.sum(axis=1, keepdims=True)
    return found


def files(task: str, noise: float, seed: int) -> dict[str, str]:
    """Return predictions and metrics as the scaffold writes them, and a number that no prediction gives."""
    random, kinds = np.random.default_rng(seed), TASKS[task]
    labels = np.arange(400) % kinds
    scores = np.round(softmax(2 * np.eye(kinds)[labels] + noise * random.normal(size=(400, kinds))), 9)
    said = scores.argmax(axis=1)
    names = np.array(CLASSES[:kinds])
    if kinds == 2:
        header, shown = "score", scores[:, 1:]
        found = {
            "average_precision": reference.average_precision_score(labels, scores[:, 1]),
            "roc_auc": reference.roc_auc_score(labels, scores[:, 1]),
            "log_loss": reference.log_loss(labels, scores[:, 1]),
            "brier_score": float(np.mean((scores[:, 1] - labels) ** 2)),
        }
    else:
        header, shown = ",".join(f"score_{name}" for name in names), scores
        areas = [reference.roc_auc_score(labels == place, scores[:, place]) for place in range(kinds)]
        found = {
            "roc_auc_ovr": float(np.mean(areas)),
            "f1_macro": reference.f1_score(labels, said, average="macro"),
            "log_loss": reference.log_loss(labels, scores),
        }
    found["balanced_accuracy"] = reference.balanced_accuracy_score(labels, said)
    found = {name: float(f"{value:.9g}") for name, value in found.items()}
    lines = [
        f"i{place},{names[labels[place]]},{names[said[place]]},{','.join(map(repr, map(float, shown[place])))}"
        for place in range(400)
    ]
    return {
        "predictions.csv": "\n".join([f"id,label,prediction,{header}", *lines]) + "\n",
        "metrics.json": json.dumps({**found, "my_score": noise}),
    }


@pytest.mark.parametrize("task", TASKS)
def test_every_metric_of_the_scaffold_has_an_interval(tmp_path: Path, task: str) -> None:
    made = Sandbox(tmp_path / "r")
    text = f"version: 1\nmodels:\n  m:\n    task: {task}\n    metrics: [metrics.json]\n    predictions: predictions.csv\n"
    text += "    positive: b\n" if task == "binary-classification" else ""
    made.write({"mlgit.yaml": text, **files(task, 1.0, 1)}).commit()
    made.write(files(task, 4.0, 2)).commit()
    (model,) = json.loads(made.mlgit("compare", "HEAD~1", "HEAD", "--json").stdout)["models"]
    told = {row["name"]: (row["interval"] is not None, row["effect"]) for row in model["metrics"]}
    assert told.pop("my_score") == (False, "no interval")
    assert set(told.values()) == {(True, "worse")}, told
    page = made.mlgit("compare", "HEAD~1", "HEAD").stdout
    assert f"Better and worse hold over the {len(told)} rows with an interval together" in page
    assert "no interval" in page
