"""An estimate with its interval, as a value. Needs no numpy."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mlgit.stats.errors import OutOfRangeError

SHOWN = 0.95
"""The level of the intervals that reports show."""


class Interval(Struct, frozen=True, kw_only=True):
    """A two-sided confidence interval, in the unit of its metric: of a change, or of the head's value.

    `low <= high` always; `estimate` usually lies between them. Each end errs in at most `(1 - level) / 2` of
    repetitions, so one end alone is a one-sided bound at confidence `(1 + level) / 2`.
    """

    estimate: Annotated[float, Meta(description="The value on the items at hand.")]
    low: Annotated[float, Meta(description="Its lower end.")]
    high: Annotated[float, Meta(description="Its upper end.")]
    level: Annotated[
        float,
        Meta(
            description="The share of repetitions in which it covers the truth, between 0 and 1.", gt=0, lt=1
        ),
    ] = SHOWN
    method: Annotated[
        str, Meta(description="How it was found: `Newcombe 10`, `Clopper-Pearson`, `corrected t`.")
    ] = ""
    items: Annotated[
        int | None, Meta(description="The number of test items (of seeds, where `method` says so).")
    ] = None

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

    0.95 gives 0.90: a one-sided condition asked at 5 % is decided by the ends of a 90 % interval.
    `confidence` lies in (0.5, 1); `OutOfRangeError` otherwise.
    """
    if not 0.5 < confidence < 1.0:
        raise OutOfRangeError(f"a one-sided confidence lies between 0.5 and 1, not at {confidence}")
    return round(2.0 * confidence - 1.0, 12)
