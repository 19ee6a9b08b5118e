"""What draws leave: values in order, read as the end of an interval or a p-value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgit.stats.distributions import normal_cdf, normal_quantile
from mlgit.stats.errors import OutOfRangeError

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats

RESAMPLES = 10_000
"""The usual number of draws: at 95 % the Monte-Carlo error of an end's tail is 0.16 percentage points."""
_ENOUGH = 40
"""So many draws beyond an end tell its tail well enough; further out the tail of a normal law is laid on."""


def check_resamples(resamples: int) -> int:
    """Return `resamples` when there are at least 100 of them; raise `OutOfRangeError` otherwise."""
    if resamples < 100:
        raise OutOfRangeError(f"{resamples} resamples are too few for an interval; 100 are the least")
    return resamples


def quantile(ordered: Floats, share: float) -> float:
    """Return the value below which a share of values in order lies."""
    place = share * (len(ordered) - 1)
    low, high = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    return low + (high - low) * (place - math.floor(place))


def tail_p_value(ordered: Floats) -> float:
    """Return the two-sided p-value of 0 from values in order of which most lie above it, in (0, 1].

    The share of them at 0 or below, doubled. Where fewer than 40 are, the distance to 0 is measured by that to the
    fortieth: so a difference beyond doubt has a p-value far below one over the number of draws, and a correction for many
    comparisons leaves it.
    """
    below = int((ordered <= 0.0).sum())
    if below >= _ENOUGH:
        return min(1.0, 2.0 * below / len(ordered))
    known = min(_ENOUGH, len(ordered) // 4)
    middle, edge = float(ordered[len(ordered) // 2]), float(ordered[known])
    if middle <= edge:
        return 1.0
    return min(1.0, 2.0 * normal_cdf(normal_quantile(known / len(ordered)) * middle / (middle - edge)))
