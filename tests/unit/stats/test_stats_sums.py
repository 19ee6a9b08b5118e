from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import r2_score, root_mean_squared_error

from mlgit.stats.errors import (
    EmptyInputError,
    LengthMismatchError,
    NotFiniteError,
    OutOfRangeError,
    TooFewItemsError,
    UndefinedMetricError,
)
from mlgit.stats.sums import BLOCKS, compare_r2, compare_rmse, group_sums, resample_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgit.stats.draws import ComparedDraws

Compare: TypeAlias = "Callable[..., ComparedDraws]"
numbers = st.floats(-100, 100)
METRICS = [(compare_rmse, root_mean_squared_error), (compare_r2, r2_score)]


@settings(max_examples=30)
@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=30))
def test_estimates_agree_with_scikit_learn(items: list[tuple[float, float, float]]) -> None:
    truth, base, head = (np.array(column) for column in zip(*items, strict=True))
    rmse = compare_rmse(truth, base, head, resamples=100, seed=1)
    assert rmse.head.estimate == pytest.approx(root_mean_squared_error(truth, head))
    if truth.std() > 1e-3:
        r2 = compare_r2(truth, base, head, resamples=100, seed=1)
        assert r2.base.estimate == pytest.approx(r2_score(truth, base), rel=1e-6)


@pytest.mark.parametrize(("compare", "reference"), METRICS)
def test_follows_the_law_of_scipys_row_resampling(compare: Compare, reference: Compare) -> None:
    """Widths agree within 4 %, ends within 3 % of it: five Monte-Carlo errors of 40,000 resamples."""
    truth, base, head = _regression(120)

    def difference(t: np.ndarray, b: np.ndarray, h: np.ndarray, axis: int) -> np.ndarray:
        errors = [((p - t) ** 2).mean(axis=axis) for p in (b, h)]
        if reference is root_mean_squared_error:
            return np.sqrt(errors[1]) - np.sqrt(errors[0])
        return (errors[0] - errors[1]) / t.var(axis=axis)

    theirs = stats.bootstrap(
        (truth, base, head), difference, paired=True, n_resamples=40_000, method="percentile", rng=7
    ).confidence_interval
    ours = compare(truth, base, head, resamples=40_000, seed=1).difference.interval()
    width = theirs.high - theirs.low
    assert ours.width == pytest.approx(width, rel=0.04)
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)


@pytest.mark.parametrize(("compare", "reference"), METRICS)
def test_blocks_keep_the_width(compare: Compare, reference: Compare) -> None:
    """Beyond 400 items: the width is that of the delta method within 15 %, four errors of its estimate."""
    truth, base, head = _regression(20_000)
    ours = compare(truth, base, head, seed=1).difference.interval()
    first, second = (base - truth) ** 2, (head - truth) ** 2
    if reference is root_mean_squared_error:
        influence = second / np.sqrt(second.mean()) / 2 - first / np.sqrt(first.mean()) / 2
    else:
        centred = (truth - truth.mean()) ** 2
        total, gain = centred.mean(), first.mean() - second.mean()
        influence = (first - second) / total - gain * centred / total**2
    assert ours.width == pytest.approx(2 * 1.96 * influence.std() / np.sqrt(20_000), rel=0.15)


@pytest.mark.parametrize(("compare", "reference"), METRICS)
def test_repeated_rows_of_a_group_add_no_certainty(compare: Compare, reference: Compare) -> None:
    truth, base, head = _regression(150)
    alone = compare(truth, base, head, seed=1).difference.interval()
    repeated = [np.repeat(values, 10) for values in (truth, base, head)]
    grouped = compare(*repeated, np.repeat(np.arange(150), 10), seed=1).difference.interval()
    assert grouped.width == pytest.approx(alone.width, rel=0.05)
    assert grouped.method == "bootstrap of sums, by group"
    assert grouped.items == 1_500


@given(st.lists(st.tuples(st.integers(0, 4), numbers), min_size=1))
def test_groups_are_summed(items: list[tuple[int, float]]) -> None:
    groups, values = np.array([g for g, _ in items]), np.array([v for _, v in items])
    sums = group_sums(values[:, None], groups)
    expected = [values[groups == group].sum() for group in np.unique(groups)]
    np.testing.assert_allclose(sums[:, 0], expected, atol=1e-9)


def test_resampled_sums_have_the_right_mean_and_spread() -> None:
    units = np.random.default_rng(1).normal(size=(50, 2))
    drawn = resample_sums(units, resamples=20_000, seed=1)
    np.testing.assert_allclose(drawn.mean(axis=0), units.sum(axis=0), atol=0.25)
    np.testing.assert_allclose(np.cov(drawn.T), 50 * np.cov(units.T, bias=True), rtol=0.05, atol=1.5)


def test_every_item_counts_in_the_blocks() -> None:
    units = np.ones((BLOCKS * 5, 1))
    assert np.all(resample_sums(units, resamples=100, seed=1) == BLOCKS * 5)


def test_a_constant_truth_has_no_r2() -> None:
    compared = compare_r2([2.1, 2.1, 2.1], [1, 2, 3], [1, 2, 3], seed=1)
    with pytest.raises(UndefinedMetricError):
        compared.difference.interval()


def test_refuses_bad_input() -> None:
    with pytest.raises(NotFiniteError, match="truth is nan"):
        compare_rmse([np.nan, 1], [1, 2], [1, 2], seed=1)
    with pytest.raises(LengthMismatchError):
        compare_r2([1, 2], [1, 2, 3], [1, 2], seed=1)
    with pytest.raises(EmptyInputError):
        compare_rmse([], [], [], seed=1)
    with pytest.raises(TooFewItemsError, match="two items or groups"):
        compare_rmse([1], [1], [1], seed=1)
    with pytest.raises(TooFewItemsError, match="two items or groups"):
        compare_rmse([1, 2], [1, 2], [1, 2], np.array([0, 0]), seed=1)
    with pytest.raises(EmptyInputError):
        resample_sums(np.empty((0, 2)), seed=1)
    with pytest.raises(OutOfRangeError):
        resample_sums(np.ones((3, 1)), resamples=3, seed=1)


def _regression(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    truth = random.gamma(2.0, 2.0, size=n)
    base = truth + random.normal(size=n)
    return truth, base, base + 0.3 * random.normal(size=n)
