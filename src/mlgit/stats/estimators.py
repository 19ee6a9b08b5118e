"""The estimator of each metric: from evidence to intervals for the base, the head and their difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from msgspec import structs

from mlgit.stats.cells import MOST_CELLS, CellMetric, Shares, count_cells, linear_metric
from mlgit.stats.confusion import METRICS, Average, ConfusionMetric
from mlgit.stats.errors import OneClassError, UndefinedMetricError
from mlgit.stats.influence import area_of_each_class, average_precision
from mlgit.stats.interval import Interval
from mlgit.stats.losses import (
    absolute_errors,
    brier_losses,
    class_brier_losses,
    class_log_losses,
    log_losses,
    pinball_losses,
    squared_errors,
    worst_class_loss,
    worst_error,
    worst_score_loss,
)
from mlgit.stats.options import (
    Options,
    both_scores,
    class_codes,
    class_scores,
    positive_code,
    positive_labels,
    settle,
    truth_and_numbers,
)
from mlgit.stats.proportions import (
    PairedCounts,
    count_pairs,
    exact_interval,
    mcnemar_mid_p,
    newcombe_interval,
)
from mlgit.stats.ranking import compare_areas
from mlgit.stats.ratio import mean, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgit.stats.arrays import Booleans, Floats, Integers
    from mlgit.stats.evidence import Evidence

IntervalAt: TypeAlias = Callable[[float], Interval]


class Estimate(Protocol):
    """A value with its interval at any level and the p-value of "it is 0"."""

    def interval(self, level: float = ...) -> Interval:
        """Return the interval at a two-sided level."""

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Intervals at any level for the base, the head and their difference, and the p-value of no difference."""

    base: IntervalAt
    head: IntervalAt
    difference: IntervalAt
    chance: Callable[[], float]
    changed: int
    """Items whose predictions differ between both models."""
    disagreement: float | None = None
    """The share of items on which exactly one model is right, for accuracy and error rate of single items."""

    @cached_property
    def p_value(self) -> float:
        """The two-sided p-value of no difference; computed when it is asked for, which a gate does not."""
        return self.chance()


Estimator: TypeAlias = Callable[["Evidence", int, Options], Estimates]


def estimates_of(base: Estimate, head: Estimate, difference: Estimate, changed: int) -> Estimates:
    """Return the estimates of both models and of their difference; `changed` items differ."""
    return Estimates(
        base=base.interval,
        head=head.interval,
        difference=difference.interval,
        chance=difference.p_value,
        changed=changed,
    )


def _shares(evidence: Evidence, seed: int, options: Options, *, wrong: bool) -> Estimates:
    del seed, options
    _, truth, base, head = class_codes(evidence)
    base_hit, head_hit = (base != truth, head != truth) if wrong else (base == truth, head == truth)
    return _hits(base_hit, head_hit, int(np.count_nonzero(base != head)), evidence.group_codes)


def _hits(base: Booleans, head: Booleans, changed: int, groups: Integers | None) -> Estimates:
    if groups is None:
        return share_estimates(count_pairs(base, head), changed)
    ours, theirs = base.astype(np.float64), head.astype(np.float64)
    return estimates_of(
        mean(ours, groups, unseen=(0.0, 1.0), bounds=(0.0, 1.0)),
        mean(theirs, groups, unseen=(0.0, 1.0), bounds=(0.0, 1.0)),
        mean(theirs - ours, groups, unseen=(-1.0, 1.0), bounds=(-1.0, 1.0)),
        changed,
    )


def share_estimates(counts: PairedCounts, changed: int) -> Estimates:
    """Return the estimates of two shares of the same items; `changed` predictions differ."""
    return Estimates(
        base=partial(exact_interval, counts.both + counts.only_base, counts.n),
        head=partial(exact_interval, counts.both + counts.only_head, counts.n),
        difference=partial(newcombe_interval, counts),
        chance=partial(mcnemar_mid_p, counts.only_base, counts.only_head),
        changed=changed,
        disagreement=counts.disagreement,
    )


