"""The names of the metrics, and the mean over seeds."""

from __future__ import annotations

import pytest
from scipy import stats as scipy_stats

from mlgit.stats.errors import NotFiniteError, TooFewItemsError
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.naming import ESTIMATED, LOSSES, metric_names, named_metric
from mlgit.stats.seeds import mean_and_spread, seeds_difference, seeds_interval

BASE = [0.90, 0.91, 0.905, 0.912]
HEAD = [0.92, 0.93, 0.915]


def test_every_law_has_its_name_and_its_direction() -> None:
    assert set(ESTIMATED) == set(ESTIMATORS)
    assert set(ESTIMATED) > LOSSES
    for name in metric_names():
        metric = named_metric(name)
        assert metric is not None
        assert metric.higher_is_better == (metric.estimator not in LOSSES)


def test_averages_belong_to_the_metrics_that_have_them() -> None:
    assert named_metric("f1_macro").average == "macro"  # type: ignore[union-attr]
    assert not named_metric("f1_macro").concerns_one_class  # type: ignore[union-attr]
    assert named_metric("f1").concerns_one_class  # type: ignore[union-attr]
    assert named_metric("accuracy_macro") is None
    assert named_metric("f1_marco") is None
    assert named_metric("") is None


def test_seeds_agree_with_an_independent_t() -> None:
    interval = seeds_interval(BASE, 0.9)
    mean, spread = mean_and_spread(BASE)
    low, high = scipy_stats.t.interval(0.9, len(BASE) - 1, loc=mean, scale=spread / len(BASE) ** 0.5)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    expected = scipy_stats.ttest_ind(HEAD, BASE, equal_var=False).confidence_interval(0.9)
    found = seeds_difference(BASE, HEAD, 0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_too_few_seeds_and_seeds_without_spread() -> None:
    with pytest.raises(TooFewItemsError):
        mean_and_spread([0.9])
    with pytest.raises(NotFiniteError):
        mean_and_spread([0.9, float("nan")])
    assert seeds_difference([0.9, 0.9], [0.8, 0.8]).width == 0.0
