from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlgit.stats.bootstrap import (
    JointCells,
    compare_confusion,
    compare_confusion_units,
    count_cells,
    metric_bounds,
    with_unseen,
)
from mlgit.stats.confusion import METRICS, ConfusionMetric, evaluate
from mlgit.stats.draws import ComparedDraws, Draws
from mlgit.stats.errors import (
    EmptyInputError,
    LengthMismatchError,
    OutOfRangeError,
    TooFewItemsError,
    UndefinedMetricError,
    UnknownLabelError,
)
from tests.unit.stats.margins import margins_of

RESAMPLES = 20_000
codes = st.lists(st.tuples(*(st.integers(0, 3),) * 3), min_size=1, max_size=80)


@pytest.mark.parametrize("name", ["f1", "precision", "recall", "mcc", "balanced_accuracy", "kappa"])
def test_cells_follow_the_law_of_scipys_row_resampling(name: str) -> None:
    """Both ends agree within 0.012, about four Monte-Carlo errors of 20,000 resamples on 150 rows."""
    truth, base, head = _predictions(150, 2)
    metric = ConfusionMetric(name=name)
    ours = compare_confusion(metric, count_cells(truth, base, head, 2), resamples=RESAMPLES, seed=1)
    _agree_with_scipy(ours, metric, truth, base, head, 2)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_cells_of_several_classes_follow_the_same_law(average: str) -> None:
    truth, base, head = _predictions(200, 4)
    metric = ConfusionMetric(name="f1", average=average)  # type: ignore[arg-type]
    ours = compare_confusion(metric, count_cells(truth, base, head, 4), resamples=RESAMPLES, seed=1)
    _agree_with_scipy(ours, metric, truth, base, head, 4)


def test_units_follow_the_law_of_the_cells() -> None:
    truth, base, head = _predictions(300, 4)
    metric = ConfusionMetric(name="f1", average="macro")
    cells = compare_confusion(metric, count_cells(truth, base, head, 4), resamples=RESAMPLES, seed=1)
    units = compare_confusion_units(metric, (truth, base, head), 4, resamples=RESAMPLES, seed=2)
    one, other = cells.difference.interval(), units.difference.interval()
    assert (one.estimate, one.items) == (pytest.approx(other.estimate), other.items)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.004)


def test_blocks_follow_the_law_of_the_cells_too() -> None:
    """5,000 items in 400 blocks: widths agree within 15 %, four times the spread's own error of 3.5 %."""
    truth, base, head = _predictions(5_000, 3)
    metric = ConfusionMetric(name="kappa")
    cells = compare_confusion(metric, count_cells(truth, base, head, 3), seed=1).difference.interval()
    blocks = compare_confusion_units(metric, (truth, base, head), 3, seed=2).difference.interval()
    assert blocks.width == pytest.approx(cells.width, rel=0.15)
    assert blocks.method == "bootstrap of blocks"


def test_repeated_rows_of_a_group_add_no_certainty() -> None:
    truth, base, head = _predictions(150, 2)
    alone = compare_confusion(ConfusionMetric(name="f1"), count_cells(truth, base, head, 2), seed=1)
    repeated = (np.repeat(truth, 10), np.repeat(base, 10), np.repeat(head, 10))
    groups = np.repeat(np.arange(150), 10)
    grouped = compare_confusion_units(ConfusionMetric(name="f1"), repeated, 2, groups, seed=1)
    wide, naive = (
        grouped.difference.interval(),
        compare_confusion(ConfusionMetric(name="f1"), count_cells(*repeated, 2), seed=1),
    )
    assert wide.width == pytest.approx(alone.difference.interval().width, rel=0.1)
    assert naive.difference.interval().width < 0.5 * wide.width


