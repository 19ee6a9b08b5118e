"""Means and ratios: Student's interval where nothing is skewed, exact bounds of counts where all is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlgit.stats.errors import NotFiniteError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.ratio import mean, ratio

NOTHING = (0.0, 0.0)


@given(st.integers(0, 10_000), st.sampled_from([0.8, 0.95, 0.996875]))
def test_without_skewness_and_unseen_items_a_mean_has_students_interval(seed: int, level: float) -> None:
    half = np.random.default_rng(seed).normal(size=30)
    values = np.concatenate([half, -half]) + 3.0
    ours = mean(values, unseen=(3.0, 3.0)).interval(level)
    theirs = stats.ttest_1samp(values, 0.0).confidence_interval(level)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6)
    assert (ours.estimate, ours.items) == (pytest.approx(3.0), 60)


def test_the_p_value_is_the_level_at_which_0_leaves_the_interval() -> None:
    values = np.random.default_rng(1).gamma(1.0, size=60) - 0.6
    found = mean(values, unseen=(-1.0, 5.0))
    interval = found.interval(1 - found.p_value())
    assert (interval.low if interval.estimate > 0 else interval.high) == pytest.approx(0, abs=1e-6)
    turned = mean(-values, unseen=(-5.0, 1.0))
    assert turned.p_value() == pytest.approx(found.p_value(), rel=1e-6)
    assert mean(np.zeros(40), unseen=(-1, 1)).p_value() == 1.0


@pytest.mark.parametrize("events", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 32])
def test_of_rare_events_the_upper_end_is_at_least_the_exact_one(events: int, alpha: float) -> None:
    """Never below the exact bound of Clopper and Pearson and at most a quarter beyond it."""
    values = np.arange(1_000) < events
    ours = mean(values, unseen=(0.0, 1.0), bounds=(0.0, 1.0)).interval(1 - 2 * alpha)
    exact = stats.binomtest(events, 1_000).proportion_ci(1 - 2 * alpha, method="exact")
    assert exact.high * 0.98 <= ours.high <= 1.25 * exact.high
    assert 0 <= ours.low <= exact.low + 1e-9


def test_no_interval_is_without_width() -> None:
    interval = mean(np.full(50, 2.0), unseen=(0.0, 9.0)).interval()
    assert interval.low < 2.0 < interval.high


def test_repeated_rows_of_a_group_add_no_certainty() -> None:
    values = np.random.default_rng(1).normal(size=40)
    alone = mean(values, unseen=(-3.0, 3.0)).interval()
    grouped = mean(np.repeat(values, 25), np.repeat(np.arange(40), 25), unseen=(-3.0, 3.0)).interval()
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high))
    assert (grouped.items, grouped.method) == (1_000, "corrected t, by group")


def test_twenty_groups_are_the_fewest() -> None:
    values = np.random.default_rng(1).normal(size=95)
    with pytest.raises(TooFewItemsError, match="19 groups are too few for an interval, which takes 20"):
        mean(values, np.arange(95) % 19, unseen=(-3, 3)).interval()
    with pytest.raises(TooFewItemsError, match="19 items are too few"):
        mean(values[:19], unseen=(-3, 3)).p_value()
    assert mean(values, np.arange(95) % 20, unseen=(-3, 3)).interval().width > 0


def test_one_group_that_holds_nearly_all_rows_says_nothing() -> None:
    values = np.random.default_rng(1).normal(size=1_000)
    groups = np.concatenate([np.zeros(960, dtype=int), np.arange(1, 41)])
    with pytest.raises(TooFewItemsError, match="say nothing about this ratio"):
        mean(values, groups, unseen=(-3, 3)).interval(0.996875)
    shares = mean(values > 0, groups, unseen=(0, 1), bounds=(0, 1)).interval(0.996875)
    assert shares.width > 0.9


def test_a_ratio_has_fiellers_interval() -> None:
    random = np.random.default_rng(2)
    bottom = 5 + random.normal(size=400)
    top = 2 * bottom + random.normal(size=400)
    ours = ratio(top, bottom, unseen=(NOTHING, NOTHING)).interval(0.9)
    for end in (ours.low, ours.high):
        rest = top - end * bottom
        assert abs(rest.mean()) / (rest.std(ddof=1) / 20) == pytest.approx(stats.t(399).ppf(0.95), rel=0.05)
    assert ours.low < ours.estimate < ours.high
    assert ours.estimate == pytest.approx(top.sum() / bottom.sum())


def test_a_ratio_of_sums_whose_bottom_may_be_0_is_not_told() -> None:
    with pytest.raises(UndefinedMetricError):
        ratio(np.ones(30), np.zeros(30), unseen=(NOTHING, NOTHING)).interval()
    bottom = (np.arange(30) < 1).astype(float)
    with pytest.raises(TooFewItemsError, match="say nothing about this ratio"):
        ratio(np.arange(30.0), bottom, unseen=(NOTHING, NOTHING)).interval()
    with pytest.raises(NotFiniteError):
        mean([1.0, math.nan], unseen=(0, 1))
