"""What a bootstrap leaves: the values of a metric on the resamples, read as an interval or a p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.errors import OutOfRangeError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.interval import Interval, check_level

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats

RESAMPLES = 10_000
"""The usual number of resamples: at 95 % the Monte-Carlo error of an end's tail is 0.16 percentage points."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """The value on the items at hand and on every resample, shape (resamples,), NaN where it does not exist.

    A resample without a value is never dropped: it counts as `lowest` for the lower end and as `highest` for the
    upper one, the worst that could be. So an interval widens with their share and, once a tail is full of them,
    spans everything.
    """

    estimate: float
    values: Floats
    lowest: float
    highest: float
    n: int
    method: str

    def interval(self, level: float = 0.95) -> Interval:
        """Return the percentile interval at `level`.

        `UndefinedMetricError` when the metric has no value on the items at hand; `TooFewItemsError` when an end
        is infinite (an unbounded metric without a value in too many resamples).
        """
        if np.isnan(self.estimate):
            raise UndefinedMetricError(f"the metric has no value on these {self.n} items")
        tail = (1.0 - check_level(level)) / 2.0
        missing = np.isnan(self.values)
        low = _quantile(np.where(missing, self.lowest, self.values), tail)
        high = _quantile(np.where(missing, self.highest, self.values), 1.0 - tail)
        if not np.isfinite(low) or not np.isfinite(high):
            share = 100.0 * float(missing.mean())
            raise TooFewItemsError(f"the metric has no value in {share:.1f} % of resamples of {self.n} items")
        return Interval(
            estimate=self.estimate,
            low=min(low, self.estimate),
            high=max(high, self.estimate),
            level=level,
            method=self.method,
            items=self.n,
        )

    def p_value(self, null: float = 0.0) -> float:
        """Return the two-sided p-value of "the value is `null`", in (0, 1]: the level at which `null` leaves."""
        missing = np.isnan(self.values)
        below = int(np.count_nonzero(missing | (self.values <= null)))
        above = int(np.count_nonzero(missing | (self.values >= null)))
        return min(1.0, 2.0 * (1 + min(below, above)) / (1 + len(self.values)))


@dataclass(frozen=True, kw_only=True)
class ComparedDraws:
    """The same resamples seen through the base, the head and their difference (head minus base)."""

    base: Draws
    head: Draws
    difference: Draws


def compare_draws(
    estimates: tuple[float, float],
    values: tuple[Floats, Floats],
    *,
    bounds: tuple[float, float],
    n: int,
    method: str,
) -> ComparedDraws:
    """Return base, head and difference from (base, head) estimates and values; `bounds` is the metric's range."""
    lowest, highest = bounds
    base, head = (
        Draws(estimate=estimate, values=value, lowest=lowest, highest=highest, n=n, method=method)
        for estimate, value in zip(estimates, values, strict=True)
    )
    span = highest - lowest
    difference = Draws(
        estimate=head.estimate - base.estimate,
        values=head.values - base.values,
        lowest=-span,
        highest=span,
        n=n,
        method=method,
    )
    return ComparedDraws(base=base, head=head, difference=difference)


def check_resamples(resamples: int) -> int:
    """Return `resamples` when there are at least 100 of them; raise `OutOfRangeError` otherwise."""
    if resamples < 100:
        raise OutOfRangeError(f"{resamples} resamples are too few for an interval; 100 are the least")
    return resamples


def _quantile(values: Floats, share: float) -> float:
    # Not np.quantile: between two infinite neighbours it answers NaN instead of infinity.
    place = share * (len(values) - 1)
    ordered = np.partition(values, (int(np.floor(place)), int(np.ceil(place))))
    low, high = float(ordered[int(np.floor(place))]), float(ordered[int(np.ceil(place))])
    return low if low == high else low + (high - low) * float(place - np.floor(place))
