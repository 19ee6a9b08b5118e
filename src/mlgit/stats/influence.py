"""The influence of each item on a ranking: average precision, and the area of each class against the rest.

One sort a model, no resampling; what becomes of the influences is in `linear`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import both_classes, finite_vector, same_length
from mlgit.stats.errors import OneClassError
from mlgit.stats.linear import Linear, rarest
from mlgit.stats.ranking import placements

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers

METHOD = "infinitesimal jackknife"


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A value in [0, 1] with the influence of each item on it, shape (n,), and how far one unseen item would move it."""

    estimate: float
    influence: Floats
    fall: float
    rise: float
    rarest: tuple[int, float]
    groups: Integers | None = None

    def alone(self) -> Linear:
        """Return the value of one model."""
        return self._linear(self.estimate, self.influence, self.fall, self.rise, 0.0)

    def minus(self, other: Influence) -> Linear:
        """Return this value less another one of the same items."""
        return self._linear(
            self.estimate - other.estimate,
            self.influence - other.influence,
            self.fall + other.rise,
            self.rise + other.fall,
            -1.0,
        )

    def _linear(self, estimate: float, influence: Floats, fall: float, rise: float, lowest: float) -> Linear:
        units, held = self.rarest
        return Linear(
            estimate=estimate,
            influence=influence,
            smallest=units,
            held=held,
            fall=fall,
            rise=rise,
            lowest=lowest,
            highest=1.0,
            groups=self.groups,
            method=METHOD,
        )


def average_precision(labels: ArrayLike, scores: ArrayLike, groups: Integers | None = None) -> Influence:
    """Return the mean precision at the score of each positive, in (0, 1], higher is better, the share of positives is chance.

    `labels` of shape (n,) hold 0 and 1 with one of each at least (`OneClassError`); `scores` of shape (n,) are finite
    (`NotFiniteError`), larger for positives. Equal scores are one threshold. Without interpolation, as M. Zhu,
    Recall, precision and average precision, University of Waterloo (2004), and scikit-learn have it. The unseen item is a
    positive below or above all others, or a negative above them.
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
    lost = (count * value + count / len(ranked)) / (count + 1.0)
    intruder = float((found * hits / (taken + 1.0)).sum()) / count
    gained = (float((found * (hits + 1.0) / (taken + 1.0)).sum()) + 1.0) / (count + 1.0)
    return Influence(
        estimate=value,
        influence=influence,
        fall=max(0.0, value - lost, value - intruder),
        rise=max(0.0, gained - value),
        rarest=rarest((positive, ~positive), groups),
        groups=groups,
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
    value, influence, fall, rise = 0.0, np.zeros(len(codes)), 0.0, 0.0
    for number, size in enumerate(sizes.tolist()):
        positive = codes == number
        placed = placements(positive, scores[:, number])
        area = float(placed[positive].mean())
        value += area / len(sizes)
        weight = np.where(positive, size, len(codes) - size)
        influence += (placed - area) / weight / len(sizes)
        smaller = min(size, len(codes) - size)
        fall, rise = (
            max(known, part / smaller / len(sizes)) for known, part in ((fall, area), (rise, 1.0 - area))
        )
    return Influence(
        estimate=value,
        influence=influence,
        fall=fall,
        rise=rise,
        rarest=rarest((codes == number for number in range(len(sizes))), groups),
        groups=groups,
    )
