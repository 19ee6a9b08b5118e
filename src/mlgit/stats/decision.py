"""From an interval to one of three answers: PASS, FAIL, or UNDECIDED because the evidence does not say.

Every question is one-sided, so it is answered by one end of the interval: with an interval at level 0.90 a wrong
PASS and a wrong FAIL have a chance of 5 % each. `interval.two_sided_level` turns a confidence into that level.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from mlgit.stats.errors import NotFiniteError, OutOfRangeError
from mlgit.stats.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """What the evidence says about one condition."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with what it was read from, turned so that higher is better."""

    answer: Verdict
    interval: Interval
    threshold: float
    """The bound the interval was held against, in the metric's own direction."""

    @property
    def confidence(self) -> float:
        """The one-sided confidence of a PASS or a FAIL."""
        return (1.0 + self.interval.level) / 2.0


def no_worse_than(difference: Interval, margin: float, *, higher_is_better: bool) -> Decision:
    """Decide "head is not worse than base by more than `margin`" from the interval of head - base.

    PASS when even the worse end is better than the margin, FAIL when even the better end is worse, UNDECIDED
    otherwise. `margin` >= 0, in the unit of the metric (`OutOfRangeError`); for a loss the worse end is the upper.
    """
    _check_margin(margin)
    return _decide(difference, -margin if higher_is_better else margin, higher_is_better)


def better_than(difference: Interval, margin: float = 0.0, *, higher_is_better: bool) -> Decision:
    """Decide "head is better than base by more than `margin`" from the interval of head - base.

    As `no_worse_than`, with the bound on the other side of 0. A difference without spread that lies exactly on
    the bound is no improvement: FAIL.
    """
    _check_margin(margin)
    bound = margin if higher_is_better else -margin
    decision = _decide(difference, bound, higher_is_better)
    if difference.low == difference.high == bound:
        return msgspec.structs.replace(decision, answer=Verdict.FAIL)
    return decision


def at_least(value: Interval, floor: float) -> Decision:
    """Decide "the metric is at least `floor`" from its own interval: PASS above, FAIL below, else UNDECIDED."""
    return _decide(value, floor, higher_is_better=True)


def at_most(value: Interval, ceiling: float) -> Decision:
    """Decide "the metric is at most `ceiling`" from its own interval: PASS below, FAIL above, else UNDECIDED."""
    return _decide(value, ceiling, higher_is_better=False)


def all_of(answers: Iterable[Verdict]) -> Verdict:
    """Return the answer to "all of these": FAIL if one fails, else UNDECIDED if one is, else PASS.

    Needs no correction for several questions: a set passes wrongly only if its worst member does
    (intersection-union; R. L. Berger, Technometrics 1982;24:295). Nothing asked is PASS.
    """
    given = set(answers)
    if Verdict.FAIL in given:
        return Verdict.FAIL
    return Verdict.UNDECIDED if Verdict.UNDECIDED in given else Verdict.PASS


def _decide(interval: Interval, bound: float, higher_is_better: bool) -> Decision:
    if not all(math.isfinite(value) for value in (interval.low, interval.high, bound)):
        raise NotFiniteError("a decision needs finite ends and a finite bound")
    above, below = interval.low > bound, interval.high < bound
    if not above and not below:
        answer = Verdict.UNDECIDED
    else:
        answer = Verdict.PASS if above == higher_is_better else Verdict.FAIL
    return Decision(answer=answer, interval=interval, threshold=bound)


def _check_margin(margin: float) -> None:
    if not math.isfinite(margin) or margin < 0.0:
        raise OutOfRangeError(f"a margin is a number >= 0, not {margin}")
