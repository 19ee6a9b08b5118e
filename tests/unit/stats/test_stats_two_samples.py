"""Chances of counts in a second sample, beside scipy's."""

from __future__ import annotations

import pytest
from scipy import stats as reference

from mlgit.stats.two_samples import (
    chi_square_quantile,
    chi_square_tail,
    count_chance,
    fewest_surprising,
    moved_share,
    pairs_chance,
    pooled,
    shares_chance,
)


@pytest.mark.parametrize("count", [1, 3, 12, 40])
@pytest.mark.parametrize(("rows", "seen", "seen_rows"), [(500, 0, 500), (40, 2, 2000), (20_000, 7, 500)])
def test_a_count_beside_the_hypergeometric_distribution(
    count: int, rows: int, seen: int, seen_rows: int
) -> None:
    expected = reference.hypergeom.sf(count - 1, rows + seen_rows, count + seen, rows)
    assert count_chance(count, rows, seen, seen_rows) == pytest.approx(expected, rel=1e-6)


def test_none_is_no_surprise_and_more_is_more_of_one() -> None:
    assert count_chance(0, 100, 0, 100) == 1.0
    chances = [count_chance(count, 500, 2, 500) for count in range(20)]
    assert chances == sorted(chances, reverse=True)


def test_the_fewest_that_surprise() -> None:
    fewest = fewest_surprising(500, 0, 500, 0.001)
    assert fewest is not None
    assert count_chance(fewest, 500, 0, 500) < 0.001 <= count_chance(fewest - 1, 500, 0, 500)
    assert fewest_surprising(1, 0, 10, 0.001) is None


@pytest.mark.parametrize("freedom", [1, 2, 5, 19, 100])
@pytest.mark.parametrize("statistic", [0.1, 1.0, 5.0, 30.0, 200.0])
def test_the_tail_of_chi_square(statistic: float, freedom: int) -> None:
    expected = reference.chi2.sf(statistic, freedom)
    assert chi_square_tail(statistic, freedom) == pytest.approx(expected, rel=1e-8, abs=1e-15)
    assert chi_square_tail(0.0, freedom) == 1.0
    assert chi_square_quantile(0.001, freedom) == pytest.approx(reference.chi2.isf(0.001, freedom), rel=1e-9)


def test_shares_beside_a_table_of_two_rows() -> None:
    counts, seen = [30, 50, 20], [200, 520, 280]
    expected = reference.chi2_contingency([counts, seen], correction=False).pvalue
    assert shares_chance(counts, seen) == pytest.approx(expected, rel=1e-9)
    assert moved_share(counts, seen) == pytest.approx(0.1)
    assert shares_chance([], []) == 1.0
    assert moved_share([0, 0], [1, 1]) == 0.0


def test_small_cells_go_to_their_neighbour() -> None:
    assert pooled([1, 1, 50, 0], [9, 9, 500, 1]) == [(52.0, 519.0)]
    assert pooled([10, 1, 10], [100, 10, 100]) == [(10.0, 100.0), (11.0, 110.0)]


def test_repeated_rows_go_with_the_square_of_the_rows() -> None:
    assert pairs_chance(0, 10, 0, 10) == 1.0
    assert pairs_chance(10, 500, 0, 500) == pytest.approx(0.5**10)
    assert pairs_chance(3, 1000, 0, 500) == pytest.approx(0.8**3)
