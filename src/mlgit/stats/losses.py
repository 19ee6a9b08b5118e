"""Losses of single items, and how large one could be that was never seen.

Every loss is >= 0 and better lower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import finite_vector, probabilities, same_length, two_classes
from mlgit.stats.errors import OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Booleans, Floats, Integers

SUM_TOLERANCE = 1e-3


def log_losses(labels: ArrayLike, scores: ArrayLike) -> Floats:
    """Return -log of the probability given to what happened, shape (n,), in nats.

    `labels` hold 0 and 1, `scores` the probability of 1, both of shape (n,). A score within one rounding unit of
    0 or 1 is moved there (2.2e-16), so a certain error costs 36, not infinity.
    """
    positive, score = two_classes("labels", labels), probabilities("scores", scores)
    same_length(labels=positive, scores=score)
    tiny = float(np.finfo(np.float64).eps)
    likelihood: Floats = np.clip(np.where(positive, score, 1.0 - score), tiny, 1.0)
    return -np.log(likelihood)


def class_log_losses(codes: Integers, scores: Floats) -> Floats:
    """Return -log of the probability given to the class that it is, shape (n,), in nats.

    `codes` of shape (n,) are the labels as places among the classes, `scores` of shape (n, classes) lie in 0 to 1
    (`OutOfRangeError`), and those of an item add up to 1, give or take 1 in 1,000 (`OutOfRangeError`): a model that gives every
    class a 1 is not right. Clipped as in `log_losses`.
    """
    refuse_no_distribution(scores)
    tiny = float(np.finfo(np.float64).eps)
    return -np.log(np.clip(scores[np.arange(len(codes)), codes], tiny, 1.0))


def class_brier_losses(codes: Integers, scores: Floats) -> Floats:
    """Return the sum over classes of (score - whether it is that one)^2, shape (n,), in [0, 2]; as `class_log_losses`."""
    refuse_no_distribution(scores)
    true = np.zeros_like(scores)
    true[np.arange(len(codes)), codes] = 1.0
    found: Floats = ((scores - true) ** 2).sum(axis=1)
    return found


def refuse_no_distribution(scores: Floats) -> None:
    """Raise `OutOfRangeError` for scores of shape (n, classes) that are no probabilities which add up to 1."""
    if (scores < 0.0).any() or (scores > 1.0).any():
        raise OutOfRangeError("a score of a class lies outside 0 to 1")
    sums = scores.sum(axis=1)
    off = np.abs(sums - 1.0) > SUM_TOLERANCE
    if off.any():
        place = int(np.argmax(off))
        raise OutOfRangeError(f"the scores of position {place} add up to {sums[place]:.4g}, not to 1")


def brier_losses(labels: ArrayLike, scores: ArrayLike) -> Floats:
    """Return (score - label)^2, shape (n,), in [0, 1]; arguments as `log_losses` (G. W. Brier, 1950)."""
    positive, score = two_classes("labels", labels), probabilities("scores", scores)
    same_length(labels=positive, scores=score)
    return (score - positive) ** 2


def absolute_errors(truth: ArrayLike, predicted: ArrayLike) -> Floats:
    """Return |predicted - truth|, shape (n,), in the unit of the truth."""
    return np.abs(_residuals(truth, predicted))


def squared_errors(truth: ArrayLike, predicted: ArrayLike) -> Floats:
    """Return (predicted - truth)^2, shape (n,), in the squared unit of the truth."""
    return _residuals(truth, predicted) ** 2


def pinball_losses(truth: ArrayLike, predicted: ArrayLike, quantile: float) -> Floats:
    """Return the loss of a predicted `quantile` in (0, 1), shape (n,), in the unit of the truth.

    quantile * (truth - predicted) where the truth is above, (1 - quantile) * (predicted - truth) where it is
    below (R. Koenker, G. Bassett, Econometrica 1978;46:33). Raises `OutOfRangeError`.
    """
    if not 0.0 < quantile < 1.0:
        raise OutOfRangeError(f"a quantile lies between 0 and 1, not at {quantile}")
    residual = _residuals(truth, predicted)
    return np.where(residual < 0.0, -quantile * residual, (1.0 - quantile) * residual)


def worst_score_losses(
    loss: Callable[[Booleans, Floats], Floats], labels: Booleans, scores: Floats
) -> Floats:
    """Return the larger loss that either label would have brought on each item, shape (n,).

    A model that is sure of itself has not been wrong yet among few items; its own scores say how dear that would be.
    """
    return np.maximum(loss(labels, scores), loss(~labels, scores))


def worst_class_losses(scores: Floats) -> Floats:
    """Return the largest log-loss that any class would have brought on each item, shape (n,), from scores (n, classes)."""
    found: Floats = -np.log(np.clip(scores.min(axis=1), np.finfo(np.float64).eps, 1.0))
    return found


def worst_number_loss(
    loss: Callable[[Floats, Floats], Floats],
    truth: Floats,
    base: Floats,
    head: Floats,
    groups: Integers | None = None,
) -> float:
    """Return the mean loss of a unit that was never seen, an item or a group: as in the worst one, with every error doubled.

    At least that of half of what the truth spans on every item of it: the error of a model that knows no better than the middle.
    """
    errors = (
        2.0 * np.abs(base - truth),
        2.0 * np.abs(head - truth),
        np.full(len(truth), float(np.ptp(truth)) / 2.0),
    )
    nothing = np.zeros(len(truth))
    return max(greatest(np.maximum(loss(nothing, one), loss(nothing, -one)), groups) for one in errors)


def greatest(losses: Floats, groups: Integers | None = None) -> float:
    """Return the largest loss of an item, or the largest mean loss of the items of a group; `groups` are integer codes (n,)."""
    if groups is None:
        return float(losses.max())
    return float((np.bincount(groups, weights=losses) / np.bincount(groups)).max())


def _residuals(truth: ArrayLike, predicted: ArrayLike) -> Floats:
    y, guess = finite_vector("truth", truth), finite_vector("predicted", predicted)
    same_length(truth=y, predicted=guess)
    return guess - y
