"""Scores of the user's own: the mean of a column, the ratio of two, and the cost of an answer.

A column holds a number for each item, of either model on the same items. Means and ratios with one denominator are one sum
over another (`ratio`). Two ratios with denominators of their own, such as the cost of a solved task, differ by what each unit
moves them by: the jackknife, whose units are left out one at a time (B. Efron, C. Stein, Ann Stat 1981;9:586), so one
with a large denominator counts as what it does. Quantiles are in `quantiles`.

What an item could hold that was never seen: the ends of the range that the user gives, else as far again from the middle as
anything seen. A column without any difference and without a range tells nothing, and nothing is decided by it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import finite_vector, same_length, unit_of
from mlgit.stats.errors import OutOfRangeError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.estimates import Estimates, estimates_of
from mlgit.stats.linear import Linear
from mlgit.stats.ratio import Ratio, Unit, mean, ratio
from mlgit.stats.reach import enough

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers

Range = tuple[float, float]
Sums = tuple["Floats", "Floats"]
ENDLESS: Range = (-math.inf, math.inf)
SAY_RANGE = "so nothing tells how far another one could be: give the score a range"


def mean_estimates(
    base: ArrayLike,
    head: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    groups: Integers | None = None,
    bounds: Range | None = None,
) -> Estimates:
    """Return the estimates of the mean of a column of shape (n,) of each model, weighted by `weights` >= 0 of shape (n,).

    `bounds` are the least and the greatest value that an item can have. Raises `UndefinedMetricError` for a column in which
    all is alike and that has no bounds.
    """
    ours, theirs = finite_vector("base", base), finite_vector("head", head)
    same_length(base=ours, head=theirs)
    low, high = bounds or far(ours, theirs)
    apart = high - low if bounds else (high - low) / 2.0
    changed = int(np.count_nonzero(ours != theirs))
    within, between = (bounds, (low - high, high - low)) if bounds else (ENDLESS, ENDLESS)
    if weights is None:
        return estimates_of(
            mean(ours, groups, unseen=(low, high), bounds=within),
            mean(theirs, groups, unseen=(low, high), bounds=within),
            mean(theirs - ours, groups, unseen=(-apart, apart), bounds=between),
            changed,
        )
    weighed = not_negative("weight", weights)
    unit = typical(weighed)

    def side(values: Floats, ends: Range, limits: Range) -> Ratio:
        unseen: tuple[Unit, Unit] = ((unit * ends[0], unit), (unit * ends[1], unit))
        return ratio(weighed * values, weighed, groups, unseen=unseen, bounds=limits, uneven=True)

    return estimates_of(
        side(ours, (low, high), within),
        side(theirs, (low, high), within),
        side(theirs - ours, (-apart, apart), between),
        changed,
    )


def ratio_estimates(
    base: tuple[ArrayLike, ArrayLike],
    head: tuple[ArrayLike, ArrayLike],
    *,
    weights: ArrayLike | None = None,
    groups: Integers | None = None,
    bounds: Range | None = None,
) -> Estimates:
    """Return the estimates of the sum of one column over that of another, which is >= 0, of each model.

    Each side is (top, bottom), both of shape (n,). `bounds` are the ends of the ratio of one item. Raises
    `UndefinedMetricError` where a bottom adds up to 0, `TooFewItemsError` where too few items have one above 0.
    """
    ours, theirs = weighed_sums(base, weights), weighed_sums(head, weights)
    changed = int(np.count_nonzero((ours[0] != theirs[0]) | (ours[1] != theirs[1])))
    worst = worst_residual(ours, theirs) if bounds is None else None
    sides = [
        ratio(*one, groups, unseen=unseen_ratio(one, worst, bounds), bounds=bounds or ENDLESS, uneven=True)
        for one in (ours, theirs)
    ]
    if np.array_equal(ours[1], theirs[1]):
        bottom = ours[1]
        unit = typical(bottom)
        reached = (bounds[1] - bounds[0]) * unit if bounds else float(worst or 0.0)
        difference: Ratio | Linear = ratio(
            theirs[0] - ours[0], bottom, groups, unseen=((-reached, unit), (reached, unit)), uneven=True
        )
    else:
        difference = two_ratios(ours, theirs, groups, worst, bounds)
    return estimates_of(sides[0], sides[1], difference, changed)


def cost_estimates(
    truth: ArrayLike,
    base: ArrayLike,
    head: ArrayLike,
    prices: Mapping[str, Mapping[str, float]],
    groups: Integers | None = None,
) -> Estimates:
    """Return the estimates of the mean cost of an answer, by class names of shape (n,); `prices[truth][answer]`.

    A right answer costs nothing unless it has a price. Raises `UndefinedMetricError` for an answer without one.
    """
    named = [value for row in prices.values() for value in row.values()]
    ours, theirs = (costs(truth, side, prices) for side in (base, head))
    return mean_estimates(ours, theirs, groups=groups, bounds=(min(0.0, *named), max(0.0, *named)))


def costs(truth: ArrayLike, answers: ArrayLike, prices: Mapping[str, Mapping[str, float]]) -> Floats:
    """Return the cost of each answer, shape (n,)."""
    pairs = np.stack([np.asarray(truth, dtype=np.str_), np.asarray(answers, dtype=np.str_)], axis=1)
    kinds, places = np.unique(pairs, axis=0, return_inverse=True)
    found = []
    for true, answer in kinds.tolist():
        price = prices.get(true, {}).get(answer, 0.0 if true == answer else None)
        if price is None:
            raise UndefinedMetricError(f"the cost of the answer {answer} where {true} is true is not said")
        found.append(price)
    return np.array(found, dtype=np.float64)[places.reshape(-1)]


def far(*sides: Floats) -> Range:
    """Return how low and how high an unseen value may be: twice as far from the middle as any that was seen."""
    values = np.concatenate(sides)
    middle = float(np.median(values))
    reached = float(np.abs(values - middle).max())
    if reached == 0.0:
        raise UndefinedMetricError(f"every value is {middle:g}, {SAY_RANGE}")
    return middle - 2.0 * reached, middle + 2.0 * reached


def not_negative(name: str, values: ArrayLike) -> Floats:
    """Return values that are all finite and >= 0; `OutOfRangeError` names the first that is not."""
    found = finite_vector(name, values)
    if (found < 0.0).any():
        place = int(np.argmax(found < 0.0))
        raise OutOfRangeError(f"{name} is {found[place]:g} at position {place}, below 0")
    return found


def typical(weights: Floats) -> float:
    """Return the weight of what one unit of weight belongs to: the mean weighted by itself."""
    unit = unit_of(weights)
    scaled = weights / unit
    whole = float(scaled.sum())
    return unit * float((scaled**2).sum()) / whole if whole > 0.0 else 0.0


def weighed_sums(side: tuple[ArrayLike, ArrayLike], weights: ArrayLike | None) -> Sums:
    """Return the top and the bottom of a side, each multiplied by its weight."""
    top, bottom = finite_vector("top", side[0]), not_negative("bottom", side[1])
    same_length(top=top, bottom=bottom)
    if bottom.sum() <= 0.0:
        raise UndefinedMetricError(f"the denominators of these {len(bottom)} items add up to 0")
    if weights is None:
        return top, bottom
    factor = not_negative("weight", weights)
    return top * factor, bottom * factor


def worst_residual(ours: Sums, theirs: Sums) -> float:
    """Return how far the top of an unseen item may be from what its bottom lets expect: twice what was seen."""
    found = max(float(np.abs(a - a.sum() / b.sum() * b).max()) for a, b in (ours, theirs))
    if found <= 1e-12 * max(float(np.abs(a).max()) for a, _ in (ours, theirs)):
        raise UndefinedMetricError(f"the ratio of every item is the same, {SAY_RANGE}")
    return 2.0 * found


def unseen_ratio(side: Sums, worst: float | None, bounds: Range | None) -> tuple[Unit, Unit]:
    """Return the top and the bottom of an unseen item that pulls the ratio down, and up, the most."""
    unit = typical(side[1])
    if bounds is not None:
        return (bounds[0] * unit, unit), (bounds[1] * unit, unit)
    middle, reached = float(side[0].sum() / side[1].sum()) * unit, float(worst or 0.0)
    return (middle - reached, unit), (middle + reached, unit)


def two_ratios(
    ours: Sums, theirs: Sums, groups: Integers | None, worst: float | None, bounds: Range | None
) -> Linear:
    """Return the difference of two ratios whose denominators differ, by what each unit moves it by."""
    items = len(ours[0])
    sides = [units_of(one, groups) for one in (ours, theirs)]
    what = "groups" if groups is not None else "items"
    for _, bottom in sides:
        enough(int(np.count_nonzero(bottom > 0.0)), f"{what} with a denominator above 0")
    values, moves = zip(*(left_out(one) for one in sides), strict=True)
    size = items / len(sides[0][0])
    fall = rise = 0.0
    for value, (_, bottom), one, sign in zip(values, sides, (ours, theirs), (-1.0, 1.0), strict=True):
        (low_top, unit), (high_top, _) = unseen_ratio(one, worst, bounds)
        whole = float(bottom.sum()) + unit * size
        down, up = (value * unit - low_top) * size / whole, (high_top - value * unit) * size / whole
        fall, rise = (fall + down, rise + up) if sign > 0 else (fall + up, rise + down)
    alike = min(float(bottom.sum()) / typical(bottom) for _, bottom in sides)
    return Linear(
        estimate=values[1] - values[0],
        influence=moves[1] - moves[0],
        smallest=int(alike),
        rare=f"{what}, counted by their denominators,",
        fall=max(0.0, fall),
        rise=max(0.0, rise),
        lowest=-math.inf,
        highest=math.inf,
        method="jackknife of two ratios" + (", by group" if groups is not None else ""),
        items=items,
    )


def units_of(side: Sums, groups: Integers | None) -> Sums:
    """Return the sums of the units: the items, or their groups."""
    if groups is None:
        return side
    top, bottom = (np.asarray(np.bincount(groups, weights=one), dtype=np.float64) for one in side)
    return top, bottom


def left_out(side: Sums) -> tuple[float, Floats]:
    """Return the ratio of a side, and how far it moves with each unit: what it falls by where the unit is left out."""
    top, bottom = side
    rest = bottom.sum() - bottom
    if (rest <= 0.0).any():
        raise TooFewItemsError("one unit holds the whole denominator")
    value = float(top.sum() / bottom.sum())
    moved = (value - (top.sum() - top) / rest) * (len(top) - 1) / len(top)
    return value, moved - moved.mean()
