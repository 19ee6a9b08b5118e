"""The mean of rows that are known by their sums alone, whole groups of them counting as one unit where rows belong together."""

from __future__ import annotations

import math

from msgspec import Struct

from mlgit.stats.distributions import t_quantile
from mlgit.stats.interval import SHOWN, Interval, check_level
from mlgit.stats.proportions import exact_interval


class Sums(Struct, frozen=True, kw_only=True):
    """Sums over units, each of `size` rows whose values add up to `total`; a unit is one row where nothing groups them.

    `rows` is the sum of the sizes, `total` that of the totals; `squares`, `products` and `sizes` are the sums of total times
    total, total times size and size times size.
    """

    units: int
    rows: float
    total: float
    squares: float
    products: float
    sizes: float


def mean_interval(sums: Sums, *, share: bool, level: float = SHOWN) -> Interval | None:
    """Return the mean of the rows with its interval, of a `share` within [0, 1]; None of fewer than two units.

    The variance is that of a ratio of sums over units (Cochran, Sampling Techniques, 1977, 6.5), its interval Student's. A
    share of single rows, and one that is 0 or 1 in every unit, has the exact interval of so many units.
    """
    check_level(level)
    if sums.units < 2 or sums.rows <= 0:
        return None
    mean = sums.total / sums.rows
    left = max(0.0, sums.squares - 2 * mean * sums.products + mean * mean * sums.sizes)
    single = sums.units == sums.rows
    if share and (single or left <= 1e-12 * sums.sizes):
        units = sums.units
        return exact_interval(min(units, round(mean * units)), units, level)
    error = math.sqrt(left * sums.units / (sums.units - 1)) / sums.rows
    reach = t_quantile(0.5 + level / 2, sums.units - 1) * error
    low, high = mean - reach, mean + reach
    if share:
        low, high = max(0.0, low), min(1.0, high)
    return Interval(
        estimate=mean, low=low, high=high, level=level, method="Student, by units", items=sums.units
    )
