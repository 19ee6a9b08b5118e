"""Two readings of a file, row by row: six states, and never a guess."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mlgit.metrics.comparison import Effect, ModelComparison, State, worst
from mlgit.metrics.reading import ABSENT, Reading, finite, not_available, unreadable
from mlgit.metrics.rows import about, all_parameter_rows, beyond_noise, change, metric_rows, same
from mlgit.metrics.verdict import Finding, Verdict
from mlgit.stats.interval import Interval


def read(**values: Any) -> Reading:
    return Reading(state="read", values=values)


BROKEN, AWAY = unreadable("not JSON", "m.json:1"), not_available("kept by DVC", "dvc fetch m.json")


def facts(base: Reading, head: Reading) -> list[tuple[str, State, Any, Any, float | None, str]]:
    rows = metric_rows("m.json", base, head, {})
    return [(row.name, row.state, row.base, row.head, row.change, row.effect) for row in rows]


def test_changed_unchanged_new_and_gone() -> None:
    assert facts(read(accuracy=0.5, loss=2, mae=1, n=3), read(accuracy=0.75, loss=3, mae=1, auc=1.0)) == [
        ("accuracy", "changed", 0.5, 0.75, 0.25, "no interval"),
        ("loss", "changed", 2, 3, 1, "no interval"),
        ("mae", "unchanged", 1, 1, 0, "same"),
        ("n", "gone", 3, None, None, "unknown"),
        ("auc", "new", None, 1.0, None, "unknown"),
    ]


def test_texts_truths_and_what_is_no_number_are_never_better() -> None:
    assert facts(read(accuracy=0.5, ok=True, label="a"), read(accuracy="NaN", ok=False, label="b")) == [
        ("accuracy", "changed", 0.5, "NaN", None, "unknown"),
        ("ok", "changed", True, False, None, "unknown"),
        ("label", "changed", "a", "b", None, "unknown"),
    ]


@pytest.mark.parametrize(
    ("base", "head", "state", "names"),
    [
        (BROKEN, BROKEN, "unreadable", [""]),
        (read(a=1, b=2), BROKEN, "unreadable", ["a", "b"]),
        (BROKEN, ABSENT, "unreadable", [""]),
        (BROKEN, AWAY, "unreadable", [""]),
        (AWAY, AWAY, "not available", [""]),
        (AWAY, read(a=1), "not available", ["a"]),
        (ABSENT, AWAY, "not available", [""]),
        (ABSENT, ABSENT, "not available", [""]),
        (ABSENT, read(a=1), "new", ["a"]),
        (read(a=1), ABSENT, "gone", ["a"]),
        (ABSENT, read(), "new", [""]),
        (read(), ABSENT, "gone", [""]),
    ],
)
def test_a_side_that_cannot_be_read_is_never_unchanged(
    base: Reading, head: Reading, state: str, names: list[str]
) -> None:
    rows = metric_rows("m.json", base, head, {})
    assert [(row.name, row.state) for row in rows] == [(name, state) for name in names]
    assert all(row.effect == "unknown" for row in rows)
    if state in ("unreadable", "not available"):
        assert all(row.reason for row in rows)


def test_the_remedy_goes_along() -> None:
    assert metric_rows("m.json", AWAY, read(a=1), {})[0].hint == "dvc fetch m.json"


def test_files_of_both_sides_are_shown() -> None:
    rows = all_parameter_rows({"a.yaml": read(x=1)}, {"b.yaml": read(x=[1, {"y": 1}])})
    assert [(row.file, row.state) for row in rows] == [("a.yaml", "gone"), ("b.yaml", "new")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ([1, True], [1, 1], False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ({"a": 1}, {"b": 1}, False),
        ("1", 1, False),
        (None, None, True),
    ],
)
def test_sameness(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected


NUMBERS = st.one_of(st.integers(), st.floats())


@given(NUMBERS, NUMBERS)
def test_a_change_is_a_finite_number_or_none(one: float, other: float) -> None:
    found = change(finite(one), finite(other))
    assert found is None or abs(found) < float("inf")
    if found == 0:
        assert one == other


STATES = st.sampled_from(["changed", "unchanged", "new", "gone", "unreadable", "not available"])


@given(st.lists(STATES, max_size=6))
def test_the_whole_is_as_bad_as_its_worst_part(states: list[State]) -> None:
    found = worst(states)
    assert (found == "unreadable") == ("unreadable" in states)
    assert (found == "unchanged") == (set(states) <= {"unchanged"})
    assert ModelComparison(name="m", pipeline=".", state=found).state == found


def test_a_trivial_baseline_is_not_judged() -> None:
    rows = metric_rows("m.json", read(**{"baseline.f1": 1, "f1": 1}), read(**{"baseline.f1": 0, "f1": 0}), {})
    assert [(row.name, row.effect) for row in rows] == [("baseline.f1", "unknown"), ("f1", "no interval")]


@pytest.mark.parametrize(
    ("judged", "low", "high", "said"),
    [
        ("better", 0.01, 0.03, "better"),
        ("better", -0.01, 0.03, "noise"),
        ("worse", -0.03, 0.0, "noise"),
        ("worse", -0.03, -0.01, "worse"),
        ("same", -0.03, 0.03, "same"),
        ("unknown", -0.03, 0.03, "unknown"),
    ],
)
def test_a_change_is_noise_where_its_interval_holds_zero(
    judged: Effect, low: float, high: float, said: str
) -> None:
    assert beyond_noise(judged, Interval(estimate=0.0, low=low, high=high)) == said
    assert beyond_noise(judged, None) == ("no interval" if judged in ("better", "worse") else judged)


def test_a_finding_is_about_the_row_of_its_own_slice_and_file() -> None:
    whole, part = metric_rows("m.json", read(r2=0.5), read(r2=0.75), {}) * 2
    part = replace(part, slice="site=a")
    found = {
        name: Finding(metric="r2", condition="min", threshold=0.6, verdict=Verdict.FAIL, reason=name, **more)
        for name, more in {
            "whole": {},
            "part": {"slice": "site=a"},
            "other": {"slice": "site=b"},
            "elsewhere": {"file": "n.json"},
        }.items()
    }
    every = [*found.values()]
    assert [one.reason for one in about(whole, every)] == ["whole"]
    assert [one.reason for one in about(part, every)] == ["part"]
