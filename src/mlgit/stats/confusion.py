"""Metrics of a classifier that depend only on how often it confuses what with what.

All of them need just three vectors per confusion matrix: the hits (its diagonal), how often each class is the
truth (row sums) and how often it is predicted (column sums). So every function here takes `Margins` whose arrays
have shape (..., classes) and returns values of shape (...): ten thousand resamples cost one numpy expression.

A value that does not exist is NaN: recall without a positive, precision without a positive prediction, balanced
accuracy or MCC with fewer than two classes in the truth, kappa where chance alone agrees fully. Averages over
classes follow what is usual elsewhere: a class that is neither true nor predicted is left out, a class with 0/0
otherwise counts 0. MCC with a constant prediction is 0, its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mlgit.stats.errors import UnknownLabelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgit.stats.arrays import Floats

Average: TypeAlias = Literal["binary", "macro", "micro", "weighted"]
AVERAGES: tuple[Average, ...] = ("binary", "macro", "micro", "weighted")


@dataclass(frozen=True, kw_only=True)
class Margins:
    """What the metrics need of one confusion matrix, or of many: arrays of shape (..., classes), counts >= 0."""

    hits: Floats
    truth: Floats
    predicted: Floats

    @property
    def n(self) -> Floats:
        """The number of items of each matrix, shape (...)."""
        total: Floats = self.truth.sum(axis=-1)
        return total


@dataclass(frozen=True, kw_only=True)
class ConfusionMetric:
    """Which metric is meant: its name in `METRICS`, how classes are averaged, the code of the positive class.

    `average` concerns f1, precision and recall; `positive` only those with `average="binary"`, and specificity.
    """

    name: str
    average: Average = "binary"
    positive: int = 1


def evaluate(metric: ConfusionMetric, margins: Margins) -> Floats:
    """Return the metric asked for, of shape (...), NaN where it has no value; higher is better for all but error_rate.

    Raises `UnknownLabelError` for a metric, an average or a positive class that does not exist.
    """
    if metric.name not in METRICS:
        raise UnknownLabelError(f"{metric.name} is not one of {', '.join(METRICS)}")
    if metric.average not in AVERAGES:
        raise UnknownLabelError(f"an average is one of {', '.join(AVERAGES)}, not {metric.average}")
    if metric.average == "binary" and not 0 <= metric.positive < margins.truth.shape[-1]:
        raise UnknownLabelError(f"there is no class {metric.positive}")
    return METRICS[metric.name](margins, metric)


def accuracy(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the share of items predicted right, in [0, 1]."""
    del metric
    return _ratio(margins.hits.sum(axis=-1), margins.n)


def error_rate(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the share of items predicted wrong, in [0, 1]; lower is better."""
    return 1.0 - accuracy(margins, metric)


def precision(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return hits / predicted, in [0, 1]: how many of the predicted positives are positive."""
    return _averaged(margins, margins.hits, margins.predicted, metric)


def recall(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return hits / truth, in [0, 1]: how many of the positives are found."""
    return _averaged(margins, margins.hits, margins.truth, metric)


def specificity(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the share of the items of all other classes that are not predicted positive, in [0, 1]."""
    hits, truth, predicted = (
        part[..., metric.positive] for part in (margins.hits, margins.truth, margins.predicted)
    )
    return _ratio(margins.n - truth - predicted + hits, margins.n - truth)


def f1(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the harmonic mean of precision and recall, 2 hits / (truth + predicted), in [0, 1]."""
    return _averaged(margins, 2.0 * margins.hits, margins.truth + margins.predicted, metric)


def balanced_accuracy(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the mean recall of the classes that occur in the truth, in [0, 1]; NaN with fewer than two."""
    del metric
    present = margins.truth > 0.0
    rates = np.divide(margins.hits, margins.truth, out=np.zeros_like(margins.hits), where=present)
    count = present.sum(axis=-1)
    return np.where(count >= 2, rates.sum(axis=-1) / np.maximum(count, 1), np.nan)


def mcc(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return the correlation of truth and prediction, in [-1, 1]; 0 for a constant prediction.

    The multiclass form: J. Gorodkin, Comput Biol Chem 2004;28:367; for two classes it is Matthews' (1975).
    """
    del metric
    n, right = margins.n, margins.hits.sum(axis=-1)
    shared = right * n - (margins.truth * margins.predicted).sum(axis=-1)
    truth = n * n - (margins.truth**2).sum(axis=-1)
    predicted = n * n - (margins.predicted**2).sum(axis=-1)
    value = _ratio(shared, np.sqrt(truth) * np.sqrt(predicted))
    return np.where(truth > 0.0, np.where(predicted > 0.0, value, 0.0), np.nan)


def kappa(margins: Margins, metric: ConfusionMetric) -> Floats:
    """Return Cohen's agreement beyond chance, in [-1, 1] (Educ Psychol Meas 1960;20:37)."""
    del metric
    n = margins.n
    chance = _ratio((margins.truth * margins.predicted).sum(axis=-1), n * n)
    observed = _ratio(margins.hits.sum(axis=-1), n)
    return _ratio(observed - chance, 1.0 - chance)


METRICS: Mapping[str, Callable[[Margins, ConfusionMetric], Floats]] = MappingProxyType(
    {
        "accuracy": accuracy,
        "error_rate": error_rate,
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "specificity": specificity,
        "mcc": mcc,
        "balanced_accuracy": balanced_accuracy,
        "kappa": kappa,
    }
)
"""Every metric of confusion cells by its name."""
SIGNED = frozenset({"mcc", "kappa"})
"""Those that go down to -1; all others lie between 0 and 1."""


def _averaged(margins: Margins, top: Floats, bottom: Floats, metric: ConfusionMetric) -> Floats:
    if metric.average == "binary":
        return _ratio(top[..., metric.positive], bottom[..., metric.positive])
    if metric.average == "micro":
        return _ratio(top.sum(axis=-1), bottom.sum(axis=-1))
    present = (margins.truth > 0.0) | (margins.predicted > 0.0)
    weights = margins.truth if metric.average == "weighted" else present.astype(np.float64)
    values = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0)
    return _ratio((weights * values).sum(axis=-1), weights.sum(axis=-1))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    filled = np.full(np.shape(top), np.nan)
    ratio: Floats = np.divide(top, bottom, out=filled, where=bottom != 0.0)
    return ratio
