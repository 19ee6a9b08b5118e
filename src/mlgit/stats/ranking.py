"""The area under the ROC curve of one model and its difference between two, by DeLong's method, in O(n log n).

Every item has a placement: for a positive the share of negatives scored below it, for a negative the share of
positives scored above it, ties counting a half (midranks). The area is the mean placement, and what the placements of a
model's items, or of two models', differ by gives its interval (`linear`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import Booleans, Floats, Integers, both_classes, finite_vector, same_length
from mlgit.stats.linear import Linear, rarest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Both areas, in [0, 1], and what each item moves them by, shape (2, n).

    `smaller` is the size of the smaller class, `rarest` in how many units it is and how many items those hold each. One
    unseen item of that class, below all of the other or above them, is what `linear` adds: near 1 and with few positives
    DeLong's interval alone let a model that is exactly at the bound pass in up to 9 % where 0.16 % were asked for.
    """

    base: float
    head: float
    influences: Floats
    smaller: int
    rarest: tuple[int, float]
    groups: Integers | None = None

    @property
    def difference(self) -> Linear:
        """The head's area minus the base's, in [-1, 1]; positive favours the head."""
        moved = self.influences[1] - self.influences[0]
        return self._linear(self.head - self.base, moved, (1.0, 1.0), -1.0)

    def side(self, name: str) -> Linear:
        """Return the area of one side, "base" or "head"."""
        area, moved = (self.base, self.influences[0]) if name == "base" else (self.head, self.influences[1])
        return self._linear(area, moved, (area, 1.0 - area), 0.0)

    def _linear(self, estimate: float, moved: Floats, way: tuple[float, float], lowest: float) -> Linear:
        units, held = self.rarest
        return Linear(
            estimate=estimate,
            influence=moved,
            smallest=units,
            held=held,
            fall=way[0] / self.smaller,
            rise=way[1] / self.smaller,
            lowest=lowest,
            highest=1.0,
            groups=self.groups,
            method="DeLong, corrected",
        )


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
    """Return both areas under the ROC curve with what each item moves them by, for the same items.

    Arrays of shape (n,), with one item of each class at least. With `groups` (integer codes of shape (n,), 0..g-1) the
    placements are summed by group (Obuchowski), for items that hang together. Sources: E. R. DeLong, D. M. DeLong,
    D. L. Clarke-Pearson, Biometrics 1988;44:837; X. Sun, W. Xu, IEEE Signal Process Lett 2014;21:1389; N. A.
    Obuchowski, Biometrics 1997;53:567.
    """
    positive, base = _inputs(labels, base_scores)
    head = finite_vector("head_scores", head_scores)
    same_length(labels=positive, head_scores=head)
    codes = None if groups is None else np.asarray(groups, dtype=np.intp)
    placed = np.stack([placements(positive, base), placements(positive, head)])
    areas = placed[:, positive].mean(axis=1)
    sizes = np.where(positive, positive.sum(), (~positive).sum())
    return Areas(
        base=float(areas[0]),
        head=float(areas[1]),
        influences=(placed - areas[:, None]) / sizes,
        smaller=int(sizes.min()),
        rarest=rarest((positive, ~positive), codes),
        groups=codes,
    )


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
