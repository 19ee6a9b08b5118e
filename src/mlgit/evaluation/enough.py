"""How many items would decide what is undecided, and how sure that number is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mlgit.metrics.verdict import Finding
from mlgit.stats.interval import Interval, two_sided_level
from mlgit.stats.power import NEVER, items_for_interval, items_to_decide
from mlgit.stats.proportions import exact_interval

NARROW = 0.5
"""The level of the second interval that tells how an interval shrinks with more items."""
SURE = 0.8
"""The level of the range of the number of items."""

IntervalAt = Callable[[float], Interval]


class Needed(Struct, frozen=True):
    """The number of items that would decide in four draws of five, and where it lies; None where it cannot be told."""

    items: int | None = None
    between: tuple[int, int | None] | None = None


def needed(found: Finding, disagreement: float | None, interval_at: IntervalAt) -> Needed:
    """Return the number of items that would decide at the confidence of the finding, which counts the evaluations.

    For `no_worse_than` that of two equally good models, where it is more than there are; for all else that which
    decides if the value seen is the true one.
    """
    wide = interval_at(two_sided_level(found.confidence))
    if found.condition == "no_worse_than" and found.threshold > 0.0:
        equal = between_equals(found, disagreement, interval_at)
        if equal.items is not None and equal.items > (wide.items or 0):
            return equal
    return at_the_value_seen(found, interval_at)


def between_equals(found: Finding, disagreement: float | None, interval_at: IntervalAt) -> Needed:
    """Return the number at which two equally good models pass; its range is that of the share on which they disagree."""
    alpha, margin = 1.0 - found.confidence, found.threshold
    wide, narrow = interval_at(two_sided_level(found.confidence)), interval_at(NARROW)
    if not disagreement or not NEVER < margin <= 1.0 or not wide.items:
        return Needed(items_for_interval(wide, narrow, margin, alpha=alpha))
    share = exact_interval(round(disagreement * wide.items), wide.items, SURE)
    low, middle, high = (
        items_to_decide(one, margin, alpha=alpha) for one in (share.low, disagreement, share.high)
    )
    return Needed(middle, (low, high))


def at_the_value_seen(found: Finding, interval_at: IntervalAt) -> Needed:
    """Return the number that decides about the value seen; its range is that of the value's distance from the bound."""
    alpha, limit = 1.0 - found.confidence, found.bound or 0.0
    wide, narrow = interval_at(two_sided_level(found.confidence)), interval_at(NARROW)
    distance = abs(wide.estimate - limit)
    if distance == 0.0:
        return Needed()
    around = interval_at(SURE)
    ends = sorted(abs(end - limit) for end in (around.low, around.high))
    holds = around.low <= limit <= around.high
    least = items_for_interval(wide, narrow, ends[1], alpha=alpha)
    most = None if holds else items_for_interval(wide, narrow, ends[0], alpha=alpha)
    middle = items_for_interval(wide, narrow, distance, alpha=alpha)
    return Needed(middle, None if least is None else (least, most))
