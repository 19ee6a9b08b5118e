"""Shares of right answers: one share (exact), the difference of two on the same items (Newcombe, McNemar).

The four cells of a paired comparison are written, everywhere, in this order: items that both models got right,
only the base, only the head, neither. The difference is head minus base, so a positive one favours the head.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mlgit.stats.arrays import Floats, same_length, two_classes
from mlgit.stats.distributions import binomial_cdf, binomial_mass, normal_quantile
from mlgit.stats.errors import EmptyInputError, OutOfRangeError
from mlgit.stats.interval import Interval, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class PairedCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many items fall in each cell of a paired comparison; every count >= 0."""

    both: int
    only_base: int
    only_head: int
    neither: int

    @property
    def n(self) -> int:
        """The number of items."""
        return self.both + self.only_base + self.only_head + self.neither

    @property
    def disagreement(self) -> float:
        """The share of items on which exactly one of the two models is right, in [0, 1]."""
        return (self.only_base + self.only_head) / self.n


def count_pairs(base_right: ArrayLike, head_right: ArrayLike) -> PairedCounts:
    """Count the four cells of two boolean arrays of shape (n,): whether each model is right on each item.

    Raises `LengthMismatchError`, `EmptyInputError`, and `UnknownLabelError` for values other than 0 and 1.
    """
    base, head = two_classes("base_right", base_right), two_classes("head_right", head_right)
    same_length(base_right=base, head_right=head)
    counts = np.bincount(2 * base.astype(np.intp) + head, minlength=4)
    neither, only_head, only_base, both = (int(count) for count in counts)
    return PairedCounts(both=both, only_base=only_base, only_head=only_head, neither=neither)


def wilson_bounds(successes: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return both ends of Wilson's score interval for arrays of counts of any common shape; ends in [0, 1].

    `0 <= successes <= n` and `n >= 1`, else `OutOfRangeError`. Source: E. B. Wilson, JASA 1927;22:209.
    """
    count, total = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not np.all((count >= 0.0) & (count <= total) & (total >= 1.0)):
        raise OutOfRangeError("a share needs 0 <= successes <= n and n >= 1")
    z = normal_quantile(0.5 + check_level(level) / 2.0)
    share, weight = count / total, z * z / total
    centre = share + weight / 2.0
    reach = np.sqrt(weight * (share * (1.0 - share) + weight / 4.0))
    low = np.where(count == 0.0, 0.0, (centre - reach) / (1.0 + weight))
    high = np.where(count == total, 1.0, (centre + reach) / (1.0 + weight))
    return low, high


def exact_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact interval for the share `successes / n`, in [0, 1]: either end errs in (1 - level) / 2 at most.

    Wilson's is closer to that on average and beyond it for some shares: near 1 and at 0.16 % a one-sided bound of his
    passed up to five times as many models that are exactly at it. `0 <= successes <= n`, n >= 1, else `OutOfRangeError`.
    Source: C. J. Clopper, E. S. Pearson, Biometrika 1934;26:404.
    """
    if not 0 <= successes <= n or n < 1:
        raise OutOfRangeError("a share needs 0 <= successes <= n and n >= 1")
    tail = (1.0 - check_level(level)) / 2.0
    low = 0.0 if successes == 0 else 1.0 - _exact_high(n - successes, n, tail)
    high = 1.0 if successes == n else _exact_high(successes, n, tail)
    return Interval(
        estimate=successes / n, low=low, high=high, level=level, method="Clopper-Pearson", items=n
    )


def shares_interval(
    before: tuple[int, int], after: tuple[int, int], level: float = 0.95
) -> tuple[float, float]:
    """Return both ends of the interval for (share after) - (share before) of two samples, in [-1, 1].

    Each is (successes, rows) with 0 <= successes <= rows and rows >= 1, else `OutOfRangeError`. The exact interval of each
    share, their distances from it put together: MOVER with Clopper-Pearson limits, which errs a little less often than its
    level says. Source: G. Y. Zou, A. Donner, Stat Med 2008;27:1693.
    """
    first, second = exact_interval(*before, level), exact_interval(*after, level)
    difference = second.estimate - first.estimate
    down = math.hypot(second.estimate - second.low, first.high - first.estimate)
    up = math.hypot(second.high - second.estimate, first.estimate - first.low)
    return max(difference - down, -1.0), min(difference + up, 1.0)


@lru_cache(maxsize=4096)
def _exact_high(successes: int, n: int, tail: float) -> float:
    """Return the share at which so few successes or fewer have the chance `tail`, by Newton's method in a bracket."""
    low, high = successes / n, 1.0
    share = float(wilson_bounds(successes, n, 1.0 - 2.0 * tail)[1])
    for _ in range(100):
        share = share if low < share < high else 0.5 * (low + high)
        excess = binomial_cdf(successes, n, share) - tail
        low, high = (share, high) if excess > 0.0 else (low, share)
        slope = n * binomial_mass(successes, n - 1, share)
        following = share + excess / slope if slope > 0.0 else 0.5 * (low + high)
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - share) <= 1e-15:
            break
        share = following
    return share


