"""The area under the ROC curve of one model and its difference between two, by DeLong's method, in O(n log n).

Every item has a placement: for a positive the share of negatives scored below it, for a negative the share of
positives scored above it, ties counting a half (midranks). The area is the mean placement, and the placements'
covariances give its standard error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import Booleans, Floats, Integers, both_classes, finite_vector, same_length
from mlgit.stats.distributions import normal_cdf, normal_quantile, t_cdf, t_quantile
from mlgit.stats.errors import TooFewItemsError
from mlgit.stats.interval import Interval, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Both areas with the standard errors of each and of their difference (head minus base)."""

    base: float
    head: float
    base_error: float
    head_error: float
    difference_error: float
    positives: int
    negatives: int
    groups: int | None = None

    @property
    def difference(self) -> float:
        """The head's area minus the base's, in [-1, 1]; positive favours the head."""
        return self.head - self.base

    @property
    def p_value(self) -> float:
        """The two-sided p-value of equal areas, in [0, 1]; 1 when both rank every item alike."""
        if self.difference == 0.0:
            return 1.0
        if self.difference_error == 0.0:
            return 0.0
        z = -abs(self.difference) / self.difference_error
        return 2.0 * (normal_cdf(z) if self.groups is None else t_cdf(z, self.groups - 1))


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the ROC curve, in [0, 1], higher is better, 0.5 is chance.

    `labels` of shape (n,) hold 0 and 1 with at least one of each (`OneClassError`); `scores` of shape (n,) are
    finite (`NotFiniteError`), larger for positives. It is the probability that a positive outscores a negative.
    """
    positive, values = _inputs(labels, scores)
    return float(placements(positive, values)[positive].mean())


def compare_areas(
    labels: ArrayLike, base_scores: ArrayLike, head_scores: ArrayLike, groups: ArrayLike | None = None
) -> Areas:
    """Return both areas under the ROC curve with DeLong's standard errors for the same items.

    Arrays of shape (n,); at least two positives and two negatives (`TooFewItemsError`). With `groups` (integer
    codes of shape (n,), 0..g-1, at least two) the placements are summed by group first (Obuchowski), for items
    that hang together. Sources: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 1988;44:837;
    X. Sun, W. Xu, IEEE Signal Process Lett 2014;21:1389; N. A. Obuchowski, Biometrics 1997;53:567.
    """
    positive, base = _inputs(labels, base_scores)
    head = finite_vector("head_scores", head_scores)
    same_length(labels=positive, head_scores=head)
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if min(positives, negatives) < 2:
        raise TooFewItemsError("an interval for the area needs two positives and two negatives at least")
    placed = np.stack([placements(positive, base), placements(positive, head)])
    areas = placed[:, positive].mean(axis=1)
    codes = None if groups is None else np.asarray(groups, dtype=np.intp)
    centred = placed - areas[:, None]
    errors = [_standard_error(row, positive, codes) for row in (*centred, centred[1] - centred[0])]
    return Areas(
        base=float(areas[0]),
        head=float(areas[1]),
        base_error=errors[0],
        head_error=errors[1],
        difference_error=errors[2],
        positives=positives,
        negatives=negatives,
        groups=None if codes is None else len(np.unique(codes)),
    )


def difference_interval(areas: Areas, level: float = 0.95) -> Interval:
    """Return the interval for AUC(head) - AUC(base), in [-1, 1].

    Where not one placement differs, DeLong's method has no spread and would claim certainty; there the ends are
    those of "nothing seen in k trials", k the size of the smaller class (of the groups, if fewer).
    """
    if areas.difference_error == 0.0:
        reach = _nothing_seen(areas, level)
        low, high = areas.difference - reach, areas.difference + reach
        return _interval(areas, areas.difference, low, high, level, "nothing seen", floor=-1.0)
    reach = _quantile(areas, level) * areas.difference_error
    low, high = areas.difference - reach, areas.difference + reach
    return _interval(areas, areas.difference, low, high, level, "DeLong", floor=-1.0)


def area_interval(areas: Areas, side: str, level: float = 0.95) -> Interval:
    """Return the interval for the area of one `side` ("base" or "head"), in [0, 1], on the logit scale.

    The logit keeps the ends inside (0, 1) and their coverage near the nominal one for areas close to 1.
    An area without spread (0 or 1) gets the ends of "nothing seen", as in `difference_interval`.
    """
    area, error = (areas.base, areas.base_error) if side == "base" else (areas.head, areas.head_error)
    if error == 0.0 or not 0.0 < area < 1.0:
        reach = _nothing_seen(areas, level)
        return _interval(areas, area, area - reach, area + reach, level, "nothing seen", floor=0.0)
    logit = math.log(area / (1.0 - area))
    reach = _quantile(areas, level) * error / (area * (1.0 - area))
    low, high = (1.0 / (1.0 + math.exp(-end)) for end in (logit - reach, logit + reach))
    return _interval(areas, area, low, high, level, "DeLong, logit", floor=0.0)


def _interval(
    areas: Areas, estimate: float, low: float, high: float, level: float, method: str, *, floor: float
) -> Interval:
    if areas.groups is not None:
        method += ", by group"
    return Interval(
        estimate=estimate,
        low=max(low, floor),
        high=min(high, 1.0),
        level=level,
        method=method,
        items=areas.positives + areas.negatives,
    )


def _quantile(areas: Areas, level: float) -> float:
    upper = 0.5 + check_level(level) / 2.0
    return normal_quantile(upper) if areas.groups is None else t_quantile(upper, areas.groups - 1)


def _nothing_seen(areas: Areas, level: float) -> float:
    trials = min(areas.positives, areas.negatives)
    if areas.groups is not None:
        trials = min(trials, areas.groups)
    return 1.0 - float(((1.0 - check_level(level)) / 2.0) ** (1.0 / trials))


def _inputs(labels: ArrayLike, scores: ArrayLike) -> tuple[Booleans, Floats]:
    positive, values = both_classes("labels", labels), finite_vector("scores", scores)
    same_length(labels=positive, scores=values)
    return positive, values


def placements(positive: Booleans, scores: Floats) -> Floats:
    """Return the placement of each item, shape (n,): of a positive the share of negatives below it, of a negative that of positives above."""
    order = np.argsort(scores)
    ranked, is_positive = scores[order], positive[order]
    tie = np.concatenate(([0], np.cumsum(ranked[1:] != ranked[:-1])))
    positives_placed = _share_below(tie, is_positive)
    negatives_placed = _share_below(tie, ~is_positive)
    placed = np.empty(len(scores))
    placed[order] = np.where(is_positive, negatives_placed, 1.0 - positives_placed)
    return placed


def _share_below(tie: Integers, member: Booleans) -> Floats:
    inside = np.bincount(tie, weights=member)
    share: Floats = (np.cumsum(inside) - inside / 2.0) / inside.sum()
    return share[tie]


def _standard_error(centred: Floats, positive: Booleans, groups: Integers | None) -> float:
    m = int(positive.sum())
    n = len(positive) - m
    if groups is None:
        square = (centred[positive] ** 2).sum() / (m * (m - 1)) + (centred[~positive] ** 2).sum() / (
            n * (n - 1)
        )
        return math.sqrt(float(square))
    influence = np.where(positive, centred / m, centred / n)
    sums = np.bincount(groups, weights=influence)
    count = len(np.unique(groups))
    if count < 2:
        raise TooFewItemsError("an interval by group needs two groups at least")
    return math.sqrt(float((sums**2).sum()) * count / (count - 1))
