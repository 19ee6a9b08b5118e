"""Print what our statistics cost beside scipy's row resampling, in CPU seconds of one run on this machine.

    python benchmarks/intervals.py [--rows 1000000] [--repeats 5]

The F1 difference of two models with 10,000 resamples is measured whole, counting the confusion cells included.
scipy.stats.bootstrap draws rows, so a few of its resamples on the same rows are measured and multiplied up; the
time of one resample does not depend on how many there are. Ratios within one run are what travels to other machines.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats
from sklearn.metrics import roc_auc_score

from mlgit.stats.cell_draws import Shares
from mlgit.stats.cells import CellMetric, count_cells
from mlgit.stats.confusion import ConfusionMetric
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.evidence import Predictions, check_evidence
from mlgit.stats.interval import SHOWN
from mlgit.stats.options import Options
from mlgit.stats.ranking import compare_areas, roc_auc

if TYPE_CHECKING:
    from collections.abc import Callable

RESAMPLES = 10_000
SCIPY_RESAMPLES = 4


@dataclass(frozen=True)
class Data:
    """Labels, both models' predictions and both models' scores, each of shape (rows,)."""

    truth: np.ndarray
    base: np.ndarray
    head: np.ndarray
    base_scores: np.ndarray
    head_scores: np.ndarray


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    data, repeats = make(arguments.rows), arguments.repeats
    print(f"{arguments.rows:,} predictions, CPU seconds, median of {repeats}")
    ours = report("F1 difference, 10,000 resamples", repeats, lambda: f1_difference(data))
    few = cpu_seconds(lambda: scipy_difference(data), 1)
    theirs = few * RESAMPLES / SCIPY_RESAMPLES
    show(f"  scipy.stats.bootstrap ({SCIPY_RESAMPLES} resamples, scaled)", theirs)
    print(f"  ratio: {theirs / ours:,.0f}")
    area = report("ROC AUC", repeats, lambda: roc_auc(data.truth, data.base_scores))
    report("ROC AUC of both models with DeLong's law", repeats, lambda: areas(data))
    other = report(
        "  sklearn.metrics.roc_auc_score", repeats, lambda: roc_auc_score(data.truth, data.base_scores)
    )
    print(f"  ratio: {other / area:,.1f}")
    small = make(10_000)
    print("10,000 predictions with text ids, evidence check and one metric")
    for metric in ESTIMATORS:
        report(f"  {metric}", repeats, lambda metric=metric: whole(small, metric))  # type: ignore[misc]


def make(rows: int) -> Data:
    """Return predictions of two models, right on about nine in ten rows, that disagree on one in twenty."""
    random = np.random.default_rng(2024)
    truth = random.integers(0, 2, rows)
    base = np.where(random.random(rows) < 0.9, truth, 1 - truth)
    head = np.where(random.random(rows) < 0.95, base, 1 - base)
    scores = 1.0 / (1.0 + np.exp(-(random.normal(size=rows) + 2.0 * truth - 1.0)))
    moved = np.clip(scores + 0.05 * random.normal(size=rows), 0.0, 1.0)
    return Data(truth=truth, base=base, head=head, base_scores=scores, head_scores=moved)


def f1_difference(data: Data) -> None:
    """Count the joint cells and draw the difference."""
    cells = count_cells(data.truth, data.base, data.head, 2)
    metric = CellMetric(metric=ConfusionMetric(name="f1"), side=None)
    Shares(cells=cells, resamples=RESAMPLES, seed=1).of(metric).interval()


def scipy_difference(data: Data) -> None:
    """Resample rows as scipy does, with F1 from sums of booleans."""

    def difference(truth: np.ndarray, base: np.ndarray, head: np.ndarray) -> float:
        first, second = (2 * (truth & p).sum() / (truth.sum() + p.sum()) for p in (base, head))
        return float(second - first)

    columns = tuple(column.astype(bool) for column in (data.truth, data.base, data.head))
    scipy_stats.bootstrap(
        columns,
        difference,
        paired=True,
        vectorized=False,
        n_resamples=SCIPY_RESAMPLES,
        batch=1,
        method="percentile",
        rng=1,
    )


def areas(data: Data) -> None:
    """Compare both areas."""
    compare_areas(data.truth, data.base_scores, data.head_scores).difference.interval()


def whole(data: Data, metric: str) -> None:
    """Check, align and compare, as a gate does."""
    ids = np.char.add("item-", np.arange(len(data.truth)).astype(np.str_))
    base, head = (
        Predictions(
            ids=ids,
            labels=data.truth,
            predictions=predictions,
            scores=scores,
            class_scores={"0": 1.0 - scores, "1": scores},
        )
        for predictions, scores in ((data.base, data.base_scores), (data.head, data.head_scores))
    )
    evidence = check_evidence(base, head).evidence
    if evidence is None:
        raise SystemExit("the evidence does not match")
    estimates = ESTIMATORS[metric](evidence, 1, Options())
    for interval_at in (estimates.base, estimates.head, estimates.difference):
        interval_at(SHOWN)


def report(name: str, repeats: int, call: Callable[[], object]) -> float:
    """Print and return the median CPU seconds of a call."""
    seconds = cpu_seconds(call, repeats)
    show(name, seconds)
    return seconds


def show(name: str, seconds: float) -> None:
    """Print one line."""
    print(f"{name:<55} {seconds:>12,.4f}")


def cpu_seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the median CPU seconds of `repeats` calls after one to warm up."""
    if repeats > 1:
        call()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
