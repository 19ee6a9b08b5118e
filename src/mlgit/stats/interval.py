"""An estimate with its interval, as a value."""

from __future__ import annotations

import msgspec

from mlgit.stats.errors import OutOfRangeError


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A two-sided confidence interval, in the unit of the metric it belongs to.

    `low <= high` always; `estimate` usually lies between them. Each end errs in at most `(1 - level) / 2` of
    repetitions, so one end alone is a one-sided bound at confidence `(1 + level) / 2`.
    """

    estimate: float
    """The value on the items at hand."""
    low: float
    """The lower end."""
    high: float
    """The upper end."""
    level: float
    """The share of repetitions in which the interval covers the truth, in (0, 1)."""
    method: str
    """How it was found, for the reader: `Newcombe 10`, `DeLong`, `bootstrap`."""
    n: int
    """The number of items (of groups, where `method` says so)."""
    undefined: float = 0.0
    """The share of resamples on which the metric has no value; each counts as the worst for both ends."""

    @property
    def width(self) -> float:
        """The distance between both ends, >= 0."""
        return self.high - self.low


def check_level(level: float) -> float:
    """Return `level` when it is a confidence level in (0, 1); raise `OutOfRangeError` otherwise."""
    if not 0.0 < level < 1.0:
        raise OutOfRangeError(f"a confidence level lies between 0 and 1, not at {level}")
    return level


def two_sided_level(confidence: float) -> float:
    """Return the level of the two-sided interval whose every end holds with one-sided `confidence`.

    0.95 gives 0.90: a one-sided question asked at 5 % is answered by the ends of a 90 % interval.
    `confidence` lies in (0.5, 1); `OutOfRangeError` otherwise.
    """
    if not 0.5 < confidence < 1.0:
        raise OutOfRangeError(f"a one-sided confidence lies between 0.5 and 1, not at {confidence}")
    return round(2.0 * confidence - 1.0, 12)
