"""The metrics of predictions by their usual names, and intervals around them. Imports numpy inside; scikit-learn is not needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgit.stats.evidence import Evidence

Scores = Sequence[float] | Mapping[str, Sequence[float]]
LOWER = frozenset(("mae", "rmse", "log_loss", "brier_score"))
"""The metrics that are better low."""


def better(metric: str, first: float, second: float) -> bool:
    """Tell whether the first value of a metric is better: errors and losses are better low, the rest high."""
    return first < second if metric in LOWER else first > second


def metrics_of(
    labels: Sequence[Any],
    predictions: Sequence[Any],
    *,
    positive: str | None = None,
    scores: Scores | None = None,
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
        found = of_two(np.asarray(labels) == positive, np.asarray(predictions) == positive, chance)
    elif classes:
        chances = scores if isinstance(scores, Mapping) else None
        found = of_several(np.asarray(labels), np.asarray(predictions), list(classes), chances)
    else:
        found = of_numbers(np.asarray(labels, dtype=float), np.asarray(predictions, dtype=float))
    return {name: float(f"{value:.9g}") for name, value in found.items() if math.isfinite(value)}


def intervals(
    labels: Sequence[Any],
    predictions: Sequence[Any],
    *,
    positive: str | None = None,
    scores: Scores | None = None,
    classes: Sequence[str] = (),
    groups: Sequence[Any] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return the lower and the upper end of each metric's interval, by the laws that `mlgit compare` and `mlgit gate` hold.

    Whole `groups` are what varies where rows belong to some. A metric that has no interval on so few rows or groups is left
    out; none is without width (`docs/explanation/statistics.md` has the laws and their sources). Needs numpy and msgspec.
    """
    from mlgit.stats.errors import StatisticsError
    from mlgit.stats.estimators import ESTIMATORS
    from mlgit.stats.naming import named_metric
    from mlgit.stats.options import Options, settle

    items = evidence(labels, predictions, scores, groups)
    found: dict[str, tuple[float, float]] = {}
    for name in metrics_of(labels, predictions, positive=positive, scores=scores, classes=classes):
        metric = named_metric(name)
        if metric is None:
            continue
        options = settle(items, Options(average=metric.average, positive=positive))
        try:
            around = ESTIMATORS[metric.estimator](items, seed, options).head(level)
        except StatisticsError:
            continue
        found[name] = around.low, around.high
    return found


def evidence(
    labels: Sequence[Any], predictions: Sequence[Any], scores: Scores | None, groups: Sequence[Any] | None
) -> Evidence:
    """Return the rows as the statistics take them: the same model on both sides, of which one is asked."""
    import numpy as np

    from mlgit.stats.evidence import Evidence

    said = np.asarray(predictions)
    by_class = (
        {}
        if not isinstance(scores, Mapping)
        else {name: np.asarray(one, dtype=float) for name, one in scores.items()}
    )
    chances = None if scores is None or by_class else np.asarray(scores, dtype=float)
    return Evidence(
        ids=np.arange(len(labels)),
        labels=np.asarray(labels),
        base_predictions=said,
        head_predictions=said,
        base_scores=chances,
        head_scores=chances,
        groups=None if groups is None else np.asarray(groups),
        base_class_scores=by_class,
        head_class_scores=by_class,
    )


def of_two(actual: Any, predicted: Any, chance: Any) -> dict[str, float]:
    """Return the metrics of two classes; precision, recall and F1 are of the positive one."""
    said, positives, hits = predicted.sum(), actual.sum(), (actual & predicted).sum()
    recall, negatives = ratio(hits, positives), len(actual) - positives
    found = {
        "accuracy": float((actual == predicted).mean()),
        "f1": ratio(2 * hits, said + positives),
        "precision": ratio(hits, said),
        "recall": recall,
    }
    if positives and negatives:
        found["balanced_accuracy"] = (recall + 1 - ratio(said - hits, negatives)) / 2
    if chance is not None:
        found["log_loss"] = float(log_losses(abs(1 - actual - chance)).mean())
        found["brier_score"] = float(((chance - actual) ** 2).mean())
        if positives and negatives:
            ranked = ranks(chance)
            found["roc_auc"] = area(actual, ranked)
            found["average_precision"] = average_precision(actual, ranked)
    return found


def of_several(
    labels: Any, predictions: Any, classes: list[str], scores: Mapping[str, Sequence[float]] | None
) -> dict[str, float]:
    """Return the metrics of several classes; a mean over classes counts each class alike."""
    import numpy as np

    actual = {name: labels == name for name in classes}
    said = {name: predictions == name for name in classes}
    rows = {name: actual[name].sum() for name in classes}
    hits = {name: (actual[name] & said[name]).sum() for name in classes}
    present = [name for name in classes if rows[name]]
    found = {
        "accuracy": float((labels == predictions).mean()),
        "balanced_accuracy": mean(ratio(hits[name], rows[name]) for name in present),
        "f1_macro": mean(ratio(2 * hits[name], rows[name] + said[name].sum()) for name in classes),
    }
    if scores is not None:
        chances = {name: np.asarray(scores[name], dtype=float) for name in classes}
        found["log_loss"] = float(log_losses(sum(actual[name] * chances[name] for name in classes)).mean())
        if len(present) == len(classes) > 1:
            found["roc_auc_ovr"] = mean(area(actual[name], ranks(chances[name])) for name in classes)
    return found


def of_numbers(labels: Any, predicted: Any) -> dict[str, float]:
    """Return the metrics of predicted numbers; `r2` is undefined where all labels are the same."""
    squared = (labels - predicted) ** 2
    found = {"mae": float(abs(labels - predicted).mean()), "rmse": math.sqrt(squared.mean())}
    spread = ((labels - labels.mean()) ** 2).sum()
    if len(labels) > 1:
        found["r2"] = float(1 - squared.sum() / spread) if spread else math.nan
    return found


def ranks(scores: Any) -> Any:
    """Return the place of each score among the different ones, from 0 for the lowest."""
    import numpy as np

    return np.unique(scores, return_inverse=True)[1]


def area(actual: Any, ranked: Any) -> float:
    """Return the area under the ROC curve: how often a positive row has the higher score; equal scores count half."""
    import numpy as np

    positives, negatives = np.bincount(ranked, actual), np.bincount(ranked, ~actual)
    below = np.cumsum(negatives) - negatives / 2
    return ratio((positives * below).sum(), positives.sum() * negatives.sum())


def average_precision(actual: Any, ranked: Any) -> float:
    """Return the precision over all thresholds, each weighed by the recall that it adds."""
    import numpy as np

    positives = np.bincount(ranked, actual)[::-1]
    hits, said = np.cumsum(positives), np.cumsum(np.bincount(ranked)[::-1])
    return ratio((positives * hits / said).sum(), positives.sum())


def log_losses(chance: Any) -> Any:
    """Return the log-loss of each row from the chance of its class; no chance is taken for less than 2.2e-16."""
    import numpy as np

    smallest = np.finfo(float).eps
    return -np.log(np.clip(chance, smallest, 1 - smallest))


def mean(values: Any) -> float:
    """Return the mean of some numbers."""
    found = list(values)
    return float(sum(found) / len(found))


def ratio(part: Any, whole: Any) -> float:
    """Return a part of a whole; nothing of nothing is 0."""
    return float(part / whole) if whole else 0.0
