"""Means of items that hang together: visits of a patient, frames of a film, rows of a customer.

Items of a group resemble each other, so ten thousand rows of fifty patients know about as much as fifty patients.
The jackknife leaves out one whole group at a time. Confusion metrics, RMSE, R2 and the ROC area by group are in
`bootstrap`, `sums` and `ranking`; they take the same group codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import finite_vector, same_length, vector
from mlgit.stats.distributions import t_cdf, t_quantile
from mlgit.stats.errors import TooFewItemsError
from mlgit.stats.interval import Interval, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlgit.stats.arrays import Integers


@dataclass(frozen=True, kw_only=True)
class GroupedMean:
    """A mean over items, with its standard error between groups."""

    estimate: float
    error: float
    groups: int
    n: int

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval by Student's t with groups - 1 degrees of freedom."""
        reach = t_quantile(0.5 + check_level(level) / 2.0, self.groups - 1) * self.error
        return Interval(
            estimate=self.estimate,
            low=self.estimate - reach,
            high=self.estimate + reach,
            level=level,
            method="jackknife by group",
            items=self.n,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a mean of 0, in [0, 1]."""
        if self.error == 0.0:
            return 1.0 if self.estimate == 0.0 else 0.0
        return 2.0 * t_cdf(-abs(self.estimate) / self.error, self.groups - 1)


def group_codes(groups: ArrayLike) -> Integers:
    """Return integer codes 0..g-1, shape (n,), for group names of any one type; codes follow the sorted names."""
    codes: Integers = np.unique(vector("groups", groups), return_inverse=True)[1]
    return codes


def grouped_mean(values: ArrayLike, groups: ArrayLike) -> GroupedMean:
    """Return the mean of `values`, shape (n,), with the standard error of the jackknife over `groups`, shape (n,).

    At least two groups, none of which may hold all the items (`TooFewItemsError`); values are finite. For one
    item per group it equals Student's. Source: B. Efron, C. Stein, Ann Stat 1981;9:586; that it errs to the wide
    side with few or unequal groups (CR3) is in A. C. Cameron, D. L. Miller, J Hum Resour 2015;50:317.
    """
    sample, codes = finite_vector("values", values), group_codes(groups)
    n = same_length(values=sample, groups=codes)
    sizes = np.bincount(codes).astype(np.float64)
    count = len(sizes)
    if count < 2:
        raise TooFewItemsError("an interval by group needs two groups at least")
    mean = float(sample.mean())
    surplus = np.bincount(codes, weights=sample - mean)
    without = -surplus / (n - sizes)
    error = float(np.sqrt((count - 1) / count * (without**2).sum()))
    return GroupedMean(estimate=mean, error=error, groups=count, n=n)
