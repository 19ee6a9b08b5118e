"""The estimators of predicted numbers: mean losses, the root of one, and the share of the spread that is explained."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from mlgit.stats.errors import UndefinedMetricError
from mlgit.stats.estimates import Estimates, IntervalAt, estimates_of, loss_estimates
from mlgit.stats.interval import Interval
from mlgit.stats.losses import greatest, squared_errors, worst_number_loss
from mlgit.stats.options import Options, truth_and_numbers
from mlgit.stats.ratio import ratio

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats
    from mlgit.stats.evidence import Evidence


def number_loss_estimates(
    evidence: Evidence,
    seed: int,
    options: Options,
    *,
    loss: Callable[[Floats, Floats, Options], Floats],
) -> Estimates:
    """Return the estimates of the mean of a loss of predicted numbers."""
    del seed
    truth, base, head = truth_and_numbers(evidence)
    groups = evidence.group_codes

    def of_items(truth: Floats, predicted: Floats) -> Floats:
        return loss(truth, predicted, options)

    worst = worst_number_loss(of_items, truth, base, head, groups)
    losses = of_items(truth, base), of_items(truth, head)
    return loss_estimates(losses, (worst, worst), groups, int(np.count_nonzero(base != head)))


def root_errors(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of the root of the mean squared error."""
    squares = number_loss_estimates(
        evidence, seed, options, loss=lambda truth, guess, _: squared_errors(truth, guess)
    )
    truth, base, _ = truth_and_numbers(evidence)
    before = float(squared_errors(truth, base).mean())

    def rooted(change: float) -> float:
        # The base's error stays as it is; of the difference of the squares only the head's root is taken.
        return math.sqrt(max(0.0, before + change)) - math.sqrt(before)

    return replace(
        squares,
        base=partial(reshaped, squares.base, math.sqrt),
        head=partial(reshaped, squares.head, math.sqrt),
        difference=partial(reshaped, squares.difference, rooted),
    )


def reshaped(interval_at: IntervalAt, shape: Callable[[float], float], level: float) -> Interval:
    """Return an interval at a level with every end put through a function that never falls."""
    found = interval_at(level)
    estimate, low, high = (
        shape(max(end, 0.0) if shape is math.sqrt else end) for end in (found.estimate, found.low, found.high)
    )
    return structs.replace(found, estimate=estimate, low=low, high=high)


def explained_spread(evidence: Evidence, seed: int, options: Options) -> Estimates:
    """Return the estimates of R2: the share of the spread of the truth that a model explains."""
    del seed, options
    truth, base, head = truth_and_numbers(evidence)
    groups = evidence.group_codes
    worst = worst_number_loss(squared_errors, truth, base, head, groups)
    spread = (truth - truth.mean()) ** 2
    if spread.sum() <= 1e-12 * float((truth**2).sum()):
        raise UndefinedMetricError(
            f"the metric has no value on these {evidence.n} items: the truth is constant"
        )
    ours, theirs = squared_errors(truth, base), squared_errors(truth, head)
    highest = greatest(spread, groups)
    alone = ((-worst, 0.0), (highest, highest))
    return estimates_of(
        ratio(spread - ours, spread, groups, unseen=alone, bounds=(-math.inf, 1.0)),
        ratio(spread - theirs, spread, groups, unseen=alone, bounds=(-math.inf, 1.0)),
        ratio(ours - theirs, spread, groups, unseen=((-worst, 0.0), (worst, 0.0))),
        int(np.count_nonzero(base != head)),
    )
