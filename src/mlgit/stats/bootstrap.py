"""The bootstrap of two classifiers' joint confusion cells.

A metric of two confusion matrices depends on the items only through how many fall in each cell (truth, base's
prediction, head's prediction). Resampling n rows with replacement gives these counts a multinomial distribution, so one
draws the counts themselves: the same distribution, without touching a row. Only the cells that were seen are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import class_codes, same_length
from mlgit.stats.confusion import ConfusionMetric, Margins, evaluate
from mlgit.stats.draws import RESAMPLES, ComparedDraws, check_resamples, compare_draws
from mlgit.stats.errors import OutOfRangeError
from mlgit.stats.sums import BLOCKS, group_sums, resample_sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers

LARGEST_MULTINOMIAL = 64
"""With more distinct cells than this the items are resampled by blocks (`sums`), which is quicker then."""
_LARGEST_TABLE = 1 << 20
_CHUNK = 1 << 21


@dataclass(frozen=True, kw_only=True)
class JointCells:
    """The distinct cells that were seen: four arrays of shape (cells,), and the number of classes and items.

    `weights` are the counts, with the weights of unseen cells where `with_unseen` added some.
    """

    classes: int
    n: int
    truth: Integers
    base: Integers
    head: Integers
    weights: Floats

    @property
    def changed(self) -> int:
        """The number of items that base and head predict differently."""
        return int(self.weights[self.base != self.head].sum())


def count_cells(truth: ArrayLike, base: ArrayLike, head: ArrayLike, classes: int) -> JointCells:
    """Count the joint cells of integer codes of shape (n,), all in 0..classes-1.

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
    if classes**3 <= _LARGEST_TABLE:
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
    )


def with_unseen(cells: JointCells, each: float = 1.0) -> JointCells:
    """Add, to either side, the weight of `each` items that only that side gets right.

    Resampling can only repeat what was seen: with hardly any disagreement among few items it would claim
    certainty. One more item on each side, spread over the classes as the truth is and wrong by the likeliest
    wrong class, cures that and is lost among many. After A. Agresti, Y. Min, Stat Med 2005;24:729.
    """
    if each <= 0.0:
        return cells
    shares = np.bincount(cells.truth, weights=cells.weights, minlength=cells.classes)
    present = np.flatnonzero(shares)
    wrong = _likeliest_error(cells)[present]
    weight = each * shares[present] / shares.sum()
    return replace(
        cells,
        truth=np.concatenate([cells.truth, present, present]),
        base=np.concatenate([cells.base, present, wrong]),
        head=np.concatenate([cells.head, wrong, present]),
        weights=np.concatenate([cells.weights, weight, weight]),
    )


def compare_confusion(
    metric: ConfusionMetric, cells: JointCells, *, resamples: int = RESAMPLES, seed: int, unseen: float = 0.0
) -> ComparedDraws:
    """Return base, head and difference of a confusion metric with their resamples, from joint cells.

    `unseen` is the weight `with_unseen` adds to each side before drawing; the estimates never contain it.
    Resamples on which the metric has no value are NaN (see `Draws`). Ranges and directions: `confusion`.
    Source: B. Efron, Ann Stat 1979;7:1.
    """
    check_resamples(resamples)
    seen = _sides(cells, cells.weights[:, None])
    estimates = tuple(float(evaluate(metric, side)[0]) for side in seen)
    drawn = with_unseen(cells, unseen)
    step = max(1, _CHUNK // len(drawn.weights))
    random = np.random.default_rng(seed)
    shares = drawn.weights / drawn.weights.sum()
    values = np.empty((2, resamples))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        counts = random.multinomial(drawn.n, shares, size=rows).T.astype(np.float64)
        for side, margins in enumerate(_sides(drawn, counts)):
            values[side, start : start + rows] = evaluate(metric, margins)
    return compare_draws(
        (estimates[0], estimates[1]),
        (values[0], values[1]),
        bounds=metric_bounds(metric.name),
        n=cells.n,
        method="bootstrap of cells",
    )


def compare_confusion_units(
    metric: ConfusionMetric,
    codes: tuple[Integers, Integers, Integers],
    classes: int,
    groups: Integers | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int,
) -> ComparedDraws:
    """Return what `compare_confusion` does by resampling units: groups of items, or blocks of items.

    `codes` are truth, base and head of shape (n,), `groups` integer codes of shape (n,) or None for single
    items. For many classes this is quicker than the cells, and with groups it is the only right way.
    """
    truth, base, head = codes
    owners = _owners(np.arange(len(truth)) if groups is None else groups, seed)
    parts = (
        truth,
        base,
        head,
        np.where(base == truth, truth, classes),
        np.where(head == truth, truth, classes),
    )
    units = np.concatenate([_tally(owners, part, classes) for part in parts], axis=1)
    drawn = resample_sums(units, resamples=resamples, seed=seed)
    estimates = _unit_values(metric, units.sum(axis=0)[None, :], classes)
    values = _unit_values(metric, drawn, classes)
    return compare_draws(
        (float(estimates[0][0]), float(estimates[1][0])),
        values,
        bounds=metric_bounds(metric.name),
        n=len(truth),
        method="bootstrap of blocks" if groups is None else "bootstrap by group",
    )


def metric_bounds(name: str) -> tuple[float, float]:
    """Return the least and the largest value a confusion metric can take."""
    return (-1.0, 1.0) if name in ("mcc", "kappa") else (0.0, 1.0)


def _owners(groups: Integers, seed: int) -> Integers:
    owners = np.unique(groups, return_inverse=True)[1]
    units = int(owners.max()) + 1
    if units > BLOCKS:
        # As in `resample_sums`, but before a table of units by classes would grow large.
        owners = (np.random.default_rng(seed).permutation(units) % BLOCKS)[owners]
    return owners


def _likeliest_error(cells: JointCells) -> Integers:
    predicted = np.bincount(cells.base, weights=cells.weights, minlength=cells.classes)
    predicted += np.bincount(cells.head, weights=cells.weights, minlength=cells.classes)
    first, second = np.argsort(-predicted, kind="stable")[:2]
    wrong: Integers = np.where(np.arange(cells.classes) == first, second, first)
    return wrong


def _sides(cells: JointCells, counts: Floats) -> tuple[Margins, Margins]:
    truth = _by_class(cells.truth, counts, cells.classes)
    sides = []
    for predicted in (cells.base, cells.head):
        right = predicted == cells.truth
        hits = _by_class(cells.truth[right], counts[right], cells.classes)
        columns = _by_class(predicted, counts, cells.classes)
        sides.append(Margins(hits=hits, truth=truth, predicted=columns))
    return sides[0], sides[1]


def _by_class(codes: Integers, counts: Floats, classes: int) -> Floats:
    totals = np.zeros((classes, counts.shape[1]))
    if len(codes):
        totals[np.unique(codes)] = group_sums(counts, codes)
    return totals.T


def _tally(owners: Integers, codes: Integers, classes: int) -> Floats:
    # One column more than classes collects what is no hit; it is cut off again.
    width = classes + 1
    table = np.bincount(owners * width + codes, minlength=(int(owners.max()) + 1) * width)
    return table.reshape(-1, width)[:, :classes].astype(np.float64)


def _unit_values(metric: ConfusionMetric, sums: Floats, classes: int) -> tuple[Floats, Floats]:
    truth, base, head, base_hits, head_hits = (sums[:, i * classes : (i + 1) * classes] for i in range(5))
    return (
        evaluate(metric, Margins(hits=base_hits, truth=truth, predicted=base)),
        evaluate(metric, Margins(hits=head_hits, truth=truth, predicted=head)),
    )
