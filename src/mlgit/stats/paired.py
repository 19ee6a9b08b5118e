"""One door to the paired comparison of two models: a metric's name and the evidence in, a `PairedResult` out.

Every family of metrics has its own law (the table is in docs/explanation/statistics.md); `families` picks it.
Differences are head minus base everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mlgit.stats.answers import Options
from mlgit.stats.errors import UnknownLabelError
from mlgit.stats.families import FAMILIES, LOWER_IS_BETTER
from mlgit.stats.interval import Interval, two_sided_level
from mlgit.stats.power import items_for_interval, items_to_decide

if TYPE_CHECKING:
    from mlgit.stats.evidence import Evidence

METRIC_NAMES = tuple(FAMILIES)
"""Every metric that can be compared with an interval."""


class PairedResult(msgspec.Struct, frozen=True, kw_only=True):
    """Two models compared on the same items by one metric.

    `base`, `head` and `difference` are two-sided intervals at the level asked for: what one shows. `head_bounds`
    and `difference_bounds` are those whose every end holds by itself at that level (a two-sided interval at
    2 level - 1): what one decides by, since a gate asks a one-sided question.
    """

    metric: str
    higher_is_better: bool
    n: int
    groups: int | None
    changed: int
    """Items on which the two models answer differently; 0 means that the change touches none of them."""
    base: Interval
    head: Interval
    difference: Interval
    head_bounds: Interval
    difference_bounds: Interval
    p_value: float
    """Two-sided, of "no difference"; small speaks for a difference. For Holm's correction over slices."""
    disagreement: float | None
    """The share of items on which exactly one model is right (accuracy and error rate without groups)."""
    seed: int

    def items_to_decide(self, margin: float, *, power: float = 0.8) -> int | None:
        """Return the n at which an equally good head would be told from one worse by `margin` > 0.

        From the disagreement where it is known and not 0, else from the interval's width; None where the
        interval has no width. The error is that of `difference_bounds`. Raises `OutOfRangeError`.
        """
        alpha = (1.0 - self.difference_bounds.level) / 2.0
        if self.disagreement:
            return items_to_decide(self.disagreement, margin, alpha=alpha, power=power)
        return items_for_interval(self.difference_bounds, margin, alpha=alpha, power=power)


def paired_difference(
    metric: str, evidence: Evidence, level: float = 0.95, seed: int = 0, options: Options | None = None
) -> PairedResult:
    """Compare base and head by `metric`, one of `METRIC_NAMES`, on checked evidence.

    `level` in (0.5, 1); `seed` drives every resampling, so that the same seed gives the same result (derive it
    from the inputs' digests); `options` name the average, the positive class, the quantile. With groups in the
    evidence they are the sampling units throughout. Raises a `StatisticsError`: `UnknownLabelError` for an
    unknown metric or class, `UndefinedMetricError` where the metric has no value, `TooFewItemsError`,
    `OneClassError`, `OutOfRangeError` for scores that are no probabilities, `NotFiniteError` for labels or
    predictions that are no numbers where numbers are needed.
    """
    if metric not in FAMILIES:
        raise UnknownLabelError(f"{metric} is not one of {', '.join(METRIC_NAMES)}")
    inner = two_sided_level(level)
    laws = FAMILIES[metric](evidence, seed, options or Options())
    codes = evidence.group_codes
    return PairedResult(
        metric=metric,
        higher_is_better=metric not in LOWER_IS_BETTER,
        n=evidence.n,
        groups=None if codes is None else int(codes.max()) + 1,
        changed=laws.changed,
        base=laws.base(level),
        head=laws.head(level),
        difference=laws.difference(level),
        head_bounds=laws.head(inner),
        difference_bounds=laws.difference(inner),
        p_value=laws.p_value,
        disagreement=laws.disagreement,
        seed=seed,
    )
