"""How far a metric differs between slices of the test set, with the interval of the largest gap. Imports numpy.

The slices hold different items, so the difference of two of them joins both margins without a correlation (G. Y. Zou, A.
Donner, Stat Med 2008;27:1693). That all gaps are small passes wrongly only if the largest does (R. L. Berger, Technometrics
1982;24:295); that one of them is large is a claim about the worst of many pairs, and holds over all of them (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from mlgit.predictions.columns import classes
from mlgit.predictions.table import Table
from mlgit.stats.arrays import Booleans
from mlgit.stats.errors import StatisticsError, TooFewItemsError
from mlgit.stats.interval import Interval, two_sided_level

MOST_SLICES = 50
Slices = Mapping[str, Booleans]


def slices_by(table: Table, column: str, within: Booleans, least: int) -> tuple[Slices, list[str]]:
    """Return the rows of each value of a column among those `within`, and the values with fewer than `least` rows.

    Raises `TooFewItemsError` for fewer than two that are left, `StatisticsError` for more than 50.
    """
    values = classes(table.columns[column])
    found = {str(one): (values == one) & within for one in np.unique(values[within])[: MOST_SLICES + 1]}
    if len(found) > MOST_SLICES:
        raise StatisticsError(f"{column} has more than {MOST_SLICES} values, which are no slices to compare")
    small = [name for name, rows in found.items() if np.count_nonzero(rows) < least]
    kept = {name: rows for name, rows in found.items() if name not in small}
    if len(kept) < 2:
        raise TooFewItemsError(f"{column} has fewer than two values with n >= {least:,}")
    return kept, small


def largest_gap(
    sides: Mapping[str, Callable[[float], Interval]], confidence: float, failure: float
) -> tuple[Interval, str]:
    """Return the largest gap between any two slices with its interval, and between which two it is.

    `confidence` is the one-sided one of the upper end, `failure` that of the lower end over all pairs.
    """
    pairs = list(combinations(sides, 2))
    sure = {name: found(two_sided_level(confidence)) for name, found in sides.items()}
    least = 1.0 - (1.0 - failure) / (2 * len(pairs))
    loose = {name: found(two_sided_level(least)) for name, found in sides.items()}
    gaps = {pair: abs(sure[pair[0]].estimate - sure[pair[1]].estimate) for pair in pairs}
    widest = max(gaps, key=gaps.__getitem__)
    high = max(max(ends(sure[one], sure[other])[1], ends(sure[other], sure[one])[1]) for one, other in pairs)
    low = max(
        max(ends(loose[one], loose[other])[0], ends(loose[other], loose[one])[0]) for one, other in pairs
    )
    interval = Interval(
        estimate=gaps[widest],
        low=max(0.0, low),
        high=high,
        level=two_sided_level(confidence),
        method=f"the largest of {len(pairs):,} gaps",
        items=sum(one.items or 0 for one in sure.values()),
    )
    return interval, " and ".join(widest)


def ends(one: Interval, other: Interval) -> tuple[float, float]:
    """Return both ends of the first value less the second."""
    value = one.estimate - other.estimate
    down = math.hypot(one.estimate - one.low, other.high - other.estimate)
    up = math.hypot(one.high - one.estimate, other.estimate - other.low)
    return value - down, value + up