def _confusions(evidence: Evidence, seed: int, options: Options, *, name: str) -> Estimates:
    classes, truth, base, head = class_codes(evidence)
    if len(classes) < 2:
        raise OneClassError(f"{name} needs two classes; labels and predictions hold only {classes[0]}")
    settled = settle(evidence, options)
    average: Average = "binary" if name == "specificity" else settled.average or "macro"
    positive = positive_code(classes, settled.positive) if average == "binary" else 0
    metric = ConfusionMetric(name=name, average=average, positive=positive)
    changed = int(np.count_nonzero(base != head))
    if evidence.group_codes is None and average == "binary" and name in ("recall", "specificity"):
        rows = (truth == positive) == (name == "recall")
        return _class_share(rows, base == truth, head == truth, base != head)
    cells = count_cells(truth, base, head, len(classes), items=evidence.group_codes is not None)
    sides = [CellMetric(metric=metric, side=side) for side in (0, 1, None)]
    if evidence.group_codes is None and len(cells.weights) <= MOST_CELLS:
        shares = Shares(cells=cells, resamples=options.resamples, seed=seed)
        first, second, difference = (shares.of(side) for side in sides)
        return estimates_of(first, second, difference, changed)
    if cells.of_item is None:
        cells = count_cells(truth, base, head, len(classes), items=True)
    ours, theirs, change = (linear_metric(side, cells, evidence.group_codes) for side in sides)
    return estimates_of(ours, theirs, change, changed)


def _class_share(rows: Booleans, base: Booleans, head: Booleans, changed: Booleans) -> Estimates:
    if not rows.any():
        raise UndefinedMetricError(f"the metric has no value on these {len(rows)} items")
    return share_estimates(count_pairs(base[rows], head[rows]), int(np.count_nonzero(changed)))