def newcombe_bounds(
    both: ArrayLike, only_base: ArrayLike, only_head: ArrayLike, neither: ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Return both ends of the interval for (share right of the head) - (of the base), for arrays of counts.

    All four arrays share a shape, hold counts >= 0 and sum to at least 1 in every place, else
    `OutOfRangeError`. Ends in [-1, 1]. Method 10 (score, with the corrected phi) of R. G. Newcombe, Improved
    confidence intervals for the difference between binomial proportions based on paired data,
    Stat Med 1998;17:2635.
    """
    cells = [np.asarray(cell, dtype=np.float64) for cell in (both, only_base, only_head, neither)]
    if not all(np.all(cell >= 0.0) for cell in cells) or not np.all(sum(cells) >= 1.0):
        raise OutOfRangeError("paired counts must be >= 0 and at least one of them positive")
    a, b, c, d = cells
    n = a + b + c + d
    base, head = (a + b) / n, (a + c) / n
    base_low, base_high = wilson_bounds(a + b, n, level)
    head_low, head_high = wilson_bounds(a + c, n, level)
    correlation = _corrected_phi(a, b, c, d)
    down = _combine(head - head_low, base_high - base, correlation)
    up = _combine(head_high - head, base - base_low, correlation)
    difference = (c - b) / n
    return difference - down, difference + up


def newcombe_interval(counts: PairedCounts, level: float = 0.95) -> Interval:
    """Return the interval for accuracy(head) - accuracy(base) from paired counts; see `newcombe_bounds`."""
    if counts.n == 0:
        raise EmptyInputError("there are no items to compare")
    low, high = newcombe_bounds(counts.both, counts.only_base, counts.only_head, counts.neither, level)
    difference = (counts.only_head - counts.only_base) / counts.n
    return Interval(
        estimate=difference,
        low=float(low),
        high=float(high),
        level=level,
        method="Newcombe 10",
        items=counts.n,
    )


def mcnemar_mid_p(only_base: int, only_head: int) -> float:
    """Return the two-sided mid-p value of "both models are right equally often", in (0, 1]; 1 without discord.

    Small means different. Counts below 0 raise `OutOfRangeError`. Source: M. W. Fagerland, S. Lydersen,
    P. Laake, BMC Med Res Methodol 2013;13:91.
    """
    if only_base < 0 or only_head < 0:
        raise OutOfRangeError("the discordant counts must be >= 0")
    discordant, fewer = only_base + only_head, min(only_base, only_head)
    if only_base == only_head:
        return 1.0
    return 2.0 * binomial_cdf(fewer, discordant, 0.5) - binomial_mass(fewer, discordant, 0.5)


def _corrected_phi(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    surplus, half = a * d - b * c, (a + b + c + d) / 2.0
    corrected = np.where(surplus > half, surplus - half, np.minimum(surplus, 0.0))
    phi: Floats = np.divide(corrected, np.sqrt(margins), out=np.zeros_like(margins), where=margins > 0.0)
    return phi


def _combine(first: Floats, second: Floats, correlation: Floats) -> Floats:
    square = first * first - 2.0 * correlation * first * second + second * second
    return np.sqrt(np.maximum(square, 0.0))
