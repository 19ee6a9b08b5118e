"""Several trainings of the same recipe: the mean over seeds and how sure it is. Needs no numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlgit.stats.distributions import t_quantile
from mlgit.stats.errors import NotFiniteError, TooFewItemsError
from mlgit.stats.interval import Interval, check_level


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the standard deviation (divided by k - 1) of k >= 2 finite values.

    Raises `TooFewItemsError` for fewer, `NotFiniteError` for NaN and the infinities.
    """
    if len(values) < 2:
        raise TooFewItemsError(f"{len(values)} seed(s) show no spread; it takes two")
    if not all(math.isfinite(value) for value in values):
        raise NotFiniteError("the value of a seed is no finite number")
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def seeds_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Return Student's interval of the mean of k >= 2 seeds; errors as `mean_and_spread`."""
    mean, spread = mean_and_spread(values)
    reach = spread / math.sqrt(len(values)) * _quantile(level, len(values) - 1)
    return _interval(mean, reach, level, "Student's t over seeds", len(values))


def seeds_difference(base: Sequence[float], head: Sequence[float], level: float = 0.95) -> Interval:
    """Return Welch's interval of the difference of two means, head minus base, each of 2 seeds or more.

    The seeds of both sides are taken as independent, equal numbers or not. B. L. Welch, Biometrika 1947;34:28.
    """
    (base_mean, base_spread), (head_mean, head_spread) = mean_and_spread(base), mean_and_spread(head)
    parts = base_spread**2 / len(base), head_spread**2 / len(head)
    error = math.sqrt(sum(parts))
    if error == 0.0:
        return _interval(head_mean - base_mean, 0.0, level, "Welch's t over seeds", min(len(base), len(head)))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(base) - 1) + parts[1] ** 2 / (len(head) - 1))
    reach = error * _quantile(level, freedom)
    return _interval(head_mean - base_mean, reach, level, "Welch's t over seeds", min(len(base), len(head)))


def _quantile(level: float, freedom: float) -> float:
    return t_quantile(0.5 + check_level(level) / 2.0, freedom)


def _interval(estimate: float, reach: float, level: float, method: str, n: int) -> Interval:
    return Interval(
        estimate=estimate, low=estimate - reach, high=estimate + reach, level=level, method=method, items=n
    )
