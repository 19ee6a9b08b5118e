from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.stats.decision import Decision, Verdict, all_of, at_least, at_most, better_than, no_worse_than
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
    assert no_worse_than(_interval(low, high), 0.01, higher_is_better=True).answer is answer
    assert no_worse_than(_interval(-high, -low), 0.01, higher_is_better=False).answer is answer


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(0.011, 0.02, PASS), (-0.01, 0.02, UNDECIDED), (0.005, 0.02, UNDECIDED), (-0.1, 0.005, FAIL)],
)
def test_better_than_a_margin(low: float, high: float, answer: Verdict) -> None:
    assert better_than(_interval(low, high), 0.01, higher_is_better=True).answer is answer
    assert better_than(_interval(-high, -low), 0.01, higher_is_better=False).answer is answer


def test_a_model_that_changed_nothing_is_not_better() -> None:
    assert better_than(_interval(0, 0), higher_is_better=True).answer is FAIL
    assert better_than(_interval(0, 0), higher_is_better=False).answer is FAIL
    assert no_worse_than(_interval(0, 0), 0.01, higher_is_better=True).answer is PASS


@pytest.mark.parametrize(
    ("low", "high", "floor", "ceiling"),
    [(0.81, 0.9, PASS, FAIL), (0.79, 0.9, UNDECIDED, UNDECIDED), (0.7, 0.79, FAIL, PASS)],
)
def test_floor_and_ceiling(low: float, high: float, floor: Verdict, ceiling: Verdict) -> None:
    assert at_least(_interval(low, high), 0.8).answer is floor
    assert at_most(_interval(low, high), 0.8).answer is ceiling


@given(ends, margins)
def test_better_implies_no_worse(pair: list[float], margin: float) -> None:
    interval = _interval(*pair)
    for direction in (True, False):
        better = better_than(interval, margin, higher_is_better=direction).answer
        no_worse = no_worse_than(interval, margin, higher_is_better=direction).answer
        if better is PASS:
            assert no_worse is PASS or margin == 0
        if no_worse is FAIL:
            assert better is FAIL


@given(ends, margins, margins)
def test_a_wider_margin_never_hurts(pair: list[float], first: float, second: float) -> None:
    rank = {FAIL: 0, UNDECIDED: 1, PASS: 2}
    narrow, wide = sorted((first, second))
    strict, lenient = (
        no_worse_than(_interval(*pair), m, higher_is_better=True).answer for m in (narrow, wide)
    )
    assert rank[strict] <= rank[lenient]


def test_several_questions_together() -> None:
    assert all_of([PASS, PASS]) is PASS
    assert all_of([PASS, UNDECIDED]) is UNDECIDED
    assert all_of([UNDECIDED, FAIL, PASS]) is FAIL
    assert all_of([]) is PASS


def test_a_decision_says_what_it_rests_on() -> None:
    decision = no_worse_than(_interval(-0.3, 0.1, level=0.9), 0.01, higher_is_better=False)
    assert decision.threshold == 0.01
    assert decision.confidence == pytest.approx(0.95)
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


@pytest.mark.parametrize("margin", [-0.1, math.nan, math.inf])
def test_refuses_what_is_no_margin(margin: float) -> None:
    with pytest.raises(OutOfRangeError, match="a margin is a number"):
        no_worse_than(_interval(0, 1), margin, higher_is_better=True)
    with pytest.raises(OutOfRangeError):
        better_than(_interval(0, 1), margin, higher_is_better=True)


def test_refuses_ends_that_are_not_finite() -> None:
    with pytest.raises(NotFiniteError):
        at_least(_interval(math.nan, 1.0), 0.5)
    with pytest.raises(NotFiniteError):
        at_least(_interval(0.5, 1.0), math.nan)


def test_levels_of_one_sided_questions() -> None:
    assert two_sided_level(0.95) == pytest.approx(0.9)
    for confidence in (0.5, 1.0, 95.0, math.nan):
        with pytest.raises(OutOfRangeError):
            two_sided_level(confidence)


def _interval(low: float, high: float, level: float = 0.95) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high, level=level, method="test", n=100)
