from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from mlgit.stats.distributions import (
    _beta_cdf,
    binomial_cdf,
    binomial_mass,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)
from mlgit.stats.errors import OutOfRangeError

PROBABILITIES = [
    1e-200,
    1e-30,
    1e-9,
    1e-4,
    0.005,
    0.025,
    0.05,
    0.3,
    0.499999,
    0.5,
    0.6,
    0.95,
    0.975,
    0.9995,
    1 - 1e-12,
]
close = pytest.approx


@pytest.mark.parametrize("probability", PROBABILITIES)
def test_normal_quantile_agrees_with_scipy(probability: float) -> None:
    assert normal_quantile(probability) == close(float(stats.norm.ppf(probability)), rel=1e-12, abs=1e-14)


@given(st.floats(-30, 30))
def test_normal_cdf_agrees_with_scipy(value: float) -> None:
    assert normal_cdf(value) == close(float(stats.norm.cdf(value)), rel=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4.5, 10, 29, 99, 1_000, 50_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("probability", [1e-6, 0.005, 0.025, 0.1, 0.4999, 0.5, 0.7, 0.95, 0.975, 0.99999])
def test_t_quantile_agrees_with_scipy(freedom: float, probability: float) -> None:
    assert t_quantile(probability, freedom) == close(
        float(stats.t.ppf(probability, freedom)), rel=1e-10, abs=1e-12
    )


@given(st.floats(-50, 50), st.floats(0.5, 1e6))
def test_t_cdf_agrees_with_scipy(value: float, freedom: float) -> None:
    assert t_cdf(value, freedom) == close(float(stats.t.cdf(value, freedom)), rel=1e-9, abs=1e-300)


@given(st.floats(0, 1), st.floats(0.1, 1e5), st.floats(0.1, 1e5))
@example(5e-324, 0.25, 0.25)
@example(1e-305, 0.1, 1e5)
def test_beta_cdf_agrees_with_scipy(value: float, a: float, b: float) -> None:
    assert _beta_cdf(a, b, value, 1.0 - value) == close(
        float(stats.beta.cdf(value, a, b)), rel=1e-9, abs=1e-13
    )


@given(st.integers(0, 1_000_000), st.floats(0, 1), st.floats(0.001, 0.999))
def test_binomial_law_agrees_with_scipy(n: int, place: float, share: float) -> None:
    spread = math.sqrt(n * share * (1 - share))
    successes = min(n, max(0, round(n * share + (place - 0.5) * 12 * spread)))
    assert binomial_cdf(successes, n, share) == close(
        float(stats.binom.cdf(successes, n, share)), rel=1e-8, abs=1e-12
    )
    assert binomial_mass(successes, n, share) == close(
        float(stats.binom.pmf(successes, n, share)), rel=1e-8, abs=1e-15
    )


def test_binomial_cdf_outside_the_support() -> None:
    assert binomial_cdf(-1, 5, 0.5) == 0.0
    assert binomial_cdf(5, 5, 0.5) == 1.0
    assert binomial_mass(0, 0, 0.5) == 1.0


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_quantiles_refuse_what_is_no_probability(probability: float) -> None:
    with pytest.raises(OutOfRangeError):
        normal_quantile(probability)
    with pytest.raises(OutOfRangeError):
        t_quantile(probability, 5)


def test_refuses_impossible_parameters() -> None:
    for call in (
        lambda: t_quantile(0.9, 0),
        lambda: binomial_mass(3, 2, 0.5),
        lambda: binomial_cdf(1, -1, 0.5),
        lambda: binomial_cdf(1, 5, 1.0),
    ):
        with pytest.raises(OutOfRangeError):
            call()
