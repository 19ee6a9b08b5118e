"""Any function of the rows, from what it says of resampled rows: its spread, its skewness, and what each unit moves it by.

The draws are those of the bootstrap (B. Efron, Ann Stat 1979;7:1), the same units of both models in each. Their second and
third moments take the place of the sums over the units in `reach`; how far one unit moves the value is the covariance of
how often it was drawn with the value (B. Efron, JASA 2014;109:991), and one that was never seen may move it twice as far.
The function has to be smooth: the largest value of a column is none whose spread resampling shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.errors import UndefinedMetricError
from mlgit.stats.estimates import Estimates, estimates_of
from mlgit.stats.interval import Interval
from mlgit.stats.reach import enough, p_value, reach, steps

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class Resampled:
    """A value with what it was in each draw, shape (draws,), and what each unit moves it by, shape (units,)."""

    estimate: float
    draws: Floats
    influence: Floats
    items: int
    by_group: bool = False

    @cached_property
    def moments(self) -> tuple[float, float, float]:
        """The variance and the third moment of the draws, and how far an unseen unit may move the value."""
        centred = self.draws - self.draws.mean()
        square = float((centred**2).sum()) / (len(centred) - 1)
        if square <= 0.0:
            raise UndefinedMetricError(
                "every draw has the same value, so nothing tells how far another could be"
            )
        return square, float((centred**3).mean()), 2.0 * float(np.abs(self.influence).max())

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; `TooFewItemsError` for too few units, `UndefinedMetricError` without any spread."""
        units = len(self.influence)
        enough(units, "groups" if self.by_group else "items")
        student = steps(level, units - 1.0)
        square, cube, unseen = self.moments
        return Interval(
            estimate=self.estimate,
            low=self.estimate - reach(square, cube, unseen, student),
            high=self.estimate + reach(square, -cube, unseen, student),
            level=level,
            method=f"{len(self.draws):,} resamples" + (", by group" if self.by_group else ""),
            items=self.items,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0."""
        enough(len(self.influence), "groups" if self.by_group else "items")
        square, cube, unseen = self.moments
        sign = 1.0 if self.estimate > 0.0 else -1.0
        return p_value(abs(self.estimate), square, sign * cube, unseen, len(self.influence) - 1.0)


def resampled_estimates(
    values: Floats, draws: Floats, influence: Floats, *, items: int, changed: int, by_group: bool
) -> Estimates:
    """Return the estimates of a function: its `values` of base and head, (draws, 2) draws and (units, 2) influences."""

    def one(value: float, drawn: Floats, moved: Floats) -> Resampled:
        return Resampled(estimate=value, draws=drawn, influence=moved, items=items, by_group=by_group)

    sides = [one(float(values[side]), draws[:, side], influence[:, side]) for side in (0, 1)]
    difference = one(
        float(values[1] - values[0]), draws[:, 1] - draws[:, 0], influence[:, 1] - influence[:, 0]
    )
    return estimates_of(sides[0], sides[1], difference, changed)
