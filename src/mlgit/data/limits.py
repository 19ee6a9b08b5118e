"""Limits with head-room: where fresh rows of the same source will stay.

A minimum and maximum that were merely observed reject half of all fresh samples. The head-room is taken from the
shape of the tail, seen in the 20 outermost values: as far again as a tail that falls off exponentially would reach
among a thousand times as many rows; for a positive tail also on the scale of logarithms (the idea of mean excess
over a threshold, https://en.wikipedia.org/wiki/Mean_excess_function and Hill's estimator). A tail of which nothing
can be said gets no limit: a check that alarms for nothing is worth nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

OUTERMOST = 20
REACH = 7.0
"""Mean excesses beyond the maximum: about the natural logarithm of a thousand."""
LOGARITHMIC_REACH = 5.0
WIDEST = 100.0
"""A limit farther away than this many times the observed span says nothing and is left out."""
FIRM_TIES = 10
"""So many equal values at the end of a column are its true end."""
SHORT_SCALE = 20
"""Whole numbers that span more than this are no ratings, and an end of theirs is never quite firm."""
DIGITS = 3


def limits(
    lowest: Sequence[float], highest: Sequence[float], rows: int, *, whole: bool
) -> tuple[int | float | None, int | float | None]:
    """Return the lower and the upper limit, None where there is none.

    `lowest` are the smallest values in rising order, `highest` the largest in falling order, up to 20 of each, of
    `rows` values. For whole numbers the limits are whole; a column of which several values are 0 and none is less
    gets none below: one alone may be where a tail happens to end.
    """
    taken = max(3, min(OUTERMOST, rows // 4))
    low, high = list(lowest[:taken]), list(highest[:taken])
    if not low or not high or low[0] == high[0]:
        return None, None
    upper = outer(high, low, whole=whole)
    mirrored = outer([-value for value in low], [-value for value in high], whole=whole)
    lower = None if mirrored is None else -mirrored
    if lower is not None and low[:2] == [0, 0] and lower < 0:
        lower = 0.0
    span = high[0] - low[0]
    least, most = rounded(lower, span, down=True, whole=whole), rounded(upper, span, down=False, whole=whole)
    return None if least is None else min(least, low[0]), None if most is None else max(most, high[0])


def outer(top: list[float], bottom: list[float], *, whole: bool) -> float | None:
    """Return the upper limit from the outermost values of both ends, None when the tail is too heavy for one."""
    largest, threshold, smallest = top[0], top[-1], bottom[0]
    span = largest - smallest
    excess = [value - threshold for value in top if value > threshold]
    if not excess:
        if len(top) < FIRM_TIES:
            return largest + max(span, 1.0 if whole else 0.0)
        return largest + span / 10 if whole and span > SHORT_SCALE else largest
    if shapeless(top, bottom):
        return None
    limit = largest + REACH * mean_square(excess)
    if threshold > 0:
        logarithms = [math.log(value / threshold) for value in top if value > threshold]
        exponent = LOGARITHMIC_REACH * mean_square(logarithms)
        limit = max(limit, largest * math.exp(min(exponent, 600.0)))
    return limit if limit - largest <= WIDEST * span else None


def shapeless(top: list[float], bottom: list[float]) -> bool:
    """Tell whether the outermost values reach farther than all others together: outliers, not a tail."""
    if top[-1] <= bottom[-1]:
        return False
    if bottom[0] > 0:
        return math.log(top[0] / top[-1]) > math.log(top[-1] / bottom[-1])
    return bottom[0] < 0 and top[0] - top[-1] > top[-1] - bottom[-1]


def mean_square(values: list[float]) -> float:
    """Return the root of the mean square: like the mean, with more weight on the outermost."""
    return math.sqrt(sum(value * value for value in values) / len(values))


def rounded(value: float | None, span: float, *, down: bool, whole: bool) -> int | float | None:
    """Round a limit outwards, to a hundredth of the span or so, so that a person can read it."""
    if value is None or not math.isfinite(value) or not math.isfinite(span):
        return None
    step = 10.0 ** (math.floor(math.log10(span)) - DIGITS + 1)
    step = max(step, 1.0) if whole else step
    scaled = value / step
    near = round(scaled)
    exact = abs(scaled - near) <= 1e-9 * abs(scaled)
    steps = near if exact else math.floor(scaled) if down else math.ceil(scaled)
    answer = float(f"{steps * step:.15g}")
    return round(answer) if whole else answer


def null_share(nulls: int, rows: int) -> float:
    """Return how large a share without a value is still usual, from 0 to 1.

    None seen: none allowed. Else twice the share seen, at least five points more, and five standard deviations of a
    table half as long.
    """
    if nulls == 0:
        return 0.0
    share = nulls / rows
    noise = 5 * math.sqrt(share * (1 - share) / (rows / 2))
    return min(1.0, math.ceil(100 * (share + max(share, 0.05, noise))) / 100)


def new_share(rare: int, rows: int) -> float:
    """Return how large a share of categories never seen before is still usual, from 0 to 1.

    `rare` counts the categories that were seen once: their share of the rows estimates that of the unseen ones
    (Good, 1953, https://doi.org/10.1093/biomet/40.3-4.237). No rare category: none allowed.
    """
    if rare == 0:
        return 0.0
    expected = rare + 4 * math.sqrt(rare) + 3
    return min(1.0, math.ceil(1000 * 2 * expected / rows) / 1000)
