"""From an interval to a verdict: PASS, FAIL, or UNDECIDED because the evidence does not say. Needs no numpy.

Every condition is one-sided, so it is decided by one end of the interval: with an interval at level 0.90 a wrong
PASS and a wrong FAIL have a chance of 5 % each. `interval.two_sided_level` turns a confidence into that level.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from msgspec.structs import replace

from mlgit.stats.errors import NotFiniteError, OutOfRangeError
from mlgit.stats.interval import Interval

Condition = Literal["min", "max", "no_worse_than", "better_than"]
"""`min` and `max` bound the head's own value, the others its difference from the base by a margin."""
RELATIVE: tuple[Condition, ...] = ("no_worse_than", "better_than")


class Verdict(StrEnum):
    """What the evidence says about one condition."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


def bound(condition: Condition, threshold: float, *, higher_is_better: bool) -> float:
    """Return what an interval is held against, in the metric's own direction.

    For `no_worse_than` and `better_than` the threshold is a margin >= 0 in the unit of the metric (`OutOfRangeError`).
    """
    if condition not in RELATIVE:
        return threshold
    if not math.isfinite(threshold) or threshold < 0.0:
        raise OutOfRangeError(f"a margin is a number >= 0, not {threshold}")
    return -threshold if (condition == "no_worse_than") == higher_is_better else threshold


def decide(
    condition: Condition, interval: Interval, threshold: float, *, higher_is_better: bool = True
) -> Verdict:
    """Return the verdict on a condition from the interval of head - base, of `min` and `max` from the head's own.

    PASS when even the unfavourable end clears the bound, FAIL when even the favourable end misses it, UNDECIDED
    otherwise. A value without spread that lies on the bound fulfils all conditions but `better_than`: no change is
    no improvement. Raises `NotFiniteError` for ends or a bound that are not finite.
    """
    limit = bound(condition, threshold, higher_is_better=higher_is_better)
    if not all(math.isfinite(value) for value in (interval.low, interval.high, limit)):
        raise NotFiniteError("a decision needs finite ends and a finite bound")
    if interval.low == interval.high == limit:
        return Verdict.FAIL if condition == "better_than" else Verdict.PASS
    upwards = condition == "min" or (condition in RELATIVE and higher_is_better)
    if interval.low > limit:
        return Verdict.PASS if upwards else Verdict.FAIL
    if interval.high < limit:
        return Verdict.FAIL if upwards else Verdict.PASS
    return Verdict.UNDECIDED


def joined(
    condition: Condition, passing: Interval, failing: Interval, *, higher_is_better: bool = True
) -> Interval:
    """Return one interval with the end of `passing` by which a condition passes, and that of `failing` by which it fails."""
    upwards = condition == "min" or (condition in RELATIVE and higher_is_better)
    if upwards:
        return replace(passing, high=max(failing.high, passing.low))
    return replace(passing, low=min(failing.low, passing.high))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on "all of these": FAIL if one fails, else UNDECIDED if one is, else PASS.

    Needs no correction for several conditions: a set passes wrongly only if its worst member does
    (intersection-union; R. L. Berger, Technometrics 1982;24:295). No condition at all is PASS.
    """
    given = set(verdicts)
    if Verdict.FAIL in given:
        return Verdict.FAIL
    return Verdict.UNDECIDED if Verdict.UNDECIDED in given else Verdict.PASS
