"""Metrics of two classifiers' joint confusion cells, and what each item moves them by.

A metric of two confusion matrices depends on the items only through how many fall in each cell (truth, base's
prediction, head's prediction). Its interval comes from draws of the cells' shares (`cell_draws`); by group, or with more cells
than `MOST_CELLS`, from each item's influence (`linear`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import class_codes, same_length
from mlgit.stats.confusion import SIGNED, ConfusionMetric, Margins, evaluate
from mlgit.stats.errors import OutOfRangeError, UndefinedMetricError
from mlgit.stats.linear import Linear, rarest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers

MOST_CELLS = 64
_LARGEST_TABLE = 1 << 20
CHUNK = 1 << 21
"""So many numbers are held at once."""
_STEP = 1e-4
"""Of an item: what the weight of a cell is moved by to see what it moves the metric by."""

Kind = tuple[int, int, int]
"""Truth, the base's prediction and the head's."""


@dataclass(frozen=True, kw_only=True)
class JointCells:
    """The distinct cells that were seen: four arrays of shape (cells,), and the number of classes and items."""

    classes: int
    n: int
    truth: Integers
    base: Integers
    head: Integers
    weights: Floats
    of_item: Integers | None = None
    """The place of each item's cell, shape (n,), where it was asked for."""

    @property
    def changed(self) -> int:
        """The number of items that base and head predict differently."""
        return int(self.weights[self.base != self.head].sum())

    def beside(self, kinds: list[Kind]) -> JointCells:
        """Return the cells with others beside them, whose counts are 0."""
        more = np.array(kinds, dtype=np.intp).reshape(-1, 3)
        return JointCells(
            classes=self.classes,
            n=self.n,
            truth=np.concatenate([self.truth, more[:, 0]]),
            base=np.concatenate([self.base, more[:, 1]]),
            head=np.concatenate([self.head, more[:, 2]]),
            weights=np.concatenate([self.weights, np.zeros(len(more))]),
        )


def count_cells(
    truth: ArrayLike, base: ArrayLike, head: ArrayLike, classes: int, *, items: bool = False
) -> JointCells:
    """Count the joint cells of integer codes of shape (n,), all in 0..classes-1; with `items` tell the cell of each.

    Raises `UnknownLabelError`, `LengthMismatchError`, `EmptyInputError`; at least two classes are needed
    (`OutOfRangeError`).
    """
    if classes < 2:
        raise OutOfRangeError(f"a classifier needs two classes at least, not {classes}")
    truth, base, head = (
        class_codes(name, values, classes)
        for name, values in (("truth", truth), ("base", base), ("head", head))
    )
    n = same_length(truth=truth, base=base, head=head)
    code = (truth * classes + base) * classes + head
    of_item = None
    if items:
        cells, of_item, counts = np.unique(code, return_inverse=True, return_counts=True)
    elif classes**3 <= _LARGEST_TABLE:
        table = np.bincount(code, minlength=classes**3)
        cells = np.flatnonzero(table)
        counts = table[cells]
    else:
        cells, counts = np.unique(code, return_counts=True)
    return JointCells(
        classes=classes,
        n=n,
        truth=cells // classes**2,
        base=cells // classes % classes,
        head=cells % classes,
        weights=counts.astype(np.float64),
        of_item=of_item,
    )


