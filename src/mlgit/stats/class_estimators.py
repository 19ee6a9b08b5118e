"""The estimators of what is counted of predicted classes: shares of the right ones, and what a confusion matrix gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.cell_draws import Shares
from mlgit.stats.cells import MOST_CELLS, CellMetric, count_cells, linear_metric
from mlgit.stats.confusion import Average, ConfusionMetric
from mlgit.stats.errors import OneClassError, UndefinedMetricError
from mlgit.stats.estimates import Estimates, estimates_of, share_estimates
from mlgit.stats.options import Options, class_codes, positive_code, settle
from mlgit.stats.proportions import count_pairs
from mlgit.stats.ratio import mean

if TYPE_CHECKING:
    from mlgit.stats.arrays import Booleans, Integers
    from mlgit.stats.evidence import Evidence


def share_of_hits(evidence: Evidence, seed: int, options: Options, *, wrong: bool) -> Estimates:
    """Return the estimates of the share of items that are right, with `wrong` of those that are not."""
    del seed, options
    _, truth, base, head = class_codes(evidence)
    base_hit, head_hit = (base != truth, head != truth) if wrong else (base == truth, head == truth)
    return hit_estimates(base_hit, head_hit, int(np.count_nonzero(base != head)), evidence.group_codes)


def hit_estimates(base: Booleans, head: Booleans, changed: int, groups: Integers | None) -> Estimates:
    """Return the estimates of two shares of hits, one for each item."""
    if groups is None:
        return share_estimates(count_pairs(base, head), changed)
    ours, theirs = base.astype(np.float64), head.astype(np.float64)
    return estimates_of(
        mean(ours, groups, unseen=(0.0, 1.0), bounds=(0.0, 1.0)),
        mean(theirs, groups, unseen=(0.0, 1.0), bounds=(0.0, 1.0)),
        mean(theirs - ours, groups, unseen=(-1.0, 1.0), bounds=(-1.0, 1.0)),
        changed,
    )


def confusion_estimates(evidence: Evidence, seed: int, options: Options, *, name: str) -> Estimates:
    """Return the estimates of the metric `name` of the confusion matrix; raises `OneClassError` where there is one class alone."""
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
        return share_of_class(rows, base == truth, head == truth, base != head)
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


def share_of_class(rows: Booleans, base: Booleans, head: Booleans, changed: Booleans) -> Estimates:
    """Return the estimates of the share of hits in `rows`; raises `UndefinedMetricError` where there are none."""
    if not rows.any():
        raise UndefinedMetricError(f"the metric has no value on these {len(rows)} items")
    return share_estimates(count_pairs(base[rows], head[rows]), int(np.count_nonzero(changed)))