@settings(max_examples=30)
@given(codes, st.sampled_from(sorted(METRICS)), st.integers(0, 2**32))
def test_estimates_and_ranges_hold_for_any_predictions(
    items: list[tuple[int, int, int]], name: str, seed: int
) -> None:
    truth, base, head = (np.array(column) for column in zip(*items, strict=True))
    metric = ConfusionMetric(name=name, average="macro")
    cells = count_cells(truth, base, head, 4)
    compared = compare_confusion(metric, cells, resamples=100, seed=seed, unseen=1.0)
    for side, predicted in ((compared.base, base), (compared.head, head)):
        expected = float(evaluate(metric, margins_of(_matrix(truth, predicted, 4))))
        assert side.estimate == pytest.approx(expected, nan_ok=True)
        if not math.isnan(expected):
            low, high = metric_bounds(name)
            interval = side.interval()
            assert low - 1e-9 <= interval.low <= interval.estimate <= interval.high <= high + 1e-9


@given(codes)
def test_cells_count_every_item_once(items: list[tuple[int, int, int]]) -> None:
    truth, base, head = (np.array(column) for column in zip(*items, strict=True))
    cells = count_cells(truth, base, head, 4)
    assert cells.weights.sum() == cells.n == len(items)
    assert len(cells.weights) == len(set(items))
    assert cells.changed == sum(b != h for _, b, h in items)
    for t, b, h, weight in zip(cells.truth, cells.base, cells.head, cells.weights, strict=True):
        assert items.count((int(t), int(b), int(h))) == weight


def test_cells_of_very_many_classes_are_counted_too() -> None:
    truth, base, head = _predictions(500, 150)
    cells = count_cells(truth, base, head, 150)
    assert cells.weights.sum() == 500
    assert sorted(set(zip(truth, base, head, strict=True))) == list(
        zip(cells.truth, cells.base, cells.head, strict=True)
    )


