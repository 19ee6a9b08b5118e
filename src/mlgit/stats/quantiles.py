"""Quantiles of a column of either model: by order statistics, their difference by both margins and their correlation.

Of n independent items the number below the true quantile is binomial, whatever the distribution, so two order statistics
hold it with a probability that is known exactly (W. R. Thompson, Ann Math Stat 1936;7:122; H. A. David, H. N. Nagaraja, Order
Statistics, 2003, 7.1). By group the share below a value is a ratio of sums, and the interval holds the values at which
that share may be the quantile's (R. S. Woodruff, JASA 1952;47:635). The difference of two quantiles of the same items joins
both margins by the correlation of "below its quantile" of one model and the other, as Newcombe's method 10 does with two
shares (G. Y. Zou, A. Donner, Stat Med 2008;27:1693); never more than what a correction for continuity leaves of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import finite_vector, same_length
from mlgit.stats.distributions import binomial_cdf
from mlgit.stats.errors import OutOfRangeError, StatisticsError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.estimates import Estimates, estimates_of
from mlgit.stats.interval import Interval, check_level
from mlgit.stats.ratio import mean
from mlgit.stats.reach import enough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Booleans, Floats, Integers

Range = tuple[float, float]
_HALVINGS = 40


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """The quantile `share` of `values`, shape (n,), of single items or of `groups`, within `bounds` where those are known."""

    values: Floats
    share: float
    groups: Integers | None = None
    bounds: Range | None = None

    @cached_property
    def ordered(self) -> Floats:
        """The values in ascending order."""
        return np.sort(self.values)

    @cached_property
    def distinct(self) -> Floats:
        """The different values in ascending order."""
        return np.unique(self.values)

    @property
    def value(self) -> float:
        """The quantile of the items at hand, between two of them where it falls there (R. Hyndman, Y. Fan, type 7)."""
        return float(np.quantile(self.values, self.share))

    @cached_property
    def below(self) -> Booleans:
        """Which items are not above the quantile, shape (n,)."""
        found: Booleans = self.values <= self.value
        return found

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; `TooFewItemsError` where no item is beyond the quantile surely enough."""
        enough(len(self.values), "items")
        low, high = self._by_group(level) if self.groups is not None else self._by_order(level)
        low, high = min(low, self.value), max(high, self.value)
        if low == high:
            low, high = self._neighbours(low)
        method = "order statistics" if self.groups is None else "Woodruff, by group"
        return Interval(
            estimate=self.value, low=low, high=high, level=level, method=method, items=len(self.values)
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a quantile of 0."""
        return level_of_zero(self.interval)

    def _by_order(self, level: float) -> Range:
        tail, n = (1.0 - check_level(level)) / 2.0, len(self.values)
        least = places(n, lambda k: binomial_cdf(k - 1, n, self.share) > tail) - 1
        most = places(n, lambda k: 1.0 - binomial_cdf(k - 1, n, self.share) <= tail)
        if self.bounds is None and (least < 1 or most > n):
            rarer = math.log(tail) / math.log(max(self.share, 1.0 - self.share))
            raise TooFewItemsError(
                f"{n:,} items are too few for the quantile {self.share:g}, which takes {math.ceil(rarer):,} at this level"
            )
        low = float(self.ordered[least - 1]) if least >= 1 else self._bound(0)
        high = float(self.ordered[most - 1]) if most <= n else self._bound(1)
        return low, high

    def _by_group(self, level: float) -> Range:
        found = self.distinct

        def surely(place: int, *, above: bool) -> bool:
            # Above: more than the share of all items are surely not above this value, so the quantile is not either.
            items = self.values <= found[place] if above else self.values < found[place]
            share = mean(items.astype(np.float64), self.groups, unseen=(0.0, 1.0), bounds=(0.0, 1.0))
            one = share.interval(level)
            return one.low > self.share if above else one.high < self.share

        highest = bisect_left(range(len(found)), True, key=lambda place: surely(place, above=True))
        lowest = bisect_left(range(len(found)), True, key=lambda place: not surely(place, above=False)) - 1
        if self.bounds is None and (lowest < 0 or highest >= len(found)):
            raise TooFewItemsError(f"the groups are too few for the quantile {self.share:g} at this level")
        low = float(found[lowest]) if lowest >= 0 else self._bound(0)
        high = float(found[highest]) if highest < len(found) else self._bound(1)
        return low, high

    def _bound(self, end: int) -> float:
        return math.nan if self.bounds is None else self.bounds[end]

    def _neighbours(self, value: float) -> Range:
        lower, higher = self.distinct[self.distinct < value], self.distinct[self.distinct > value]
        low = float(lower[-1]) if len(lower) else None if self.bounds is None else self.bounds[0]
        high = float(higher[0]) if len(higher) else None if self.bounds is None else self.bounds[1]
        if low is None and high is None:
            raise UndefinedMetricError(
                f"every value is {value:g}, so nothing tells how far another one could be: give the score a range"
            )
        return (value if low is None else low), (value if high is None else high)


@dataclass(frozen=True, kw_only=True)
class QuantileDifference:
    """The head's quantile less the base's, on the same items."""

    base: Quantile
    head: Quantile

    @cached_property
    def correlation(self) -> float:
        """How far both models are below their quantiles on the same items, in [0, 1), corrected for continuity."""
        one, other = self.base.below.astype(np.float64), self.head.below.astype(np.float64)
        groups = self.base.groups
        if groups is not None:
            sums = [np.bincount(groups, weights=side - side.mean()) for side in (one, other)]
            scale = math.sqrt(float((sums[0] ** 2).sum() * (sums[1] ** 2).sum()))
            shared = float((sums[0] * sums[1]).sum()) / scale if scale > 0.0 else 0.0
            return max(0.0, shared * (1.0 - 2.0 / len(sums[0])))
        n, both = len(one), float((one * other).sum())
        surplus = both * n - float(one.sum() * other.sum()) - n / 2.0
        scale = math.sqrt(float(one.sum() * (n - one.sum()) * other.sum() * (n - other.sum())))
        return max(0.0, surplus / scale) if scale > 0.0 else 0.0

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; errors as of one quantile."""
        ours, theirs = self.base.interval(level), self.head.interval(level)
        value = self.head.value - self.base.value
        down = self._joined(theirs.estimate - theirs.low, ours.high - ours.estimate)
        up = self._joined(theirs.high - theirs.estimate, ours.estimate - ours.low)
        return Interval(
            estimate=value,
            low=value - down,
            high=value + up,
            level=level,
            method=f"{theirs.method}, joined",
            items=theirs.items,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of no difference."""
        return level_of_zero(self.interval)

    def _joined(self, one: float, other: float) -> float:
        square = one * one - 2.0 * self.correlation * one * other + other * other
        return math.sqrt(max(0.0, square))


def quantile_estimates(
    base: ArrayLike,
    head: ArrayLike,
    share: float,
    *,
    groups: Integers | None = None,
    bounds: Range | None = None,
) -> Estimates:
    """Return the estimates of the quantile `share`, in (0, 1), of a column of shape (n,) of each model."""
    if not 0.0 < share < 1.0:
        raise OutOfRangeError(f"a quantile lies between 0 and 1, not at {share}")
    ours, theirs = finite_vector("base", base), finite_vector("head", head)
    same_length(base=ours, head=theirs)
    sides = [Quantile(values=one, share=share, groups=groups, bounds=bounds) for one in (ours, theirs)]
    changed = int(np.count_nonzero(ours != theirs))
    difference = QuantileDifference(base=sides[0], head=sides[1])
    return estimates_of(sides[0], sides[1], difference, changed)


def places(n: int, holds: Callable[[int], bool]) -> int:
    """Return the first of the places 1 to n at which `holds`, which never stops holding; n + 1 where it does nowhere."""
    return bisect_left(range(1, n + 1), True, key=holds) + 1


def level_of_zero(interval_at: Callable[[float], Interval]) -> float:
    """Return the two-sided p-value of 0: one less the largest level whose interval leaves it out."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        try:
            found = interval_at(middle)
            out = not found.low <= 0.0 <= found.high
        except StatisticsError:
            out = False
        low, high = (middle, high) if out else (low, middle)
    return 1.0 - low
