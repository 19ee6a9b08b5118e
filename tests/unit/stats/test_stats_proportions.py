from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from mlgit.stats.errors import EmptyInputError, LengthMismatchError, OutOfRangeError, UnknownLabelError
from mlgit.stats.proportions import (
    PairedCounts,
    count_pairs,
    mcnemar_mid_p,
    newcombe_bounds,
    newcombe_interval,
    shares_interval,
    wilson_bounds,
)

counts = st.integers(0, 400)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(st.integers(1, 100_000), st.floats(0, 1), levels)
def test_wilson_agrees_with_statsmodels(n: int, share: float, level: float) -> None:
    successes = round(n * share)
    ours = wilson_bounds(successes, n, level)
    assert ours == pytest.approx(
        proportion_confint(successes, n, alpha=1 - level, method="wilson"), abs=1e-12
    )
    assert 0 <= ours[0] <= successes / n <= ours[1] <= 1


def test_wilson_works_on_arrays() -> None:
    low, high = wilson_bounds([0, 5, 10], [10, 10, 10], 0.95)
    assert low.shape == high.shape == (3,)
    assert low[0] == 0.0
    assert high[2] == 1.0


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_wilson_refuses_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(OutOfRangeError, match="0 <= successes <= n"):
        wilson_bounds(successes, n, 0.95)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0, math.nan])
def test_refuses_a_level_outside_zero_to_one(level: float) -> None:
    with pytest.raises(OutOfRangeError, match="confidence level"):
        wilson_bounds(1, 2, level)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        # Newcombe 1998, table III, method 10; base minus head there, so the signs turn.
        ((36, 12, 2, 0), -0.3404, -0.0569),
        # Fagerland, Lydersen, Laake, Statistical Analysis of Contingency Tables (2017), chapter 8.
        ((59, 6, 16, 80), 0.0046, 0.1186),
    ],
)
def test_newcombe_agrees_with_published_values(
    cells: tuple[int, int, int, int], low: float, high: float
) -> None:
    interval = newcombe_interval(_counts(*cells))
    assert round(interval.low, 4) == low
    assert round(interval.high, 4) == high


@given(counts, counts, counts, counts, levels)
def test_newcombe_agrees_with_a_second_derivation(a: int, b: int, c: int, d: int, level: float) -> None:
    if a + b + c + d == 0:
        return
    interval = newcombe_interval(_counts(a, b, c, d), level)
    low, high = _newcombe_from_the_definition(a, b, c, d, level)
    assert interval.low == pytest.approx(low, abs=1e-8)
    assert interval.high == pytest.approx(high, abs=1e-8)


@given(counts, counts, counts, counts, levels)
def test_newcombe_turns_its_sign_with_the_models(a: int, b: int, c: int, d: int, level: float) -> None:
    if a + b + c + d == 0:
        return
    one, other = newcombe_interval(_counts(a, b, c, d), level), newcombe_interval(_counts(a, c, b, d), level)
    assert one.low == pytest.approx(-other.high, abs=1e-12)
    assert one.high == pytest.approx(-other.low, abs=1e-12)
    assert -1 - 1e-12 <= one.low <= one.estimate <= one.high <= 1 + 1e-12


def test_newcombe_counts_many_tables_at_once() -> None:
    low, high = newcombe_bounds([36, 59], [12, 6], [2, 16], [0, 80], 0.95)
    assert np.round(low, 4).tolist() == [-0.3404, 0.0046]
    assert np.round(high, 4).tolist() == [-0.0569, 0.1186]


def test_newcombe_refuses_what_is_no_table() -> None:
    with pytest.raises(OutOfRangeError):
        newcombe_bounds(-1, 1, 1, 1, 0.95)
    with pytest.raises(OutOfRangeError):
        newcombe_bounds(0, 0, 0, 0, 0.95)
    with pytest.raises(EmptyInputError):
        newcombe_interval(_counts(0, 0, 0, 0))


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_mid_p_is_the_exact_p_less_half_the_mass_on_either_side(b: int, c: int) -> None:
    ours = mcnemar_mid_p(b, c)
    if b == c:
        assert ours == 1.0
        return
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    mass = stats.binom.pmf(min(b, c), b + c, 0.5)
    assert ours == pytest.approx(exact - mass, rel=1e-7, abs=1e-12)
    assert ours == mcnemar_mid_p(c, b)


