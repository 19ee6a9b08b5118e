"""Means and ratios of sums over independent units: items, or groups of items that hang together.

Accuracy by group, losses, MSE, R2 and the ratio of two columns are all one sum over another. The interval is the set of
values c that "top - c * bottom has mean 0" does not contradict (E. C. Fieller, J R Stat Soc B 1954;16:175), so a bottom that
differs from unit to unit, as the sizes of groups do, needs no approximation; for a bottom of ones it is the interval of a
mean. How far an end lies from the value: `reach`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import finite_vector, same_length, unit_of
from mlgit.stats.errors import OutOfRangeError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.interval import Interval
from mlgit.stats.reach import enough, p_value, reach, steps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Floats, Integers

Unit = tuple[float, float]
_DOUBLINGS = 200
_HALVINGS = 200
_EXACT = 1e-15


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What the interval needs of the units: their number, sums, and centred sums of squares and cubes."""

    units: int
    top: float
    bottom: float
    squares: tuple[float, float, float]
    cubes: tuple[float, float, float, float]
    freedom: float

    def square(self, c: float) -> float:
        """Return the variance of the sum of top - c * bottom."""
        aa, ab, bb = self.squares
        return max(0.0, aa - 2.0 * c * ab + c * c * bb) * self.units / (self.units - 1)

    def cube(self, c: float) -> float:
        """Return its third cumulant."""
        aaa, aab, abb, bbb = self.cubes
        return aaa - 3.0 * c * aab + 3.0 * c * c * abb - c**3 * bbb


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The sum of `top` over that of `bottom`, both of shape (units,), `bottom` >= 0, within `lowest` and `highest`.

    `least` and `most` are the top and the bottom of one unit that was never seen and pulls the value down, or up, the
    most. `shape` turns the ratio, and its ends, into the metric: it never falls. `items` is the number of test items.
    """

    top: Floats
    bottom: Floats
    least: Unit
    most: Unit
    lowest: float
    highest: float
    items: int
    by_group: bool = False
    uneven: bool = False
    """Whether units may weigh so differently that some of them count for many."""
    method: str = "corrected t"
    shape: Callable[[float], float] = float

    @cached_property
    def sums(self) -> Sums:
        """The sums over the units."""
        a, b = self.top - self.top.mean(), self.bottom - self.bottom.mean()
        aa, ab, bb = a * a, a * b, b * b
        # The units count as many as units of one size would that know as much (L. Kish, Survey Sampling, 1965).
        whole = float(self.bottom.sum())
        counted = (self.by_group or self.uneven) and whole > 0.0
        alike = whole**2 / float((self.bottom**2).sum()) if counted else len(a)
        return Sums(
            units=len(a),
            top=float(self.top.sum()),
            bottom=float(self.bottom.sum()),
            squares=(float(aa.sum()), float(ab.sum()), float(bb.sum())),
            cubes=tuple(float((one * two).sum()) for one, two in ((aa, a), (aa, b), (bb, a), (bb, b))),  # type: ignore[arg-type]
            freedom=max(1.0, alike - 1.0),
        )

    @property
    def value(self) -> float:
        """The ratio on the items at hand."""
        if self.sums.bottom <= 0.0:
            raise UndefinedMetricError(f"the metric has no value on these {self.items} items")
        return self.sums.top / self.sums.bottom

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; `TooFewItemsError` for too few units, `UndefinedMetricError` without a value."""
        student, value = steps(level, self.sums.freedom), self.value
        enough(len(self.top), "groups" if self.by_group else "items")
        low, high = self._end(value, student, -1.0), self._end(value, student, 1.0)
        return Interval(
            estimate=self.shape(value),
            low=self.shape(low),
            high=self.shape(high),
            level=level,
            method=f"{self.method}, by group" if self.by_group else self.method,
            items=self.items,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0, in [0, 1]."""
        enough(len(self.top), "groups" if self.by_group else "items")
        sums = self.sums
        sign = -1.0 if sums.top > 0.0 else 1.0
        return p_value(
            abs(sums.top), sums.square(0.0), -sign * sums.cube(0.0), self._unseen(0.0, sign), sums.freedom
        )

    def _unseen(self, c: float, sign: float) -> float:
        top, bottom = self.most if sign > 0.0 else self.least
        return max(0.0, sign * (top - c * bottom))

    def _excess(self, c: float, student: float, sign: float) -> float:
        """Return how far the sums are from c beyond their reach; c is contradicted where that is above 0."""
        sums = self.sums
        distance = sign * (c * sums.bottom - sums.top)
        return distance - reach(sums.square(c), -sign * sums.cube(c), self._unseen(c, sign), student)

    def _end(self, value: float, student: float, sign: float) -> float:
        bound = self.highest if sign > 0.0 else self.lowest
        step = reach(self.sums.square(value), 0.0, self._unseen(value, sign), student) / self.sums.bottom
        if step == 0.0:
            return value
        inner, outer = value, value + sign * step
        for _ in range(_DOUBLINGS):
            if sign * (outer - bound) >= 0.0:
                return self._between(inner, bound, student, sign)
            if self._excess(outer, student, sign) > 0.0:
                return self._between(inner, outer, student, sign)
            inner, outer = outer, value + 2.0 * (outer - value)
        raise TooFewItemsError(f"{len(self.top)} units say nothing about this ratio")

    def _between(self, inner: float, outer: float, student: float, sign: float) -> float:
        """Return the first value from `inner` on that is contradicted, as far as numbers tell it; `outer` where none is."""
        beyond, within = self._excess(outer, student, sign), self._excess(inner, student, sign)
        if beyond <= 0.0:
            return outer
        for turn in range(_HALVINGS):
            # The line through both ends lands near the root, but on one side of it: every third step halves.
            part = 0.5 if turn % 3 == 2 else within / (within - beyond)
            middle = inner + part * (outer - inner)
            if not min(inner, outer) < middle < max(inner, outer):
                middle = 0.5 * (inner + outer)
            if middle in (inner, outer) or abs(outer - inner) <= _EXACT * (abs(outer) + abs(inner)):
                break
            found = self._excess(middle, student, sign)
            if found > 0.0:
                outer, beyond = middle, found
            else:
                inner, within = middle, found
        return outer


def ratio(
    top: ArrayLike,
    bottom: ArrayLike,
    groups: Integers | None = None,
    *,
    unseen: tuple[Unit, Unit],
    bounds: tuple[float, float] = (-math.inf, math.inf),
    shape: Callable[[float], float] = float,
    uneven: bool = False,
) -> Ratio:
    """Return the ratio of two columns of shape (n,), by single items or by integer `groups` of shape (n,).

    `unseen` are the top and the bottom of one item that was never seen and pulls the value down, and up, the most. An
    unseen group holds as many of them as a group holds items on average. Values are finite (`NotFiniteError`).
    """
    a, b = finite_vector("values", top), finite_vector("weights", bottom)
    n = same_length(values=a, weights=b)
    least, most = unseen
    if groups is not None:
        a, b = (np.asarray(np.bincount(groups, weights=one), dtype=np.float64) for one in (a, b))
        size = n / len(a)
        least, most = ((one * size, other * size) for one, other in (least, most))
    up, down = unit_of(a, least[0], most[0]), unit_of(b, least[1], most[1])
    if not math.isfinite(up) or not 0.0 < up / down < math.inf:
        raise OutOfRangeError(f"values up to {up:g} over weights up to {down:g} make no number")
    unit = up / down
    return Ratio(
        top=a / up,
        bottom=b / down,
        least=(least[0] / up, least[1] / down),
        most=(most[0] / up, most[1] / down),
        lowest=bounds[0] / unit,
        highest=bounds[1] / unit,
        items=n,
        by_group=groups is not None,
        uneven=uneven,
        shape=lambda value: shape(value * unit),
    )


def mean(
    values: ArrayLike,
    groups: Integers | None = None,
    *,
    unseen: tuple[float, float],
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Ratio:
    """Return the mean of `values`, shape (n,), as a ratio; `unseen` are the least and the greatest value there could be."""
    sample = finite_vector("values", values)
    return ratio(
        sample, np.ones(len(sample)), groups, unseen=((unseen[0], 1.0), (unseen[1], 1.0)), bounds=bounds
    )