def _areas(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    areas = compare_areas(positive, base, head, evidence.group_codes)
    changed = int(np.count_nonzero(base != head))
    return estimates_of(areas.side("base"), areas.side("head"), areas.difference, changed)


def _precisions(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    first, second = (average_precision(positive, side, evidence.group_codes) for side in (base, head))
    changed = int(np.count_nonzero(base != head))
    return estimates_of(first.alone(), second.alone(), second.minus(first), changed)


def _areas_of_classes(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed, options
    codes, base, head = class_scores(evidence)
    first, second = (area_of_each_class(codes, side, evidence.group_codes) for side in (base, head))
    return estimates_of(first.alone(), second.alone(), second.minus(first), _changed_rows(base, head))


def _log_losses(evidence: Evidence, seed: int, options: Options) -> Estimates:
    if len(evidence.base_class_scores) < 3:
        return _score_losses(evidence, seed, options, loss=log_losses)
    codes, base, head = class_scores(evidence)
    losses = class_log_losses(codes, base), class_log_losses(codes, head)
    worst = worst_class_loss(base), worst_class_loss(head)
    return _means(losses, worst, evidence.group_codes, _changed_rows(base, head))


def _briers(evidence: Evidence, seed: int, options: Options) -> Estimates:
    if len(evidence.base_class_scores) < 3:
        return _score_losses(evidence, seed, options, loss=brier_losses)
    codes, base, head = class_scores(evidence)
    losses = class_brier_losses(codes, base), class_brier_losses(codes, head)
    return _means(losses, (2.0, 2.0), evidence.group_codes, _changed_rows(base, head))


def _changed_rows(base: Floats, head: Floats) -> int:
    return int(np.count_nonzero((base != head).any(axis=1)))


def _score_losses(
    evidence: Evidence, seed: int, options: Options, *, loss: Callable[[Booleans, Floats], Floats]
) -> Estimates:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    losses = loss(positive, base), loss(positive, head)
    worst = worst_score_loss(loss, positive, base), worst_score_loss(loss, positive, head)
    return _means(losses, worst, evidence.group_codes, int(np.count_nonzero(base != head)))


def _number_losses(
    evidence: Evidence,
    seed: int,
    options: Options,
    *,
    loss: Callable[[Floats, Floats, Options], Floats],
) -> Estimates:
    del seed
    truth, base, head = truth_and_numbers(evidence)
    reached = worst_error(truth, base, head)
    sides = np.array([reached, -reached]), np.zeros(2)
    worst = float(loss(*sides, options).max())
    losses = loss(truth, base, options), loss(truth, head, options)
    return _means(losses, (worst, worst), evidence.group_codes, int(np.count_nonzero(base != head)))


def _means(
    losses: tuple[Floats, Floats], worst: tuple[float, float], groups: Integers | None, changed: int
) -> Estimates:
    """Return the estimates of two mean losses of which an unseen item's may be as large as `worst`, or 0."""
    base, head = losses
    return estimates_of(
        mean(base, groups, unseen=(0.0, worst[0]), bounds=(0.0, math.inf)),
        mean(head, groups, unseen=(0.0, worst[1]), bounds=(0.0, math.inf)),
        mean(head - base, groups, unseen=(-worst[0], worst[1])),
        changed,
    )


def _roots(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed, options
    truth, base, head = truth_and_numbers(evidence)
    worst = worst_error(truth, base, head) ** 2
    losses = squared_errors(truth, base), squared_errors(truth, head)
    squares = _means(losses, (worst, worst), evidence.group_codes, int(np.count_nonzero(base != head)))
    before = float(losses[0].mean())

    def rooted(change: float) -> float:
        # The base's error stays as it is; of the difference of the squares only the head's root is taken.
        return math.sqrt(max(0.0, before + change)) - math.sqrt(before)

    return replace(
        squares,
        base=partial(_shaped, squares.base, math.sqrt),
        head=partial(_shaped, squares.head, math.sqrt),
        difference=partial(_shaped, squares.difference, rooted),
    )


def _shaped(interval_at: IntervalAt, shape: Callable[[float], float], level: float) -> Interval:
    found = interval_at(level)
    estimate, low, high = (
        shape(max(end, 0.0) if shape is math.sqrt else end) for end in (found.estimate, found.low, found.high)
    )
    return structs.replace(found, estimate=estimate, low=low, high=high)


def _explained(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed, options
    truth, base, head = truth_and_numbers(evidence)
    worst, spread = worst_error(truth, base, head) ** 2, (truth - truth.mean()) ** 2
    if spread.sum() <= 1e-12 * float((truth**2).sum()):
        raise UndefinedMetricError(
            f"the metric has no value on these {evidence.n} items: the truth is constant"
        )
    ours, theirs = squared_errors(truth, base), squared_errors(truth, head)
    highest = float(spread.max())
    alone = ((-worst, 0.0), (highest, highest))
    groups = evidence.group_codes
    return estimates_of(
        ratio(spread - ours, spread, groups, unseen=alone, bounds=(-math.inf, 1.0)),
        ratio(spread - theirs, spread, groups, unseen=alone, bounds=(-math.inf, 1.0)),
        ratio(ours - theirs, spread, groups, unseen=((-worst, 0.0), (worst, 0.0))),
        int(np.count_nonzero(base != head)),
    )


ESTIMATORS: Mapping[str, Estimator] = MappingProxyType(
    {
        "accuracy": partial(_shares, wrong=False),
        "error_rate": partial(_shares, wrong=True),
        **{
            name: partial(_confusions, name=name)
            for name in METRICS
            if name not in ("accuracy", "error_rate")
        },
        "roc_auc": _areas,
        "roc_auc_ovr": _areas_of_classes,
        "average_precision": _precisions,
        "log_loss": _log_losses,
        "brier": _briers,
        "mae": partial(_number_losses, loss=lambda truth, guess, _: absolute_errors(truth, guess)),
        "mse": partial(_number_losses, loss=lambda truth, guess, _: squared_errors(truth, guess)),
        "pinball": partial(
            _number_losses, loss=lambda truth, guess, options: pinball_losses(truth, guess, options.quantile)
        ),
        "rmse": _roots,
        "r2": _explained,
    }
)
"""The estimator of every metric that can be compared with an interval, by the metric's name."""
