"""What the model says of rows, and how good that is: predictions, scores and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics

from settings import Settings
from tables import Table

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Predictions:
    """What is said of every row: a class or a number, and for classes one score each (0 to 1, rows sum to 1)."""

    labels: Numbers
    scores: Numbers | None = None


def predict(model: Any, table: Table, settings: Settings) -> Predictions:
    """Ask the model; numbers are rounded to nine digits, so that another processor writes the same file."""
    if not settings.classifies:
        return Predictions(rounded(model.predict(table.rows)))
    return Predictions(model.predict(table.rows), rounded(model.predict_proba(table.rows)))


def predict_trivially(baseline: dict[str, Any], rows: int, settings: Settings) -> Predictions:
    """Say the same of every row: the most frequent class with every class's share, or the mean."""
    if not settings.classifies:
        return Predictions(np.full(rows, baseline["mean"]))
    shares = [baseline["shares"][name] for name in settings.classes]
    return Predictions(np.full(rows, settings.classes[int(np.argmax(shares))]), np.tile(shares, (rows, 1)))


def rounded(values: Numbers) -> Numbers:
    """Return the numbers with nine significant digits."""
    return np.array([float(f"{value:.9g}") for value in values.ravel().tolist()]).reshape(values.shape)


def score(labels: Numbers, said: Predictions, settings: Settings) -> dict[str, float]:
    """Return the metrics of a task by name; one that these rows cannot give (a class is absent) is left out."""
    if settings.task == "regression":
        found = regression(labels, said.labels)
    elif settings.task == "binary-classification":
        found = binary(labels, said, settings)
    else:
        found = multiclass(labels, said, settings)
    return {name: float(f"{value:.9g}") for name, value in found.items() if np.isfinite(value)}


def binary(labels: Numbers, said: Predictions, settings: Settings) -> dict[str, float]:
    """Return the metrics of two classes; precision, recall and F1 are of the positive class."""
    assert said.scores is not None
    actual = labels == settings.positive_class
    predicted = said.labels == settings.positive_class
    chance = said.scores[:, settings.classes.index(str(settings.positive_class))]
    found = {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "f1": metrics.f1_score(actual, predicted, zero_division=0),
        "precision": metrics.precision_score(actual, predicted, zero_division=0),
        "recall": metrics.recall_score(actual, predicted, zero_division=0),
        "log_loss": metrics.log_loss(actual, chance, labels=[False, True]),
        "brier_score": float(np.mean((chance - actual) ** 2)),
    }
    if actual.any() and not actual.all():
        found["balanced_accuracy"] = metrics.balanced_accuracy_score(actual, predicted)
        found["roc_auc"] = metrics.roc_auc_score(actual, chance)
        found["average_precision"] = metrics.average_precision_score(actual, chance)
    return found


def multiclass(labels: Numbers, said: Predictions, settings: Settings) -> dict[str, float]:
    """Return the metrics of several classes; a mean over classes counts each class alike."""
    assert said.scores is not None
    classes = list(settings.classes)
    present = [name for name in classes if name in set(labels.tolist())]
    found = {
        "accuracy": metrics.accuracy_score(labels, said.labels),
        "balanced_accuracy": metrics.recall_score(
            labels, said.labels, labels=present, average="macro", zero_division=0
        ),
        "f1_macro": metrics.f1_score(labels, said.labels, labels=classes, average="macro", zero_division=0),
        "log_loss": metrics.log_loss(labels, said.scores, labels=classes),
    }
    if len(present) == len(classes):
        areas = [metrics.roc_auc_score(labels == name, said.scores[:, i]) for i, name in enumerate(classes)]
        found["roc_auc_ovr"] = float(np.mean(areas))
    return found


def regression(labels: Numbers, predicted: Numbers) -> dict[str, float]:
    """Return the metrics of predicted numbers, in the unit of the label; `r2` is 1 at best, and undefined for one row."""
    found = {
        "mae": metrics.mean_absolute_error(labels, predicted),
        "rmse": float(np.sqrt(metrics.mean_squared_error(labels, predicted))),
    }
    if len(labels) > 1:
        found["r2"] = metrics.r2_score(labels, predicted)
    return found


def better(name: str, first: float, second: float) -> bool:
    """Tell whether the first value of a metric is better: errors and losses are better low, the rest high."""
    low = name in ("mae", "rmse", "log_loss", "brier_score")
    return first < second if low else first > second
