"""The plots of test rows as small CSV files; dvc.yaml says how each is drawn (`dvc plots show`). Imports numpy inside."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgit.report.models import Model, Predictions
    from mlgit.report.tables import Table

MOST_POINTS = 200
MOST_PAIRS = 1000
MOST_FEATURES = 20
SMALLEST_CHANCE = 1e-15


def write_plots(
    model: Model,
    table: Table,
    said: Predictions,
    folder: str | Path = "plots",
    *,
    rows: int = 500,
    seed: int = 0,
) -> None:
    """Write every plot that belongs to the task; the importance of features is measured on at most `rows` of the table."""
    place = Path(folder)
    if not table.classes:
        write_numbers(table.labels, said.labels, place)
    else:
        write_confusion(table.labels, said.labels, place)
    if table.positive is not None and said.chances is not None:
        chance = said.chances[:, table.classes.index(table.positive)]
        write_curves(table.labels == table.positive, chance, place)
    found = importance(model, table, rows, seed)
    write_csv(place / "importance.csv", ("feature", "importance"), found)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file; numbers keep every digit they have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` of the positions 0 to `count` - 1, the first and the last among them."""
    import numpy as np

    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def shown(values: Any, positions: list[int]) -> list[float]:
    """Return the values at some positions, with six digits."""
    return [float(f"{value:.6g}") for value in values[positions].tolist()]


def write_numbers(labels: Any, predicted: Any, folder: Path) -> None:
    """Write predicted against actual values, and what is left over, for rows spread over the whole range."""
    order = labels.argsort(kind="stable")
    positions = order[evenly(len(order), MOST_POINTS)].tolist()
    actual, told = shown(labels, positions), shown(predicted, positions)
    residual = shown(labels - predicted, positions)
    write_csv(folder / "actual.csv", ("actual", "predicted"), zip(actual, told, strict=True))
    write_csv(folder / "residuals.csv", ("predicted", "residual"), zip(told, residual, strict=True))


def write_confusion(labels: Any, predicted: Any, folder: Path) -> None:
    """Write a line for every test row; of many rows an even sample, in which each pair keeps its share."""
    pairs = sorted(zip(labels.tolist(), predicted.tolist(), strict=True))
    sample = [pairs[position] for position in evenly(len(pairs), MOST_PAIRS)]
    write_csv(folder / "confusion.csv", ("actual", "predicted"), sample)


def write_curves(actual: Any, chance: Any, folder: Path) -> None:
    """Write the ROC curve and the precision-recall curve; a test set of one class has none."""
    roc: list[tuple[float, float]] = []
    precision_recall: list[tuple[float, float]] = []
    if actual.any() and not actual.all():
        false_rate, recall, precision = thresholds(actual, chance)
        kept = evenly(len(recall), MOST_POINTS)
        roc = list(zip(shown(false_rate, kept), shown(recall, kept), strict=True))
        precision_recall = list(zip(shown(recall, kept), shown(precision, kept), strict=True))
    write_csv(folder / "roc.csv", ("false_positive_rate", "true_positive_rate"), roc)
    write_csv(folder / "precision_recall.csv", ("recall", "precision"), precision_recall)


def thresholds(actual: Any, chance: Any) -> tuple[Any, Any, Any]:
    """Return the false positive rate, the recall and the precision at every threshold, from the highest down."""
    import numpy as np

    order = np.argsort(-chance, kind="stable")
    last = np.flatnonzero(np.append(np.diff(chance[order]) != 0, True))
    hits = np.cumsum(actual[order])[last]
    said = last + 1
    false_rate = (said - hits) / (~actual).sum()
    start = np.zeros(1)
    precision = np.append(np.ones(1), hits / said)
    return np.append(start, false_rate), np.append(start, hits / actual.sum()), precision


def importance(model: Model, table: Table, most: int, seed: int) -> list[tuple[str, float]]:
    """Return the features that matter most: how much the loss grows when a feature's values are shuffled among rows.

    The rows are a seeded sample. All features are asked about at once: one copy of the sample for each.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    sample = random.permutation(len(table))[:most]
    rows = {name: values[sample] for name, values in table.features.items()}
    copies = [
        rows,
        *({**rows, name: values[random.permutation(len(sample))]} for name, values in rows.items()),
    ]
    said = model.predict({name: np.concatenate([copy[name] for copy in copies]) for name in rows})
    losses = row_losses(said, np.tile(table.labels[sample], len(copies)), table.classes)
    plain, *shuffled = losses.reshape(len(copies), len(sample)).mean(axis=1).tolist()
    grown = [float(f"{loss - plain:.4g}") for loss in shuffled]
    return sorted(zip(rows, grown, strict=True), key=lambda item: (-item[1], item[0]))[:MOST_FEATURES]


def row_losses(said: Predictions, labels: Any, classes: Sequence[str]) -> Any:
    """Return how wrong predictions are, row by row: the log-loss of the class, or the squared error; 0 is best."""
    import numpy as np

    if said.chances is None:
        return (said.labels - labels) ** 2
    chance = np.zeros(len(labels))
    for position, name in enumerate(classes):
        chance[labels == name] = said.chances[labels == name, position]
    return -np.log(np.maximum(chance, SMALLEST_CHANCE))
