"""Joint cells: counted, drawn, and moved; the ends are exact where an exact law is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlgit.stats.cell_draws import Drawn, Shares
from mlgit.stats.cells import CellMetric, JointCells, count_cells, linear_metric
from mlgit.stats.confusion import METRICS, ConfusionMetric, evaluate
from mlgit.stats.errors import (
    EmptyInputError,
    LengthMismatchError,
    OutOfRangeError,
    UndefinedMetricError,
    UnknownLabelError,
)
from tests.unit.stats.margins import margins_of

RESAMPLES = 20_000
codes = st.lists(st.tuples(*(st.integers(0, 3),) * 3), min_size=1, max_size=80)


@pytest.mark.parametrize(("name", "cell"), [("precision", 2), ("recall", 1)])
@pytest.mark.parametrize("misses", [0, 1, 7])
def test_the_ends_of_one_share_are_clopper_and_pearsons(name: str, cell: int, misses: int) -> None:
    """The lower end is the quantile of a beta distribution with the unseen item among the misses, the upper among the hits."""
    answers = {0: (0, 0), 1: (1, 0), 2: (0, 1), 3: (1, 1)}
    rows = [answers[3]] * 40 + [answers[cell]] * misses + [answers[0]] * 60
    truth, head = (np.array(column) for column in zip(*rows, strict=True))
    found = drawn(ConfusionMetric(name=name), truth, head, head, 2, side=1, resamples=200_000).interval(0.9)
    exact = stats.binomtest(40, 40 + misses).proportion_ci(0.9, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=2e-3)


@pytest.mark.parametrize("name", ["f1", "mcc", "balanced_accuracy", "kappa"])
def test_among_many_items_the_ends_are_those_of_scipys_row_resampling(name: str) -> None:
    """2,000 items: the unseen one moves an end by a 50th of the width or less, Monte-Carlo by another 50th."""
    truth, base, head = _predictions(2_000, 3)
    metric = ConfusionMetric(name=name, average="macro")

    def difference(t: np.ndarray, b: np.ndarray, h: np.ndarray) -> float:
        sides = (evaluate(metric, margins_of(_matrix(t, one, 3))) for one in (b, h))
        first, second = map(float, sides)
        return second - first

    theirs = stats.bootstrap(
        (truth, base, head), difference, paired=True, vectorized=False, n_resamples=400,
        method="percentile", rng=np.random.default_rng(4),
    ).confidence_interval  # fmt: skip
    ours = drawn(metric, truth, base, head, 3).interval()
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.15 * ours.width)


@pytest.mark.parametrize("classes", [2, 4])
def test_what_items_move_gives_the_width_of_the_draws(classes: int) -> None:
    truth, base, head = _predictions(2_000, classes)
    metric = ConfusionMetric(name="f1", average="macro")
    cells = count_cells(truth, base, head, classes, items=True)
    moved = linear_metric(CellMetric(metric=metric, side=None), cells).interval()
    ours = drawn(metric, truth, base, head, classes).interval()
    assert (moved.estimate, moved.items) == (pytest.approx(ours.estimate), 2_000)
    assert (moved.low, moved.high) == pytest.approx((ours.low, ours.high), abs=0.1 * ours.width)


def test_repeated_rows_of_a_group_add_no_certainty() -> None:
    truth, base, head = _predictions(300, 2)
    metric = CellMetric(metric=ConfusionMetric(name="balanced_accuracy"), side=None)
    alone = linear_metric(metric, count_cells(truth, base, head, 2, items=True)).interval()
    repeated = [np.repeat(one, 10) for one in (truth, base, head)]
    cells = count_cells(*repeated, 2, items=True)
    grouped = linear_metric(metric, cells, np.repeat(np.arange(300), 10)).interval()
    assert grouped.width == pytest.approx(alone.width, rel=0.1)
    assert linear_metric(metric, cells).interval().width < 0.5 * grouped.width


@settings(max_examples=30)
@given(codes, st.sampled_from(sorted(METRICS)), st.integers(0, 2**32))
def test_estimates_and_ranges_hold_for_any_predictions(
    items: list[tuple[int, int, int]], name: str, seed: int
) -> None:
    truth, base, head = (np.array(column) for column in zip(*items, strict=True))
    metric = ConfusionMetric(name=name, average="macro")
    for side, predicted in enumerate((base, head)):
        found = drawn(metric, truth, base, head, 4, side=side, resamples=100, seed=seed)
        expected = float(evaluate(metric, margins_of(_matrix(truth, predicted, 4))))
        if math.isnan(expected):
            with pytest.raises(UndefinedMetricError):
                found.interval()
        else:
            low, high = found.metric.bounds
            interval = found.interval()
            assert interval.estimate == pytest.approx(expected)
            assert low - 1e-9 <= interval.low <= interval.estimate <= interval.high <= high + 1e-9
            assert interval.width > 0


@given(codes)
def test_cells_count_every_item_once(items: list[tuple[int, int, int]]) -> None:
    truth, base, head = (np.array(column) for column in zip(*items, strict=True))
    cells = count_cells(truth, base, head, 4, items=True)
    assert cells.weights.sum() == cells.n == len(items)
    assert len(cells.weights) == len(set(items))
    assert cells.changed == sum(b != h for _, b, h in items)
    for t, b, h, weight in zip(cells.truth, cells.base, cells.head, cells.weights, strict=True):
        assert items.count((int(t), int(b), int(h))) == weight
    assert cells.of_item is not None
    told = zip(*(one[cells.of_item].tolist() for one in (cells.truth, cells.base, cells.head)), strict=True)
    assert list(told) == items


def test_cells_of_very_many_classes_are_counted_too() -> None:
    truth, base, head = _predictions(500, 150)
    cells = count_cells(truth, base, head, 150)
    assert cells.weights.sum() == 500
    assert sorted(set(zip(truth, base, head, strict=True))) == list(
        zip(cells.truth, cells.base, cells.head, strict=True)
    )


def test_the_same_seed_gives_the_same_interval() -> None:
    first, again, other = (
        drawn(ConfusionMetric(name="mcc"), *_predictions(100, 2), 2, seed=seed).interval()
        for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_one_positive_says_next_to_nothing_of_recall() -> None:
    truth = np.array([1] + [0] * 29)
    interval = drawn(ConfusionMetric(name="recall"), truth, truth, truth, 2, side=1).interval()
    assert (interval.low, interval.high) == (pytest.approx(0.025, abs=0.01), 1.0)


def test_a_metric_without_a_value_on_the_items_is_an_error() -> None:
    nothing = np.zeros(5, dtype=int)
    found = drawn(ConfusionMetric(name="recall"), nothing, nothing, nothing, 2)
    with pytest.raises(UndefinedMetricError, match="no value on these 5 items"):
        found.interval()


def test_an_unseen_item_keeps_a_few_items_from_being_certain() -> None:
    truth = np.array([0, 1] * 10)
    unsure = drawn(ConfusionMetric(name="f1"), truth, truth, truth, 2).interval()
    assert unsure.low < -0.1
    assert unsure.high > 0.1
    assert unsure.estimate == 0.0


def test_the_unseen_item_is_the_one_that_weighs_most() -> None:
    """Of three positives among a thousand, one more that is missed moves the mean recall most."""
    truth = np.array([1] * 3 + [0] * 997)
    cells = count_cells(truth, truth, truth, 2)
    (down, fall), (up, rise) = CellMetric(metric=ConfusionMetric(name="balanced_accuracy"), side=1).unseen(
        cells
    )
    assert (down, fall, rise) == ((1, 0, 0), pytest.approx(1 / 8), 0.0)
    assert up[0] == up[2]


def test_a_clear_difference_has_a_p_value_far_below_one_over_the_draws() -> None:
    truth = np.arange(2_000) % 2
    base = np.where(np.arange(2_000) % 10 < 3, 1 - truth, truth)
    for sides in ((base, truth), (truth, base)):
        found = drawn(ConfusionMetric(name="f1"), truth, *sides, 2, resamples=2_000).p_value()
        assert 0 < found < 1e-12
    assert drawn(ConfusionMetric(name="f1"), truth, truth, truth, 2).p_value() == 1.0


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
        drawn(ConfusionMetric(name="f1"), [0, 1], [0, 1], [0, 1], 2, resamples=10).interval()
    with pytest.raises(UnknownLabelError):
        drawn(ConfusionMetric(name="nonsense"), [0, 1], [0, 1], [0, 1], 2).interval()
    with pytest.raises(OutOfRangeError, match="do not tell the items"):
        linear_metric(CellMetric(metric=ConfusionMetric(name="f1"), side=None), cells)
    assert isinstance(cells, JointCells)


def drawn(
    metric: ConfusionMetric, truth: object, base: object, head: object, classes: int, *,
    side: int | None = None, resamples: int = RESAMPLES, seed: int = 1,
) -> Drawn:  # fmt: skip
    cells = count_cells(truth, base, head, classes)  # type: ignore[arg-type]
    return Shares(cells=cells, resamples=resamples, seed=seed).of(CellMetric(metric=metric, side=side))


def _predictions(n: int, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(11)
    truth = random.integers(0, classes, n)
    base = np.where(random.random(n) < 0.75, truth, random.integers(0, classes, n))
    return truth, base, np.where(random.random(n) < 0.8, base, random.integers(0, classes, n))


def _matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    flat = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)
