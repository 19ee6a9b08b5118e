"""Metrics of joint confusion cells by draws of the cells' shares.

What the true shares of the cells may be, given the counts, is a Dirichlet distribution: for one share and its complement the
beta distribution of C. J. Clopper and E. S. Pearson's exact interval (Biometrika 1934;26:404), with one whole item that
was never seen on the side of the end in question. P. Walley's imprecise Dirichlet model with s = 1 (J R Stat Soc B 1996;58:3) has
the same for many cells, and so has this: for the lower end the unseen item is the one that pulls the metric down most, for
the upper end the one that lifts it most. Hence no interval without width.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.cells import CHUNK
from mlgit.stats.draws import check_resamples, quantile, tail_p_value
from mlgit.stats.interval import Interval, check_level

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats
    from mlgit.stats.cells import CellMetric, JointCells, Kind


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Draws of the shares of joint cells, and any metric of them."""

    cells: JointCells
    resamples: int
    seed: int

    @cached_property
    def drawn(self) -> Floats:
        """What each cell weighs in each draw, shape (cells, resamples); their sum is no matter."""
        check_resamples(self.resamples)
        random = np.random.default_rng(self.seed)
        return random.standard_gamma(
            self.cells.weights[:, None], size=(len(self.cells.weights), self.resamples)
        )

    @cached_property
    def unseen(self) -> Floats:
        """What one item that was never seen weighs in each draw."""
        return np.random.default_rng([self.seed, 1]).standard_exponential(self.resamples)

    def of(self, metric: CellMetric) -> Drawn:
        """Return a metric with its interval."""
        return Drawn(shares=self, metric=metric)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A metric of the cells at hand, with its values under every draw of their shares."""

    shares: Shares
    metric: CellMetric

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """The values with an unseen item that pulls the metric down, and with one that lifts it, each in order."""
        low, high = (np.sort(self._values(kind)) for kind, _ in self.metric.unseen(self.shares.cells))
        return low, high

    def _values(self, kind: Kind) -> Floats:
        wider, drawn = self.shares.cells.beside([kind]), self.shares.drawn
        step = max(1, CHUNK // len(wider.weights))
        values = np.empty(drawn.shape[1])
        for start in range(0, len(values), step):
            part = slice(start, start + step)
            counts = np.concatenate([drawn[:, part], self.shares.unseen[None, part]])
            values[part] = self.metric.values(wider, counts)
        return values

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval at `level`; `UndefinedMetricError` where the metric has no value on the items at hand."""
        tail = (1.0 - check_level(level)) / 2.0
        estimate = self.metric.value(self.shares.cells)
        low, high = self.ends
        return Interval(
            estimate=estimate,
            low=min(estimate, quantile(low, tail)),
            high=max(estimate, quantile(high, 1.0 - tail)),
            level=level,
            method="Dirichlet of cells",
            items=self.shares.cells.n,
        )

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0, in (0, 1]: the level at which 0 leaves the interval."""
        estimate = self.metric.value(self.shares.cells)
        if estimate == 0.0:
            return 1.0
        return tail_p_value(self.ends[0] if estimate > 0.0 else -self.ends[1][::-1])
