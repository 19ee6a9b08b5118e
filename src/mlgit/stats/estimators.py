"""The estimator of each metric: from evidence to intervals for the base, the head and their difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from mlgit.stats.bootstrap import (
    LARGEST_MULTINOMIAL,
    compare_confusion,
    compare_confusion_units,
    count_cells,
)
from mlgit.stats.clusters import grouped_mean
from mlgit.stats.confusion import METRICS, Average, ConfusionMetric
from mlgit.stats.errors import OneClassError
from mlgit.stats.influence import area_of_each_class, average_precision
from mlgit.stats.interval import Interval
from mlgit.stats.losses import (
    MeanEstimate,
    absolute_errors,
    brier_losses,
    class_log_losses,
    log_losses,
    pinball_losses,
    squared_errors,
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
    mcnemar_mid_p,
    newcombe_interval,
    wilson_interval,
)
from mlgit.stats.ranking import area_interval, compare_areas, difference_interval
from mlgit.stats.sums import compare_r2, compare_rmse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgit.stats.arrays import Array, Booleans, Floats, Integers
    from mlgit.stats.draws import ComparedDraws
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
    p_value: float
    changed: int
    """Items whose predictions differ between both models."""
    disagreement: float | None = None
    """The share of items on which exactly one model is right, for accuracy and error rate of single items."""


Estimator: TypeAlias = Callable[["Evidence", int, Options], Estimates]


def _estimates(base: Estimate, head: Estimate, difference: Estimate, changed: int) -> Estimates:
    return Estimates(
        base=base.interval,
        head=head.interval,
        difference=difference.interval,
        p_value=difference.p_value(),
        changed=changed,
    )


def _shares(evidence: Evidence, seed: int, options: Options, *, wrong: bool) -> Estimates:
    del seed, options
    _, truth, base, head = class_codes(evidence)
    base_hit, head_hit = (base != truth, head != truth) if wrong else (base == truth, head == truth)
    changed = int(np.count_nonzero(base != head))
    if evidence.group_codes is not None:
        return _grouped_means(base_hit, head_hit, evidence.group_codes, changed)
    return share_estimates(count_pairs(base_hit, head_hit), changed)


def share_estimates(counts: PairedCounts, changed: int) -> Estimates:
    """Return the estimates of two shares of the same items; `changed` predictions differ."""
    return Estimates(
        base=partial(wilson_interval, counts.both + counts.only_base, counts.n),
        head=partial(wilson_interval, counts.both + counts.only_head, counts.n),
        difference=partial(newcombe_interval, counts),
        p_value=mcnemar_mid_p(counts.only_base, counts.only_head),
        changed=changed,
        disagreement=counts.disagreement,
    )


def _confusions(evidence: Evidence, seed: int, options: Options, *, name: str) -> Estimates:
    classes, truth, base, head = class_codes(evidence)
    if len(classes) < 2:
        raise OneClassError(f"{name} needs two classes; labels and predictions hold only {classes[0]}")
    settled = settle(evidence, options)
    average: Average = settled.average or "macro"
    positive = positive_code(classes, settled.positive) if average == "binary" else 0
    metric = ConfusionMetric(name=name, average=average, positive=positive)
    cells = count_cells(truth, base, head, len(classes))
    if evidence.group_codes is None and len(cells.weights) <= LARGEST_MULTINOMIAL:
        compared = compare_confusion(metric, cells, resamples=options.resamples, seed=seed, unseen=1.0)
    else:
        compared = compare_confusion_units(
            metric,
            (truth, base, head),
            len(classes),
            evidence.group_codes,
            resamples=options.resamples,
            seed=seed,
        )
    return _drawn(compared, cells.changed)


def _areas(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    areas = compare_areas(positive, base, head, evidence.group_codes)
    return Estimates(
        base=partial(area_interval, areas, "base"),
        head=partial(area_interval, areas, "head"),
        difference=partial(difference_interval, areas),
        p_value=areas.p_value,
        changed=int(np.count_nonzero(base != head)),
    )


def _precisions(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    first, second = (average_precision(positive, side, evidence.group_codes) for side in (base, head))
    return _estimates(first, second, second.minus(first), int(np.count_nonzero(base != head)))


def _areas_of_classes(evidence: Evidence, seed: int, options: Options) -> Estimates:
    del seed, options
    codes, base, head = class_scores(evidence)
    first, second = (area_of_each_class(codes, side, evidence.group_codes) for side in (base, head))
    return _estimates(first, second, second.minus(first), _changed_rows(base, head))


def _log_losses(evidence: Evidence, seed: int, options: Options) -> Estimates:
    if len(evidence.base_class_scores) < 3:
        return _score_losses(evidence, seed, options, loss=log_losses)
    codes, base, head = class_scores(evidence)
    first, second = class_log_losses(codes, base), class_log_losses(codes, head)
    return _means(first, second, evidence, seed, options, _changed_rows(base, head))


def _changed_rows(base: Floats, head: Floats) -> int:
    return int(np.count_nonzero((base != head).any(axis=1)))


def _score_losses(
    evidence: Evidence, seed: int, options: Options, *, loss: Callable[[Booleans, Floats], Floats]
) -> Estimates:
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    changed = int(np.count_nonzero(base != head))
    return _means(loss(positive, base), loss(positive, head), evidence, seed, options, changed)


def _number_losses(
    evidence: Evidence,
    seed: int,
    options: Options,
    *,
    loss: Callable[[Floats, Floats, Options], Floats],
) -> Estimates:
    truth, base, head = truth_and_numbers(evidence)
    changed = int(np.count_nonzero(base != head))
    return _means(loss(truth, base, options), loss(truth, head, options), evidence, seed, options, changed)


def _sums(
    evidence: Evidence, seed: int, options: Options, *, compare: Callable[..., ComparedDraws]
) -> Estimates:
    truth, base, head = truth_and_numbers(evidence)
    compared = compare(truth, base, head, evidence.group_codes, resamples=options.resamples, seed=seed)
    return _drawn(compared, int(np.count_nonzero(base != head)))


def _means(
    base: Floats, head: Floats, evidence: Evidence, seed: int, options: Options, changed: int
) -> Estimates:
    if evidence.group_codes is not None:
        return _grouped_means(base, head, evidence.group_codes, changed)
    first, second, difference = (
        MeanEstimate(values=values, seed=seed, resamples=options.resamples)
        for values in (base, head, head - base)
    )
    return _estimates(first, second, difference, changed)


def _grouped_means(base: Array, head: Array, groups: Integers, changed: int) -> Estimates:
    ours, theirs = base.astype(np.float64), head.astype(np.float64)
    first, second, difference = (grouped_mean(values, groups) for values in (ours, theirs, theirs - ours))
    return _estimates(first, second, difference, changed)


def _drawn(compared: ComparedDraws, changed: int) -> Estimates:
    return _estimates(compared.base, compared.head, compared.difference, changed)


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
        "brier": partial(_score_losses, loss=brier_losses),
        "mae": partial(_number_losses, loss=lambda truth, guess, _: absolute_errors(truth, guess)),
        "mse": partial(_number_losses, loss=lambda truth, guess, _: squared_errors(truth, guess)),
        "pinball": partial(
            _number_losses, loss=lambda truth, guess, options: pinball_losses(truth, guess, options.quantile)
        ),
        "rmse": partial(_sums, compare=compare_rmse),
        "r2": partial(_sums, compare=compare_r2),
    }
)
"""The estimator of every metric that can be compared with an interval, by the metric's name."""
