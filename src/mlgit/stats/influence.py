"""Metrics of a whole ranking by the infinitesimal jackknife: average precision, and the area of each class against the rest.

Every item has an influence: how much the metric moves for a small weight more on it. The influences add up to 0, and the sum
of their squares estimates the variance; of two models on the same items, the differences of the influences give that of
the difference, so the pairing is kept. One sort a model, no resampling. Sources: L. A. Jaeckel, Bell Labs memorandum
MM-72-1215-11 (1972); B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans (SIAM, 1982), chapter 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import both_classes, finite_vector, same_length
from mlgit.stats.distributions import t_cdf, t_quantile
from mlgit.stats.errors import OneClassError, TooFewItemsError
from mlgit.stats.interval import Interval, check_level
from mlgit.stats.ranking import placements

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A value with the influence of each item on it, shape (n,), and the size of the smallest class that it rests on.

    `lowest` and `highest` bound the value; `groups` are integer codes of shape (n,) for items that hang together.
    """

    estimate: float
    influence: Floats
    smallest: int
    lowest: float
    highest: float
    groups: Integers | None = None

    @property
    def units(self) -> int:
        """How many independent units there are of the scarcest kind: items of the smallest class, or groups if fewer."""
        if self.groups is None:
            return self.smallest
        return min(self.smallest, len(np.unique(self.groups)))

    @property
    def error(self) -> float:
        """The standard error, between groups where there are any; 0 where no item has an influence."""
        sums = self.influence if self.groups is None else np.bincount(self.groups, weights=self.influence)
        count = len(self.influence) if self.groups is None else len(np.unique(self.groups))
        if self.units < 2:
            raise TooFewItemsError(
                "an interval for a ranking needs two items or groups of each class at least"
            )
        correction = count / (count - 1) * self.units / (self.units - 1)
        return math.sqrt(float((sums**2).sum()) * correction)

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval by Student's t with as many degrees of freedom as the smallest class has, less one.

        A value of one model in (0, 1) is taken on the logit scale, which keeps its ends inside (K. Boyd, K. H. Eng,
        C. D. Page, ECML PKDD 2013). Without any spread the ends are those of "nothing seen in k trials". Raises
        `TooFewItemsError` below two items or groups of a class.
        """
        error, nothing = self.error, 1.0 - float(((1.0 - check_level(level)) / 2.0) ** (1.0 / self.units))
        reach = t_quantile(0.5 + level / 2.0, self.units - 1) * error
        method = "infinitesimal jackknife" if self.groups is None else "infinitesimal jackknife, by group"
        if error == 0.0 or (self.lowest == 0.0 and not 0.0 < self.estimate < 1.0):
            low, high, method = self.estimate - nothing, self.estimate + nothing, "nothing seen"
        elif self.lowest == 0.0:
            logit = math.log(self.estimate / (1.0 - self.estimate))
            width = reach / (self.estimate * (1.0 - self.estimate))
            low, high = (
                1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, end))))
                for end in (logit - width, logit + width)
            )
        else:
            low, high = self.estimate - reach, self.estimate + reach
        return Interval(
            estimate=self.estimate,
            low=max(low, self.lowest),
            high=min(high, self.highest),
            level=level,
            method=method,
            items=len(self.influence),
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0, in [0, 1]; 1 for two models that rank alike."""
        error = self.error
        if error == 0.0:
            return 1.0 if self.estimate == 0.0 else 0.0
        return min(1.0, 2.0 * t_cdf(-abs(self.estimate) / error, self.units - 1))

    def minus(self, other: Influence) -> Influence:
        """Return this value less another one of the same items."""
        return Influence(
            estimate=self.estimate - other.estimate,
            influence=self.influence - other.influence,
            smallest=self.smallest,
            lowest=-1.0,
            highest=1.0,
            groups=self.groups,
        )


def average_precision(labels: ArrayLike, scores: ArrayLike, groups: Integers | None = None) -> Influence:
    """Return the mean precision at the score of each positive, in (0, 1], higher is better, the share of positives is chance.

    `labels` of shape (n,) hold 0 and 1 with one of each at least (`OneClassError`); `scores` of shape (n,) are finite
    (`NotFiniteError`), larger for positives. Equal scores are one threshold. Without interpolation, as M. Zhu,
    Recall, precision and average precision, University of Waterloo (2004), and scikit-learn have it.
    """
    positive, values = both_classes("labels", labels), finite_vector("scores", scores)
    same_length(labels=positive, scores=values)
    order = np.argsort(-values, kind="stable")
    ranked, is_positive = values[order], positive[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    hits = np.cumsum(is_positive)[last].astype(np.float64)
    taken = (last + 1).astype(np.float64)
    at = np.repeat(np.arange(len(last)), np.diff(np.append(-1, last)))
    precision = hits / taken
    count = float(hits[-1])
    found = np.diff(np.append(0.0, hits))
    value = float((found * precision).sum() / count)
    # A positive more raises the precision of its own threshold and of every lower one; a negative lowers it.
    rise, fall = (np.cumsum((found * part / taken**2)[::-1])[::-1][at] for part in (taken - hits, hits))
    moved = np.where(is_positive, precision[at] - value + rise, -fall) / count
    influence = np.empty(len(ranked))
    influence[order] = moved
    smallest = min(int(count), len(ranked) - int(count))
    return Influence(
        estimate=value, influence=influence, smallest=smallest, lowest=0.0, highest=1.0, groups=groups
    )


def area_of_each_class(codes: Integers, scores: Floats, groups: Integers | None = None) -> Influence:
    """Return the mean over classes of the area under the ROC curve of a class against the rest, in [0, 1], 0.5 is chance.

    `codes` of shape (n,) are the labels as places among the classes, `scores` of shape (n, classes) those of each class,
    finite. Every class has to occur (`OneClassError`). The mean counts each class alike: F. Provost, P. Domingos,
    CeDER working paper IS-00-04 (2000), without its weights; the influences are DeLong's placements (`ranking`).
    """
    sizes = np.bincount(codes, minlength=scores.shape[1])
    if (sizes == 0).any():
        raise OneClassError("the area of each class needs items of every class")
    value, influence = 0.0, np.zeros(len(codes))
    for number, size in enumerate(sizes.tolist()):
        positive = codes == number
        placed = placements(positive, scores[:, number])
        area = float(placed[positive].mean())
        value += area / len(sizes)
        weight = np.where(positive, size, len(codes) - size)
        influence += (placed - area) / weight / len(sizes)
    return Influence(
        estimate=value,
        influence=influence,
        smallest=int(sizes.min()),
        lowest=0.0,
        highest=1.0,
        groups=groups,
    )
