"""The metrics of predictions by their usual names, as the pipeline of `mlgit init` writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def metrics_of(
    labels: Sequence[Any],
    predictions: Sequence[Any],
    *,
    positive: str | None = None,
    scores: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    classes: Sequence[str] = (),
) -> dict[str, float]:
    """Return the metrics by name, rounded to nine digits; one that these rows cannot give is left out.

    With `positive`, labels are one of two classes as text, and `scores` are the chances of the positive one, from 0 to 1.
    With `classes`, they are one of several, and `scores` give each row's chances by class. With neither they are numbers:
    `mae` and `rmse` in their unit, lower is better, and `r2`, 1 at best.
    """
    import numpy as np

    if positive is not None:
        chance = None if scores is None or isinstance(scores, Mapping) else np.asarray(scores, dtype=float)
        actual = np.asarray(labels) == positive
        found = of_two(actual, np.asarray(predictions) == positive, chance)
    elif classes:
        found = of_several(
            labels, predictions, list(classes), scores if isinstance(scores, Mapping) else None
        )
    else:
        found = of_numbers(np.asarray(labels, dtype=float), np.asarray(predictions, dtype=float))
    return {name: float(f"{value:.9g}") for name, value in found.items() if math.isfinite(value)}


def of_two(actual: Any, predicted: Any, chance: Any) -> dict[str, float]:
    """Return the metrics of two classes; precision, recall and F1 are of the positive one."""
    from sklearn import metrics

    both = bool(actual.any() and not actual.all())
    found = {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "f1": metrics.f1_score(actual, predicted, zero_division=0),
        "precision": metrics.precision_score(actual, predicted, zero_division=0),
        "recall": metrics.recall_score(actual, predicted, zero_division=0),
    }
    if both:
        found["balanced_accuracy"] = metrics.balanced_accuracy_score(actual, predicted)
    if chance is not None:
        found["log_loss"] = metrics.log_loss(actual, chance, labels=[False, True])
        found["brier_score"] = float(((chance - actual) ** 2).mean())
        if both:
            found["roc_auc"] = metrics.roc_auc_score(actual, chance)
            found["average_precision"] = metrics.average_precision_score(actual, chance)
    return found


def of_several(
    labels: Sequence[Any],
    predictions: Sequence[Any],
    classes: list[str],
    scores: Mapping[str, Sequence[float]] | None,
) -> dict[str, float]:
    """Return the metrics of several classes; a mean over classes counts each class alike."""
    import numpy as np
    from sklearn import metrics

    present = [name for name in classes if name in set(labels)]
    found = {
        "accuracy": metrics.accuracy_score(labels, predictions),
        "balanced_accuracy": metrics.recall_score(
            labels, predictions, labels=present, average="macro", zero_division=0
        ),
        "f1_macro": metrics.f1_score(labels, predictions, labels=classes, average="macro", zero_division=0),
    }
    if scores is not None:
        order = sorted(classes)
        chances = np.column_stack([np.asarray(scores[name], dtype=float) for name in order])
        found["log_loss"] = metrics.log_loss(labels, chances, labels=order)
        if len(present) == len(classes):
            areas = [
                metrics.roc_auc_score(np.asarray(labels) == name, chances[:, position])
                for position, name in enumerate(order)
            ]
            found["roc_auc_ovr"] = float(np.mean(areas))
    return found


def of_numbers(labels: Any, predicted: Any) -> dict[str, float]:
    """Return the metrics of predicted numbers; `r2` is undefined for one row."""
    from sklearn import metrics

    found = {
        "mae": metrics.mean_absolute_error(labels, predicted),
        "rmse": float(metrics.mean_squared_error(labels, predicted) ** 0.5),
    }
    if len(labels) > 1:
        found["r2"] = metrics.r2_score(labels, predicted)
    return found
