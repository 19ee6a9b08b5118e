"""The plots of the test rows as small CSV files; dvc.yaml says how each is drawn (`dvc plots show`)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics

from scoring import Numbers, Predictions
from settings import Settings
from tables import Table

MOST_POINTS = 200
MOST_PAIRS = 1000
MOST_FEATURES = 20
SMALLEST_CHANCE = 1e-15


def write_plots(model: Any, table: Table, said: Predictions, settings: Settings, folder: Path) -> None:
    """Write every plot that belongs to the task."""
    if settings.task == "regression":
        write_numbers(table, said, folder)
    else:
        write_confusion(table, said, folder)
    if settings.task == "binary-classification":
        write_curves(table, said, settings, folder)
    write_csv(folder / "importance.csv", ("feature", "importance"), importance(model, table, settings))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file; numbers keep every digit they have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` of the positions 0 to `count` - 1, the first and the last among them."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def shown(values: Numbers, positions: list[int]) -> list[float]:
    """Return the values at some positions, with six digits."""
    return [float(f"{value:.6g}") for value in values[positions].tolist()]


def write_numbers(table: Table, said: Predictions, folder: Path) -> None:
    """Write predicted against actual values, and what is left over, for rows spread over the whole range."""
    order = np.argsort(table.labels, kind="stable")
    positions = order[evenly(len(order), MOST_POINTS)].tolist()
    actual, predicted = shown(table.labels, positions), shown(said.labels, positions)
    residual = shown(table.labels - said.labels, positions)
    write_csv(folder / "actual.csv", ("actual", "predicted"), zip(actual, predicted, strict=True))
    write_csv(folder / "residuals.csv", ("predicted", "residual"), zip(predicted, residual, strict=True))


def write_confusion(table: Table, said: Predictions, folder: Path) -> None:
    """Write a line for every test row; of many rows an even sample, in which each pair keeps its share."""
    pairs = sorted(zip(table.labels.tolist(), said.labels.tolist(), strict=True))
    sample = [pairs[position] for position in evenly(len(pairs), MOST_PAIRS)]
    write_csv(folder / "confusion.csv", ("actual", "predicted"), sample)


def write_curves(table: Table, said: Predictions, settings: Settings, folder: Path) -> None:
    """Write the ROC curve and the precision-recall curve; a test set of one class has none."""
    assert said.scores is not None
    actual = table.labels == settings.positive_class
    roc: list[tuple[float, float]] = []
    precision_recall: list[tuple[float, float]] = []
    if actual.any() and not actual.all():
        chance = said.scores[:, settings.classes.index(str(settings.positive_class))]
        false_rate, true_rate, _ = metrics.roc_curve(actual, chance)
        kept = evenly(len(false_rate), MOST_POINTS)
        roc = list(zip(shown(false_rate, kept), shown(true_rate, kept), strict=True))
        precision, recall, _ = metrics.precision_recall_curve(actual, chance)
        kept = evenly(len(recall), MOST_POINTS)
        precision_recall = list(zip(shown(recall, kept), shown(precision, kept), strict=True))
    write_csv(folder / "roc.csv", ("false_positive_rate", "true_positive_rate"), roc)
    write_csv(folder / "precision_recall.csv", ("recall", "precision"), precision_recall)


def importance(model: Any, table: Table, settings: Settings) -> list[tuple[str, float]]:
    """Return the features that matter most: how much the loss grows when a feature's values are shuffled among rows.

    The rows are a seeded sample. All features are asked about at once: one copy of the sample for each.
    """
    random = np.random.default_rng(settings.seed)
    sample = random.permutation(len(table.labels))[: settings.importance_rows]
    rows, labels = table.rows.iloc[sample], table.labels[sample]
    copies = [rows] + [
        rows.assign(**{name: rows[name].to_numpy()[random.permutation(len(rows))]}) for name in rows.columns
    ]
    losses = row_losses(model, pd.concat(copies), np.tile(labels, len(copies)), settings)
    plain, *shuffled = losses.reshape(len(copies), len(rows)).mean(axis=1).tolist()
    grown = [float(f"{loss - plain:.4g}") for loss in shuffled]
    return sorted(zip(rows.columns, grown, strict=True), key=lambda item: (-item[1], item[0]))[:MOST_FEATURES]


def row_losses(model: Any, rows: pd.DataFrame, labels: Numbers, settings: Settings) -> Numbers:
    """Return how wrong the model is on each row: the log-loss of its class, or the squared error; 0 is best."""
    if not settings.classifies:
        return np.asarray((model.predict(rows) - labels) ** 2)
    scores = model.predict_proba(rows)
    chance = np.zeros(len(labels))
    for position, name in enumerate(settings.classes):
        chance[labels == name] = scores[labels == name, position]
    return np.asarray(-np.log(np.maximum(chance, SMALLEST_CHANCE)))
