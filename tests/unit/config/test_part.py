"""Schedules as GitHub takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.config.part import refuse_cron
from mlgit.config.reader import read
from mlgit.errors import UsageError

LIMITS = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))


@pytest.mark.parametrize(
    "schedule",
    [
        "17 3 * * 1", "*/15 * * * *", "0 0 1,15 * *", "30 5 * * MON-FRI", "0 0 1 JAN *", "20/15 0-6/2 * * *",
        "0 0 29 2 *", "5,10-20/2,59 23 31 12 0", "0 0 * JAN,JUN SUN",
    ],
)  # fmt: skip
def test_what_github_takes(schedule: str) -> None:
    refuse_cron(schedule)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("30-10 * * * *", "the minute '30-10' is no list"), ("60 * * * *", "the minute 60 is not between 0 and 59"),
        ("0 24 * * *", "the hour 24 is not between"), ("0 0 0 * *", "the day 0 is not between"), ("0 0 32 * *", "the day 32 is not between"),
        ("0 0 * 13 *", "the month 13 is not between"), ("0 0 * 0 *", "the month 0 is not between"), ("0 0 * * 8", "the weekday 8 is not between"),
        ("0 0 * * 7", "0 and 6"), ("0 0 * * 1-7", "0 and 6"), ("*/0 * * * *", "the minute '*/0'"),
        ("1,,2 * * * *", "the minute '1,,2'"), ("*-5 * * * *", "the minute '*-5'"), ("- * * * *", "the minute '-'"),
        ("0 0 L * *", "L is no name"), ("0 0 15W * *", "W is no name"), ("0 0 * * 1L", "L is no name"),
        ("0 0 * JANUARY *", "JANUARY is no name"), ("0 0 * MON *", "the month 'MON'"), ("0 0 * * JAN", "the weekday 'JAN'"),
        ("0 0 30 2 *", "the day 30 is not in any month that the schedule names"), ("0 0 31 4,6 *", "the day 31 is not in any month"), ("0 0 * * FRI-MON", "the weekday 'FRI-MON'"), ("*/x * * * *", "the minute"),
    ],
)  # fmt: skip
def test_what_github_would_never_start(schedule: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"is no(t between|t in any month)? ") as caught:
        refuse_cron(schedule)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "schedule", ["* * * * * *", "@daily", "0 0 * * MON#1", "0  0 * * *", "0 0 * * mon", "* * * *", ""]
)
def test_what_has_not_five_fields_of_cron(schedule: str) -> None:
    with pytest.raises(UsageError, match="five fields of cron"):
        read(f"version: 1\nct:\n  schedule: {schedule!r}\n")


def test_the_line_of_a_schedule_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        read("version: 1\nct:\n  schedule: '30-10 * * * *'\n")
    assert (caught.value.where, "'30-10'" in caught.value.message) == ("mlgit.yaml:2", True)


@given(st.tuples(*(st.lists(st.integers(*limits), min_size=1, max_size=4) for limits in LIMITS)))
def test_any_numbers_inside_their_fields_are_taken(fields: tuple[list[int], ...]) -> None:
    refuse_cron(" ".join(",".join(map(str, numbers)) for numbers in fields))


@given(st.integers(0, 4), st.integers(60, 10**6))
def test_no_number_outside_of_its_field_is(field: int, number: int) -> None:
    parts = ["*"] * 5
    parts[field] = str(number)
    with pytest.raises(ValueError, match="between"):
        refuse_cron(" ".join(parts))


@given(st.integers(0, 4), st.data())
def test_no_span_that_runs_backwards_is(field: int, data: st.DataObject) -> None:
    low, high = LIMITS[field]
    end = data.draw(st.integers(low, high - 1))
    parts = ["*"] * 5
    parts[field] = f"{data.draw(st.integers(end + 1, high))}-{end}"
    with pytest.raises(ValueError, match="between"):
        refuse_cron(" ".join(parts))
