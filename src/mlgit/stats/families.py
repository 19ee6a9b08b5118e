"""Which law belongs to which metric: each family turns evidence into intervals for base, head and difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mlgit.stats.answers import (
    Options,
    both_scores,
    class_codes,
    positive_code,
    positive_labels,
    settle,
    truth_and_numbers,
)
from mlgit.stats.bootstrap import (
    LARGEST_MULTINOMIAL,
    compare_confusion,
    compare_confusion_units,
    count_cells,
)
from mlgit.stats.clusters import GroupedMean, grouped_mean
from mlgit.stats.confusion import METRICS, Average, Question
from mlgit.stats.errors import OneClassError
from mlgit.stats.interval import Interval
from mlgit.stats.losses import (
    MeanLaw,
    absolute_errors,
    brier_losses,
    log_losses,
    pinball_losses,
    squared_errors,
)
from mlgit.stats.proportions import count_pairs, mcnemar_mid_p, newcombe_interval, wilson_interval
from mlgit.stats.ranking import area_interval, compare_areas, difference_interval
from mlgit.stats.sums import compare_r2, compare_rmse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgit.stats.arrays import Array, Booleans, Floats, Integers
    from mlgit.stats.draws import ComparedDraws
    from mlgit.stats.evidence import Evidence

IntervalAt: TypeAlias = Callable[[float], Interval]


@dataclass(frozen=True, kw_only=True)
class Laws:
    """Intervals at any level for the base, the head and their difference, and the p-value of no difference."""

    base: IntervalAt
    head: IntervalAt
    difference: IntervalAt
    p_value: float
    changed: int
    """Items on which the two models answer differently."""
    disagreement: float | None = None
    """The share of items on which exactly one model is right, for accuracy and error rate of single items."""


Family: TypeAlias = Callable[["Evidence", int, Options], Laws]


def _shares(evidence: Evidence, seed: int, options: Options, *, wrong: bool) -> Laws:
    del seed, options
    _, truth, base, head = class_codes(evidence)
    base_hit, head_hit = (base != truth, head != truth) if wrong else (base == truth, head == truth)
    changed = int(np.count_nonzero(base != head))
    if evidence.group_codes is not None:
        return _grouped_means(base_hit, head_hit, evidence.group_codes, changed)
    counts = count_pairs(base_hit, head_hit)
    return Laws(
        base=partial(wilson_interval, counts.both + counts.only_base, counts.n),
        head=partial(wilson_interval, counts.both + counts.only_head, counts.n),
        difference=partial(newcombe_interval, counts),
        p_value=mcnemar_mid_p(counts.only_base, counts.only_head),
        changed=changed,
        disagreement=counts.disagreement,
    )


def _confusions(evidence: Evidence, seed: int, options: Options, *, name: str) -> Laws:
    classes, truth, base, head = class_codes(evidence)
    if len(classes) < 2:
        raise OneClassError(f"{name} needs two classes; labels and predictions hold only {classes[0]}")
    settled = settle(evidence, options)
    average: Average = settled.average or "macro"
    positive = positive_code(classes, settled.positive) if average == "binary" else 0
    question = Question(name=name, average=average, positive=positive)
    cells = count_cells(truth, base, head, len(classes))
    if evidence.group_codes is None and len(cells.weights) <= LARGEST_MULTINOMIAL:
        compared = compare_confusion(question, cells, resamples=options.resamples, seed=seed, unseen=1.0)
    else:
        compared = compare_confusion_units(
            question,
            (truth, base, head),
            len(classes),
            evidence.group_codes,
            resamples=options.resamples,
            seed=seed,
        )
    return _drawn(compared, cells.changed)


def _areas(evidence: Evidence, seed: int, options: Options) -> Laws:
    del seed
    positive = positive_labels(evidence, options.positive)
    base, head = both_scores(evidence)
    areas = compare_areas(positive, base, head, evidence.group_codes)
    return Laws(
        base=partial(area_interval, areas, "base"),
        head=partial(area_interval, areas, "head"),
        difference=partial(difference_interval, areas),
        p_value=areas.p_value,
        changed=int(np.count_nonzero(base != head)),
    )


def _score_losses(
    evidence: Evidence, seed: int, options: Options, *, loss: Callable[[Booleans, Floats], Floats]
) -> Laws:
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
) -> Laws:
    truth, base, head = truth_and_numbers(evidence)
    changed = int(np.count_nonzero(base != head))
    return _means(loss(truth, base, options), loss(truth, head, options), evidence, seed, options, changed)


def _sums(evidence: Evidence, seed: int, options: Options, *, compare: Callable[..., ComparedDraws]) -> Laws:
    truth, base, head = truth_and_numbers(evidence)
    compared = compare(truth, base, head, evidence.group_codes, resamples=options.resamples, seed=seed)
    return _drawn(compared, int(np.count_nonzero(base != head)))


def _means(base: Floats, head: Floats, evidence: Evidence, seed: int, options: Options, changed: int) -> Laws:
    if evidence.group_codes is not None:
        return _grouped_means(base, head, evidence.group_codes, changed)
    laws = [
        MeanLaw(values=values, seed=seed, resamples=options.resamples) for values in (base, head, head - base)
    ]
    return Laws(
        base=laws[0].interval,
        head=laws[1].interval,
        difference=laws[2].interval,
        p_value=laws[2].p_value(),
        changed=changed,
    )


def _grouped_means(base: Array, head: Array, groups: Integers, changed: int) -> Laws:
    first, second = base.astype(np.float64), head.astype(np.float64)
    laws: list[GroupedMean] = [grouped_mean(values, groups) for values in (first, second, second - first)]
    return Laws(
        base=laws[0].interval,
        head=laws[1].interval,
        difference=laws[2].interval,
        p_value=laws[2].p_value(),
        changed=changed,
    )


def _drawn(compared: ComparedDraws, changed: int) -> Laws:
    return Laws(
        base=compared.base.interval,
        head=compared.head.interval,
        difference=compared.difference.interval,
        p_value=compared.difference.p_value(),
        changed=changed,
    )


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "accuracy": partial(_shares, wrong=False),
        "error_rate": partial(_shares, wrong=True),
        **{
            name: partial(_confusions, name=name)
            for name in METRICS
            if name not in ("accuracy", "error_rate")
        },
        "roc_auc": _areas,
        "log_loss": partial(_score_losses, loss=log_losses),
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
"""The law of every metric that can be compared with an interval, by the metric's name."""

LOWER_IS_BETTER = frozenset({"error_rate", "log_loss", "brier", "mae", "mse", "pinball", "rmse"})
"""The metrics of `FAMILIES` that are losses; all others are better higher."""
