"""The mean from sums: Student's for rows, clusters for groups, exact for shares; and it covers what it should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlgit.stats.sums import Sums, mean_interval


def sums_of(values: np.ndarray, groups: np.ndarray) -> Sums:
    units = [values[groups == one] for one in np.unique(groups)]
    total, size = np.array([one.sum() for one in units]), np.array([len(one) for one in units])
    return Sums(
        units=len(units),
        rows=float(size.sum()),
        total=float(total.sum()),
        squares=float((total * total).sum()),
        products=float((total * size).sum()),
        sizes=float((size * size).sum()),
    )


def test_single_rows_have_students_interval() -> None:
    values = np.random.default_rng(1).normal(3, 2, 40)
    found = mean_interval(sums_of(values, np.arange(40)), share=False)
    low, high = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((values.mean(), low, high))


def test_groups_cover_where_rows_do_not() -> None:
    random, groups = np.random.default_rng(2), np.repeat(np.arange(30), 10)
    hits = {True: 0, False: 0}
    for _ in range(300):
        values = np.repeat(random.normal(0, 1, 30), 10) + random.normal(0, 0.5, 300)
        for whole in hits:
            found = mean_interval(sums_of(values, groups if whole else np.arange(300)), share=False)
            assert found is not None
            hits[whole] += found.low <= 0 <= found.high
    assert hits[True] >= 0.92 * 300
    assert hits[False] < 0.6 * 300


def test_shares_stay_within_0_and_1() -> None:
    none = mean_interval(sums_of(np.zeros(50), np.repeat(np.arange(5), 10)), share=True)
    assert none is not None
    assert none.low == 0
    assert none.high == pytest.approx(0.5218, abs=1e-3)
    rows = mean_interval(sums_of(np.array([1.0] * 8 + [0.0] * 2), np.arange(10)), share=True)
    assert rows is not None
    assert (rows.low, rows.high) == pytest.approx((0.4439, 0.9748), abs=1e-3)


def test_one_unit_has_no_interval() -> None:
    assert mean_interval(sums_of(np.ones(10), np.zeros(10)), share=False) is None
