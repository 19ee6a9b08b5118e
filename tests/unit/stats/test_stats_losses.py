from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from mlgit.stats.errors import (
    LengthMismatchError,
    NotFiniteError,
    OutOfRangeError,
    TooFewItemsError,
    UnknownLabelError,
)
from mlgit.stats.losses import (
    MANY,
    MeanEstimate,
    absolute_errors,
    brier_losses,
    log_losses,
    pinball_losses,
    sign_flip_interval,
    sign_flip_p_value,
    squared_errors,
    t_interval,
    t_p_value,
)

scored = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40)
numbers = st.floats(-1e6, 1e6)
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)


@given(scored)
def test_losses_of_probabilities_agree_with_scikit_learn(items: list[tuple[bool, float]]) -> None:
    labels, scores = (np.array(column) for column in zip(*items, strict=True))
    assert log_losses(labels, scores).mean() == pytest.approx(
        reference.log_loss(labels, scores, labels=[False, True]), abs=1e-9
    )
    assert brier_losses(labels, scores).mean() == pytest.approx(
        reference.brier_score_loss(labels, scores, pos_label=True), abs=1e-12
    )


@given(pairs, st.floats(0.01, 0.99))
def test_errors_agree_with_scikit_learn(items: list[tuple[float, float]], quantile: float) -> None:
    truth, predicted = (np.array(column) for column in zip(*items, strict=True))
    assert absolute_errors(truth, predicted).mean() == pytest.approx(
        reference.mean_absolute_error(truth, predicted)
    )
    assert squared_errors(truth, predicted).mean() == pytest.approx(
        reference.mean_squared_error(truth, predicted)
    )
    assert pinball_losses(truth, predicted, quantile).mean() == pytest.approx(
        reference.mean_pinball_loss(truth, predicted, alpha=quantile), abs=1e-9
    )


def test_a_certain_error_is_dear_but_finite() -> None:
    assert log_losses([1, 0], [0.0, 1.0]) == pytest.approx([36.04, 36.04], abs=0.01)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=200), st.sampled_from([0.8, 0.95]))
def test_t_agrees_with_scipy(values: list[float], level: float) -> None:
    if np.std(values) < 1e-6:
        return
    theirs = stats.ttest_1samp(values, 0.0)
    interval, ends = t_interval(values, level), theirs.confidence_interval(level)
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high), rel=1e-8, abs=1e-8)
    assert t_p_value(values) == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-12)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=10))
def test_flipped_signs_agree_with_scipys_permutations(values: list[int]) -> None:
    theirs = stats.permutation_test(
        (np.array(values, dtype=float),), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p_value(values, resamples=100, seed=1) == pytest.approx(min(1.0, theirs.pvalue))


def test_many_flipped_signs_come_near_the_exact_value() -> None:
    values = np.random.default_rng(2).normal(0.4, size=16)
    exact = stats.permutation_test((values,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
    assert sign_flip_p_value(values, resamples=50_000, seed=1) == pytest.approx(exact, abs=0.006)


@given(st.lists(st.integers(-50, 50), min_size=6, max_size=9, unique=True))
def test_the_interval_of_flipped_signs_is_what_they_do_not_reject(values: list[int]) -> None:
    interval = sign_flip_interval(values, 0.9, resamples=100, seed=1)
    sample = np.array(values, dtype=float)
    inside = np.linspace(interval.low, interval.high, 23)[1:-1]
    outside = [interval.low - 0.01, interval.high + 0.01]
    assert all(sign_flip_p_value(sample - mean, resamples=100, seed=1) >= 0.1 for mean in inside)
    assert all(sign_flip_p_value(sample - mean, resamples=100, seed=1) <= 0.1 + 0.04 for mean in outside)


def test_five_items_cannot_give_95_percent() -> None:
    with pytest.raises(TooFewItemsError, match=r"5 items cannot give an interval at a level of 0\.95"):
        sign_flip_interval([1, 2, 3, 4, 5], seed=1)
    assert sign_flip_interval([1, 2, 3, 4, 5, 6], seed=1).low == 1


@pytest.mark.parametrize(
    ("n", "method"),
    [(10, "sign flips"), (MANY - 1, "sign flips"), (MANY, "t"), (5 * MANY, "t")],
)
def test_the_number_of_items_chooses_the_method(n: int, method: str) -> None:
    random = np.random.default_rng(n)
    values = -random.normal(size=n) + random.normal(size=n) - 5
    difference = MeanEstimate(values=values, seed=1)
    interval = difference.interval()
    assert interval.method == method
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.low <= interval.estimate <= interval.high < 0
    assert difference.p_value() < 0.003


@pytest.mark.parametrize("n", [10, 50, 200])
def test_equal_models_differ_by_nothing(n: int) -> None:
    difference = MeanEstimate(values=np.zeros(n), seed=1)
    assert (difference.interval().low, difference.interval().high) == (0.0, 0.0)
    assert difference.p_value() == 1.0


def test_a_constant_difference_is_certain() -> None:
    assert t_p_value([2.0, 2.0]) == 0.0


def test_refuses_bad_input() -> None:
    with pytest.raises(OutOfRangeError, match=r"scores is 1\.5 at position 1"):
        log_losses([0, 1], [0.5, 1.5])
    with pytest.raises(NotFiniteError, match="scores is nan"):
        brier_losses([0, 1], [0.5, math.nan])
    with pytest.raises(UnknownLabelError, match="labels is 3"):
        log_losses([3, 1], [0.5, 0.5])
    with pytest.raises(LengthMismatchError):
        absolute_errors([1, 2], [1])
    with pytest.raises(OutOfRangeError, match="quantile"):
        pinball_losses([1], [1], 1.0)
    with pytest.raises(TooFewItemsError, match="two items"):
        t_interval([1.0])
