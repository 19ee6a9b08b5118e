"""The estimators of what is made of scores: areas of a ranking, average precision, and losses of a probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.estimates import Estimates, estimates_of, loss_estimates
from mlgit.stats.influence import area_of_each_class, average_precision
from mlgit.stats.losses import (
    brier_losses,
    class_brier_losses,
    class_log_losses,
    greatest,
    log_losses,
    worst_class_losses,
    worst_score_losses,
)
from mlgit.stats.options import Options, both_scores, class_scores, positive_labels
from mlgit.stats.ranking import compare_areas

if TYPE_CHECKING:
    from mlgit.stats.arrays import Booleans, Floats
    from mlgit.stats.evidence import Evidence


def roc_areas(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the area under the ROC curve."""
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    areas = compare_areas(positive, base, head, evidence.group_codes)
    changed = int(np.count_nonzero(base != head))
    return estimates_of(areas.side("base"), areas.side("head"), areas.difference, changed)


def average_precisions(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the average precision."""
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    first, second = (average_precision(positive, side, evidence.group_codes) for side in (base, head))
    changed = int(np.count_nonzero(base != head))
    return estimates_of(first.alone(), second.alone(), second.minus(first), changed)


def roc_areas_of_classes(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the mean area of each class against all others."""
    del seed, options
    codes, base, head = class_scores(evidence)
    first, second = (area_of_each_class(codes, side, evidence.group_codes) for side in (base, head))
    return estimates_of(first.alone(), second.alone(), second.minus(first), changed_rows(base, head))


def log_loss_estimates(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the log loss, of two classes or more."""
    if len(evidence.base_class_scores) < 3:
        return score_loss_estimates(evidence, seed, options, loss=log_losses)
    codes, base, head = class_scores(evidence)
    losses = class_log_losses(codes, base), class_log_losses(codes, head)
    groups = evidence.group_codes
    worst = greatest(worst_class_losses(base), groups), greatest(worst_class_losses(head), groups)
    return loss_estimates(losses, worst, groups, changed_rows(base, head))


def brier_estimates(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the Brier score, of two classes or more."""
    if len(evidence.base_class_scores) < 3:
        return score_loss_estimates(evidence, seed, options, loss=brier_losses)
    codes, base, head = class_scores(evidence)
    losses = class_brier_losses(codes, base), class_brier_losses(codes, head)
    return loss_estimates(losses, (2.0, 2.0), evidence.group_codes, changed_rows(base, head))


def score_loss_estimates(
    evidence: Evidence, seed: int, options: Options, *, loss: Callable[[Booleans, Floats], Floats]
) -> Estimates:
    """Return the estimates of the mean of a loss of the score of the positive class."""
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    losses = loss(positive, base), loss(positive, head)
    groups = evidence.group_codes
    ours, theirs = (greatest(worst_score_losses(loss, positive, side), groups) for side in (base, head))
    return loss_estimates(losses, (ours, theirs), groups, int(np.count_nonzero(base != head)))


def changed_rows(base: Floats, head: Floats) -> int:
    """Return how many items have another score of any class."""
    return int(np.count_nonzero((base != head).any(axis=1)))