def test_the_same_seed_gives_the_same_interval() -> None:
    cells = count_cells(*_predictions(100, 2), 2)
    first, again, other = (
        compare_confusion(ConfusionMetric(name="mcc"), cells, seed=seed).difference.interval()
        for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_a_resample_without_a_value_widens_the_interval() -> None:
    # One positive among 30: more than a third of resamples have none, and recall no value there.
    truth = np.array([1] + [0] * 29)
    compared = compare_confusion(ConfusionMetric(name="recall"), count_cells(truth, truth, truth, 2), seed=1)
    assert np.isnan(compared.head.values).mean() == pytest.approx((29 / 30) ** 30, abs=0.02)
    interval = compared.head.interval()
    assert (interval.low, interval.high) == (0.0, 1.0)
    difference = compared.difference.interval()
    assert (difference.low, difference.high) == (-1.0, 1.0)
    assert compared.difference.p_value() == 1.0


def test_few_resamples_without_a_value_count_as_the_worst() -> None:
    values = np.linspace(0.4, 0.6, 1_000)
    values[:10] = np.nan
    draws = Draws(estimate=0.5, values=values, lowest=0.0, highest=1.0, n=9, method="test")
    full = np.concatenate([np.zeros(10), values[10:]])
    assert draws.interval(0.95).low == pytest.approx(np.quantile(full, 0.025))
    assert draws.interval(0.99).low == 0.0
    assert draws.interval(0.99).high == 1.0


def test_a_metric_without_a_value_on_the_items_is_an_error() -> None:
    nothing = np.zeros(5, dtype=int)
    compared = compare_confusion(
        ConfusionMetric(name="recall"), count_cells(nothing, nothing, nothing, 2), seed=1
    )
    with pytest.raises(UndefinedMetricError, match="no value on these 5 items"):
        compared.difference.interval()


def test_an_endless_end_is_an_error() -> None:
    values = np.array([np.nan] * 50 + [1.0] * 50)
    draws = Draws(estimate=1.0, values=values, lowest=-np.inf, highest=1.0, n=3, method="test")
    with pytest.raises(TooFewItemsError, match=r"50\.0 % of resamples of 3 items"):
        draws.interval()


def test_unseen_items_keep_a_few_items_from_being_certain() -> None:
    truth = np.array([0, 1] * 10)
    cells = count_cells(truth, truth, truth, 2)
    sure = compare_confusion(ConfusionMetric(name="f1"), cells, seed=1).difference.interval()
    unsure = compare_confusion(ConfusionMetric(name="f1"), cells, seed=1, unseen=1.0).difference.interval()
    assert sure.width == 0.0
    assert unsure.low < -0.1
    assert unsure.high > 0.1
    assert unsure.estimate == 0.0


def test_unseen_items_weigh_the_same_on_both_sides() -> None:
    cells = count_cells([0, 0, 0, 1, 2], [0, 0, 0, 1, 2], [0, 0, 1, 1, 2], 3)
    more = with_unseen(cells, 2.0)
    only_base = (more.base == more.truth) & (more.head != more.truth)
    only_head = (more.head == more.truth) & (more.base != more.truth)
    assert more.weights.sum() == pytest.approx(5 + 4)
    assert more.weights[only_base].sum() == pytest.approx(1 + 2)
    assert more.weights[only_head].sum() == pytest.approx(2)
    assert with_unseen(cells, 0.0) is cells


def test_p_value_of_bootstrap_draws() -> None:
    values = np.concatenate([np.full(30, -1.0), np.full(969, 1.0)])
    draws = Draws(estimate=1.0, values=values, lowest=-1, highest=1, n=9, method="test")
    assert draws.p_value() == pytest.approx(2 * 31 / 1000)
    assert draws.p_value(null=5.0) == pytest.approx(2 / 1000)


def test_refuses_bad_input() -> None:
    with pytest.raises(UnknownLabelError, match="head is 2 at position 1, outside 0 to 1"):
        count_cells([0, 1], [0, 1], [0, 2], 2)
    with pytest.raises(UnknownLabelError, match="integer class codes"):
        count_cells([0.0, 1.0], [0, 1], [0, 1], 2)
    with pytest.raises(LengthMismatchError, match="truth 2, base 1, head 2"):
        count_cells([0, 1], [0], [0, 1], 2)
    with pytest.raises(EmptyInputError):
        count_cells([], [], [], 2)
    with pytest.raises(OutOfRangeError, match="two classes"):
        count_cells([0], [0], [0], 1)
    cells = count_cells([0, 1], [0, 1], [0, 1], 2)
    with pytest.raises(OutOfRangeError, match="too few"):
        compare_confusion(ConfusionMetric(name="f1"), cells, resamples=10, seed=1)
    with pytest.raises(UnknownLabelError):
        compare_confusion(ConfusionMetric(name="nonsense"), cells, seed=1)
    assert isinstance(cells, JointCells)


def _predictions(n: int, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(11)
    truth = random.integers(0, classes, n)
    base = np.where(random.random(n) < 0.75, truth, random.integers(0, classes, n))
    return truth, base, np.where(random.random(n) < 0.8, base, random.integers(0, classes, n))


def _matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    flat = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def _agree_with_scipy(
    ours: ComparedDraws,
    metric: ConfusionMetric,
    truth: np.ndarray,
    base: np.ndarray,
    head: np.ndarray,
    classes: int,
) -> None:
    def difference(t: np.ndarray, b: np.ndarray, h: np.ndarray, axis: int = -1) -> np.ndarray:
        def matrices(predicted: np.ndarray) -> np.ndarray:
            hot = np.eye(classes)
            return np.einsum("...nk,...nl->...kl", hot[t], hot[predicted])

        return evaluate(metric, margins_of(matrices(h))) - evaluate(metric, margins_of(matrices(b)))

    theirs = stats.bootstrap(
        (truth, base, head),
        difference,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=2_000,
        method="percentile",
        rng=np.random.default_rng(4),
    )
    interval = ours.difference.interval()
    assert interval.low == pytest.approx(theirs.confidence_interval.low, abs=0.012)
    assert interval.high == pytest.approx(theirs.confidence_interval.high, abs=0.012)
    assert np.nanstd(ours.difference.values) == pytest.approx(theirs.standard_error, rel=0.03)
