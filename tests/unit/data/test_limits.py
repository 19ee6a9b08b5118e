"""Limits hold for fresh samples of the same source, and still catch what is far away."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.data.limits import limits, new_share, null_share

Source = Callable[[random.Random], float]
SOURCES: dict[str, tuple[Source, bool]] = {
    "normal": (lambda chance: chance.gauss(0, 1), False),
    "normal far from zero": (lambda chance: chance.gauss(50, 12), False),
    "uniform": (lambda chance: chance.random(), False),
    "exponential": (lambda chance: chance.expovariate(1), False),
    "lognormal": (lambda chance: chance.lognormvariate(0, 1), False),
    "wide lognormal": (lambda chance: chance.lognormvariate(0, 2), False),
    "pareto": (lambda chance: chance.paretovariate(1.5), False),
    "gamma": (lambda chance: chance.gammavariate(0.3, 1), False),
    "beta": (lambda chance: chance.betavariate(2, 5), False),
    "ratings": (lambda chance: float(chance.randint(1, 5)), True),
    "ages": (lambda chance: float(round(chance.triangular(18, 90, 40))), True),
    "counts": (lambda chance: float(math.floor(chance.expovariate(0.4))), True),
    "mostly zero": (lambda chance: chance.expovariate(0.1) if chance.random() < 0.03 else 0.0, False),
    "prices": (lambda chance: round(chance.lognormvariate(3, 0.7), 2), False),
}


def limits_of(values: list[float], *, whole: bool) -> tuple[float | None, float | None]:
    ordered = sorted(values)
    return limits(ordered[:20], ordered[::-1][:20], len(values), whole=whole)


@pytest.mark.parametrize("rows", [150, 1000, 5000])
@pytest.mark.parametrize("name", SOURCES)
def test_fresh_samples_rarely_leave_the_limits(name: str, rows: int) -> None:
    source, whole = SOURCES[name]
    chance = random.Random(f"{name} {rows}")
    tables, alarms = 40, 0
    for _ in range(tables):
        lower, upper = limits_of([source(chance) for _ in range(rows)], whole=whole)
        fresh = [source(chance) for _ in range(rows)]
        alarms += (lower is not None and min(fresh) < lower) or (upper is not None and max(fresh) > upper)
    assert alarms <= 2, f"{alarms} of {tables} clean samples alarm"


@pytest.mark.parametrize("name", ["normal far from zero", "uniform", "beta", "ages", "ratings", "prices"])
def test_another_unit_and_a_number_for_nothing_are_caught(name: str) -> None:
    source, whole = SOURCES[name]
    chance = random.Random(name)
    lower, upper = limits_of([source(chance) for _ in range(2000)], whole=whole)
    assert lower is not None
    assert lower > -999
    assert upper is not None
    assert upper < 1000 * 90


def test_counts_do_not_become_negative() -> None:
    assert limits_of([float(index % 7) for index in range(500)], whole=True)[0] == 0
    assert limits_of([0.0] * 300 + [index / 7 for index in range(200)], whole=False)[0] == 0


def test_a_scale_keeps_its_ends() -> None:
    assert limits_of([float(index % 5 + 1) for index in range(500)], whole=True) == (1, 5)


def test_a_constant_and_an_outlier_set_no_limit() -> None:
    assert limits_of([3.0] * 50, whole=True) == (None, None)
    chance = random.Random(1)
    assert limits_of([*[chance.gauss(0, 1) for _ in range(500)], 1e6], whole=False)[1] is None


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=120))
def test_what_was_seen_lies_within(values: list[float]) -> None:
    lower, upper = limits_of(values, whole=False)
    assert lower is None or lower <= min(values)
    assert upper is None or upper >= max(values)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=120))
def test_whole_numbers_have_whole_limits(values: list[int]) -> None:
    for limit in limits_of([float(value) for value in values], whole=True):
        assert limit is None or isinstance(limit, int)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_more_nulls_allow_more(nulls: int, more: int) -> None:
    rows = 2000
    assert null_share(0, rows) == 0
    assert nulls / rows <= null_share(nulls, rows) <= 1
    assert null_share(nulls, rows) <= null_share(nulls + more, rows)


@pytest.mark.parametrize(("share", "rows"), [(0.01, 500), (0.1, 200), (0.3, 2000), (0.9, 300)])
def test_fresh_samples_rarely_have_too_many_nulls(share: float, rows: int) -> None:
    chance = random.Random(rows)
    alarms = 0
    for _ in range(200):
        seen = sum(chance.random() < share for _ in range(rows))
        fresh = sum(chance.random() < share for _ in range(rows // 2))
        alarms += seen > 0 and fresh / (rows // 2) > null_share(seen, rows)
    assert alarms <= 2


def test_fresh_samples_rarely_have_too_many_new_categories() -> None:
    chance = random.Random(3)
    weights = [1 / (rank + 1) for rank in range(300)]
    alarms = 0
    for _ in range(60):
        seen = chance.choices(range(300), weights, k=600)
        fresh = chance.choices(range(300), weights, k=600)
        rare = sum(1 for value in set(seen) if seen.count(value) == 1)
        share = sum(value not in set(seen) for value in fresh) / len(fresh)
        alarms += share > new_share(rare, len(seen))
    assert alarms == 0
    assert new_share(0, 600) == 0


def test_one_zero_at_the_end_of_a_tail_is_no_end() -> None:
    tail, top = [2.1 + 0.3 * step for step in range(18)], [39.0 - 0.3 * step for step in range(20)]
    one, _ = limits([0.0, 1.5, *tail], top, 500, whole=False)
    many, _ = limits([0.0, 0.0, *tail], top, 500, whole=False)
    assert one is not None
    assert one < 0
    assert many == 0