def test_mid_p_of_a_published_table() -> None:
    # Fagerland, Lydersen, Laake 2013: one patient against seven, mid-p .0391.
    assert mcnemar_mid_p(1, 7) == pytest.approx(0.0391, abs=5e-5)


def test_mid_p_refuses_negative_counts() -> None:
    with pytest.raises(OutOfRangeError):
        mcnemar_mid_p(-1, 3)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_pairs_are_counted(pairs: list[tuple[bool, bool]]) -> None:
    base, head = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    counted = count_pairs(base, head)
    assert counted.n == len(pairs)
    assert (counted.both, counted.only_base) == (pairs.count((True, True)), pairs.count((True, False)))
    assert (counted.only_head, counted.neither) == (pairs.count((False, True)), pairs.count((False, False)))
    assert counted.disagreement == pytest.approx(sum(b != h for b, h in pairs) / len(pairs))


def test_pairs_refuse_bad_arrays() -> None:
    with pytest.raises(LengthMismatchError, match="base_right 2, head_right 1"):
        count_pairs([1, 0], [1])
    with pytest.raises(EmptyInputError, match="base_right is empty"):
        count_pairs([], [])
    with pytest.raises(UnknownLabelError, match="head_right is 2 at position 1"):
        count_pairs([1, 0], [1, 2])
    with pytest.raises(LengthMismatchError, match="one dimension"):
        count_pairs([[1, 0]], [1])


def _counts(a: int, b: int, c: int, d: int) -> PairedCounts:
    return PairedCounts(both=a, only_base=b, only_head=c, neither=d)


def _newcombe_from_the_definition(a: int, b: int, c: int, d: int, level: float) -> tuple[float, float]:
    """Score limits found as roots of the score equation; phi from the table; combined as the paper says."""
    n, z = a + b + c + d, stats.norm.ppf(0.5 + level / 2)

    def score_limits(x: int) -> tuple[float, float]:
        p = x / n

        def score(q: float) -> float:
            return abs(p - q) * math.sqrt(n) - z * math.sqrt(q * (1 - q))

        low = 0.0 if x == 0 else optimize.brentq(score, 1e-300, min(p, 1 - 1e-12), xtol=1e-15)
        high = 1.0 if x == n else optimize.brentq(score, max(p, 1e-12), 1 - 1e-16, xtol=1e-15)
        return p - low, high - p

    (down1, up1), (down2, up2) = score_limits(a + c), score_limits(a + b)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    phi = 0.0
    if product:
        raw = a * d - b * c
        phi = (max(raw - n / 2, 0) if raw > 0 else raw) / math.sqrt(product)
    difference = (c - b) / n
    low = difference - math.sqrt(max(0.0, down1**2 - 2 * phi * down1 * up2 + up2**2))
    high = difference + math.sqrt(max(0.0, up1**2 - 2 * phi * up1 * down2 + down2**2))
    return low, high


@pytest.mark.parametrize(
    ("first", "second"), [((3000, 0.1), (40, 0.1)), ((300, 0.5), (300, 0.4)), ((50, 0.02), (1000, 0.05))]
)
def test_the_interval_of_two_shares_misses_as_seldom_as_it_says(
    first: tuple[int, float], second: tuple[int, float]
) -> None:
    chance = np.random.default_rng(5)
    truth = second[1] - first[1]
    for level in (0.95, 0.998):
        before, after = chance.binomial(*first, 3000), chance.binomial(*second, 3000)
        ends = [
            shares_interval((int(a), first[0]), (int(b), second[0]), level)
            for a, b in zip(before, after, strict=True)
        ]
        missed = sum(not low <= truth <= high for low, high in ends)
        assert missed <= 1.2 * 3000 * (1 - level)


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [((0, 5), (5, 5), 0.2, 1.0), ((5, 5), (0, 5), -1.0, -0.2), ((0, 9), (0, 9), -0.4, 0.4)],
)
def test_the_interval_of_two_shares_ends_at_one(
    before: tuple[int, int], after: tuple[int, int], low: float, high: float
) -> None:
    found = shares_interval(before, after)
    assert low <= found[0] <= found[1] <= high
    with pytest.raises(OutOfRangeError):
        shares_interval((6, 5), after)