@dataclass(frozen=True, kw_only=True)
class CellMetric:
    """A confusion metric of one side of joint cells, or its difference; `side` is 0, 1 or None for head minus base."""

    metric: ConfusionMetric
    side: int | None

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value."""
        low, high = -1.0 if self.metric.name in SIGNED else 0.0, 1.0
        return (low - high, high - low) if self.side is None else (low, high)

    def values(self, cells: JointCells, counts: Floats) -> Floats:
        """Return the metric for many counts of the cells, of shape (cells, columns): shape (columns,)."""
        if self.side is not None:
            return evaluate(self.metric, _margins(cells, counts, self.side))
        base, head = (evaluate(self.metric, _margins(cells, counts, side)) for side in (0, 1))
        return head - base

    def value(self, cells: JointCells) -> float:
        """Return the metric of the counts at hand; `UndefinedMetricError` where it has none."""
        found = float(self.values(cells, cells.weights[:, None])[0])
        if np.isnan(found):
            raise UndefinedMetricError(f"the metric has no value on these {cells.n} items")
        return found

    def kinds(self, cells: JointCells) -> list[Kind]:
        """Return the kinds of items that may never have been seen: of each class, told right by one side and not by the other."""
        pairs = [
            (truth, wrong)
            for truth in np.unique(cells.truth).tolist()
            for wrong in range(cells.classes)
            if wrong != truth
        ]
        if self.side is None:
            return [kind for truth, wrong in pairs for kind in ((truth, truth, wrong), (truth, wrong, truth))]
        rights = [(truth, truth, truth) for truth in dict.fromkeys(truth for truth, _ in pairs)]
        return rights + [(truth, wrong, wrong) for truth, wrong in pairs]

    def unseen(self, cells: JointCells) -> tuple[tuple[Kind, float], tuple[Kind, float]]:
        """Return the kind of item that pulls the value down most and the one that lifts it most, each with how far."""
        kinds = self.kinds(cells)
        wider = cells.beside(kinds)
        counts = np.tile(wider.weights[:, None], len(kinds))
        counts[len(cells.weights) + np.arange(len(kinds)), np.arange(len(kinds))] = 1.0
        moved = self.values(wider, counts) - self.value(cells)
        down, up = int(np.nanargmin(moved)), int(np.nanargmax(moved))
        return (kinds[down], max(0.0, -float(moved[down]))), (kinds[up], max(0.0, float(moved[up])))


def linear_metric(metric: CellMetric, cells: JointCells, groups: Integers | None = None) -> Linear:
    """Return a metric by what each item moves it by, from cells that tell the item's (`count_cells`).

    `groups` are integer codes of shape (n,).
    """
    if cells.of_item is None:
        raise OutOfRangeError("the cells do not tell the items")
    (_, fall), (_, rise) = metric.unseen(cells)
    truth = cells.truth[cells.of_item]
    asked = [metric.metric.positive] if metric.metric.average == "binary" else np.unique(truth).tolist()
    units, held = rarest((truth == one for one in asked), groups)
    lowest, highest = metric.bounds
    return Linear(
        estimate=metric.value(cells),
        influence=_influences(metric, cells)[cells.of_item],
        smallest=units,
        held=held,
        fall=fall,
        rise=rise,
        lowest=lowest,
        highest=highest,
        method="influence of cells",
        rare="items of the rarest class" if groups is None else "groups with the rarest class",
        groups=groups,
    )


def _influences(metric: CellMetric, cells: JointCells) -> Floats:
    """Return what an item more of each cell moves the metric by, shape (cells,), without its mean."""
    count = len(cells.weights)
    step, value = max(1, CHUNK // max(count, cells.classes)), metric.value(cells)
    moved = np.empty(count)
    for start in range(0, count, step):
        places = np.arange(start, min(count, start + step))
        counts = np.tile(cells.weights[:, None], len(places))
        counts[places, np.arange(len(places))] += _STEP
        moved[places] = (metric.values(cells, counts) - value) / _STEP
    mean = float((moved * cells.weights).sum() / cells.weights.sum())
    return moved - mean


def _margins(cells: JointCells, counts: Floats, side: int) -> Margins:
    predicted = cells.head if side else cells.base
    right = predicted == cells.truth
    return Margins(
        hits=_by_class(cells.truth[right], counts[right], cells.classes),
        truth=_by_class(cells.truth, counts, cells.classes),
        predicted=_by_class(predicted, counts, cells.classes),
    )


def _by_class(codes: Integers, counts: Floats, classes: int) -> Floats:
    totals = np.zeros((classes, counts.shape[1]))
    for code, row in zip(codes.tolist(), counts, strict=True):
        totals[code] += row
    return totals.T
