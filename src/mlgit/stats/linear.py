"""A metric by what each item moves it by: areas, average precision, and confusion metrics by group or of many classes.

Every item has an influence: how much the metric moves for a small weight more on it. The influences add up to 0, and the sum
of their squares estimates the variance; of two models on the same items, the differences of the influences give that of
the difference, so the pairing is kept (L. A. Jaeckel, Bell Labs memorandum MM-72-1215-11, 1972; B. Efron, The Jackknife,
the Bootstrap and Other Resampling Plans, SIAM 1982, chapter 6). By group the influences of its items are summed (N. A.
Obuchowski, Biometrics 1997;53:567) and set up as the jackknife without the group would have them, which errs to the wide
side with unequal groups (CR3: A. C. Cameron, D. L. Miller, J Hum Resour 2015;50:317). How far an end lies: `reach`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import unit_of
from mlgit.stats.errors import TooFewItemsError
from mlgit.stats.interval import Interval
from mlgit.stats.reach import enough, p_value, reach, steps

if TYPE_CHECKING:
    from mlgit.stats.arrays import Booleans, Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A value with the influence of each item on it, shape (n,), within `lowest` and `highest`.

    `smallest` is the number of items, or groups, that the rarest class is in on which it rests, `rare` names them; `fall` and `rise`, both >= 0,
    are how far one item that was never seen would move it down and up; `groups` are integer codes of shape (n,).
    """

    estimate: float
    influence: Floats
    smallest: int
    fall: float
    rise: float
    lowest: float
    highest: float
    method: str
    rare: str = "items of the rarest class"
    groups: Integers | None = None
    held: float = 1.0
    """How many items of the rarest class a group holds that has any."""
    items: int | None = None
    """The number of test items, where the influences are of units that hold several."""

    @cached_property
    def moved(self) -> Floats:
        """What each unit, item or group, moves the value by."""
        if self.groups is None:
            return self.influence
        sizes = np.bincount(self.groups)
        if len(sizes) < 2:
            raise TooFewItemsError("an interval by group needs two groups at least")
        sums: Floats = np.bincount(self.groups, weights=self.influence) / (1.0 - sizes / sizes.sum())
        return sums

    @cached_property
    def freedom(self) -> float:
        """Student's degrees of freedom: of the rarest class, or of the groups by their sizes."""
        if self.groups is None:
            return max(1.0, self.smallest - 1.0)
        sizes = np.bincount(self.groups).astype(np.float64)
        return max(1.0, min(float(sizes.sum() ** 2 / (sizes**2).sum()), self.smallest) - 1.0)

    @cached_property
    def unit(self) -> float:
        """What everything is divided by before it is squared."""
        return unit_of(self.moved, self.fall * self.held, self.rise * self.held)

    @cached_property
    def cumulants(self) -> tuple[float, float]:
        """The sums of the squares and of the cubes of what each unit moves the value by, in powers of `unit`."""
        one, count = self.moved / self.unit, max(2, min(len(self.moved), self.smallest))
        return float((one**2).sum()) * count / (count - 1), float((one**3).sum())

    def check(self) -> None:
        """Raise `TooFewItemsError` for too few groups or items of the rarest class."""
        if self.groups is not None:
            enough(len(self.moved), "groups")
        enough(self.smallest, self.rare)

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; raises `TooFewItemsError`."""
        student = steps(level, self.freedom)
        self.check()
        square, cube = self.cumulants
        low = self.estimate - self.unit * reach(square, cube, self.unseen(self.fall), student)
        high = self.estimate + self.unit * reach(square, -cube, self.unseen(self.rise), student)
        return Interval(
            estimate=self.estimate,
            low=max(low, self.lowest),
            high=min(high, self.highest),
            level=level,
            method=self.method if self.groups is None else f"{self.method}, by group",
            items=len(self.influence) if self.items is None else self.items,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0, in [0, 1]; 1 for two models that rank alike."""
        self.check()
        square, cube = self.cumulants
        above = self.estimate > 0.0
        unseen = self.unseen(self.fall if above else self.rise)
        distance = abs(self.estimate) / self.unit
        return p_value(distance, square, cube if above else -cube, unseen, self.freedom)

    def unseen(self, item: float) -> float:
        """Return how far an unseen unit moves the value, in `unit`: an item, or a group that holds as many as groups do."""
        return item * self.held / self.unit


def rarest(classes: Iterable[Booleans], groups: Integers | None = None) -> tuple[int, float]:
    """Return in how many units the rarest class is, and how many of its items such a unit holds on average.

    `classes` says of each class which items belong to it. A unit is an item, or a group of `groups`.
    """
    found = []
    for members in classes:
        items = int(np.count_nonzero(members))
        units = items if groups is None else len(np.unique(groups[members]))
        found.append((units, items / units if units else 1.0))
    return min(found)
