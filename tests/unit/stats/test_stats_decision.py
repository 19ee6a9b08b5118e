from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.stats.decision import Condition, Verdict, all_of, bound, decide
from mlgit.stats.errors import NotFiniteError, OutOfRangeError
from mlgit.stats.interval import Interval, two_sided_level

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
ends = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(sorted)
margins = st.floats(0, 1)


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (-0.005, 0.02, PASS),
        (0.001, 0.02, PASS),
        (-0.02, 0.02, UNDECIDED),
        (-0.02, -0.005, UNDECIDED),
        (-0.03, -0.02, FAIL),
        (-0.01, 0.0, UNDECIDED),
        (-0.02, -0.01, UNDECIDED),
    ],
)
def test_no_worse_than_a_margin(low: float, high: float, answer: Verdict) -> None:
    assert decide("no_worse_than", _interval(low, high), 0.01, higher_is_better=True) is answer
    assert decide("no_worse_than", _interval(-high, -low), 0.01, higher_is_better=False) is answer


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(0.011, 0.02, PASS), (-0.01, 0.02, UNDECIDED), (0.005, 0.02, UNDECIDED), (-0.1, 0.005, FAIL)],
)
def test_better_than_a_margin(low: float, high: float, answer: Verdict) -> None:
    assert decide("better_than", _interval(low, high), 0.01, higher_is_better=True) is answer
    assert decide("better_than", _interval(-high, -low), 0.01, higher_is_better=False) is answer


def test_a_model_that_changed_nothing_is_not_better() -> None:
    assert decide("better_than", _interval(0, 0), 0.0, higher_is_better=True) is FAIL
    assert decide("better_than", _interval(0, 0), 0.0, higher_is_better=False) is FAIL
    assert decide("no_worse_than", _interval(0, 0), 0.01, higher_is_better=True) is PASS


@pytest.mark.parametrize(
    ("low", "high", "floor", "ceiling"),
    [(0.81, 0.9, PASS, FAIL), (0.79, 0.9, UNDECIDED, UNDECIDED), (0.7, 0.79, FAIL, PASS)],
)
def test_floor_and_ceiling(low: float, high: float, floor: Verdict, ceiling: Verdict) -> None:
    assert decide("min", _interval(low, high), 0.8) is floor
    assert decide("max", _interval(low, high), 0.8) is ceiling


@given(ends, margins)
def test_better_implies_no_worse(pair: list[float], margin: float) -> None:
    interval = _interval(*pair)
    for direction in (True, False):
        better = decide("better_than", interval, margin, higher_is_better=direction)
        no_worse = decide("no_worse_than", interval, margin, higher_is_better=direction)
        if better is PASS:
            assert no_worse is PASS or margin == 0
        if no_worse is FAIL:
            assert better is FAIL


@given(ends, margins, margins)
def test_a_wider_margin_never_hurts(pair: list[float], first: float, second: float) -> None:
    rank = {FAIL: 0, UNDECIDED: 1, PASS: 2}
    narrow, wide = sorted((first, second))
    strict, lenient = (
        decide("no_worse_than", _interval(*pair), m, higher_is_better=True) for m in (narrow, wide)
    )
    assert rank[strict] <= rank[lenient]


def test_several_questions_together() -> None:
    assert all_of([PASS, PASS]) is PASS
    assert all_of([PASS, UNDECIDED]) is UNDECIDED
    assert all_of([UNDECIDED, FAIL, PASS]) is FAIL
    assert all_of([]) is PASS


@pytest.mark.parametrize(
    ("condition", "threshold", "higher", "expected"),
    [
        ("no_worse_than", 0.01, False, 0.01),
        ("no_worse_than", 0.01, True, -0.01),
        ("better_than", 0.01, False, -0.01),
        ("better_than", 0.01, True, 0.01),
        ("min", 0.8, False, 0.8),
        ("max", -0.8, True, -0.8),
    ],
)
def test_the_bound_is_in_the_direction_of_the_metric(
    condition: Condition, threshold: float, higher: bool, expected: float
) -> None:
    assert bound(condition, threshold, higher_is_better=higher) == expected


@pytest.mark.parametrize(
    ("condition", "verdict"), [("min", PASS), ("max", PASS), ("no_worse_than", PASS), ("better_than", FAIL)]
)
@pytest.mark.parametrize("higher", [True, False])
def test_a_value_without_spread_on_its_bound_fulfils_all_but_better(
    condition: Condition, verdict: Verdict, higher: bool
) -> None:
    limit = bound(condition, 0.25, higher_is_better=higher)
    assert decide(condition, _interval(limit, limit), 0.25, higher_is_better=higher) is verdict
    wide = decide(condition, _interval(limit, limit + 0.1), 0.25, higher_is_better=higher)
    assert (
        wide is decide(condition, _interval(limit - 0.1, limit), 0.25, higher_is_better=higher) is UNDECIDED
    )


@pytest.mark.parametrize("margin", [-0.1, math.nan, math.inf])
def test_refuses_what_is_no_margin(margin: float) -> None:
    with pytest.raises(OutOfRangeError, match="a margin is a number"):
        decide("no_worse_than", _interval(0, 1), margin)
    with pytest.raises(OutOfRangeError):
        decide("better_than", _interval(0, 1), margin)


def test_refuses_ends_that_are_not_finite() -> None:
    with pytest.raises(NotFiniteError):
        decide("min", _interval(math.nan, 1.0), 0.5)
    with pytest.raises(NotFiniteError):
        decide("min", _interval(0.5, 1.0), math.nan)


def test_levels_of_one_sided_questions() -> None:
    assert two_sided_level(0.95) == pytest.approx(0.9)
    for confidence in (0.5, 1.0, 95.0, math.nan):
        with pytest.raises(OutOfRangeError):
            two_sided_level(confidence)


def _interval(low: float, high: float) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high, method="test", items=100)
