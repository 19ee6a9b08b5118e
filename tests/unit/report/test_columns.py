"""What a model is given of a raw row: the same for a row alone, for lists and for arrays of a table."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from mlgit.report import Columns

COLUMNS = Columns(
    numbers=["size", "price"],
    booleans=["open"],
    dates=["day", "since"],
    categories=["colour"],
    texts=["said"],
    forms={"price": "decimal-comma", "since": "%d.%m.%Y"},
    missing=["NA"],
)
RAW: dict[str, list[Any]] = {
    "size": [1.5, None, 1e300],
    "price": ["1.234,5", "NA", "-2"],
    "open": [True, None, False],
    "day": [date(2024, 2, 29), None, datetime(1969, 12, 31, 6)],
    "since": ["29.02.2024", "", "01.01.1970"],
    "colour": ["red", " NA ", "blue"],
    "said": ["Two ÖRTE", None, "NA"],
}


def plain(values: Any) -> list[Any]:
    return [None if value != value else value for value in values]


def test_a_raw_row_becomes_features() -> None:
    found = COLUMNS.features(RAW)
    assert plain(found["size"]) == [1.5, None, 3.0e38]
    assert plain(found["price"]) == [1234.5, None, -2.0]
    assert plain(found["open"]) == [1.0, None, 0.0]
    assert plain(found["day_days"]) == [19782.0, None, -0.75]
    assert plain(found["since_month"]) == [2.0, None, 1.0]
    assert plain(found["day_hour"]) == [0.0, None, 6.0]
    assert found["colour"] == ["red", "missing", "blue"]
    assert found["said"] == ["two örte", "", ""]
    assert [*COLUMNS.numeric, "colour", "said"] == list(found)


def test_a_row_alone_is_given_the_same() -> None:
    whole = COLUMNS.features(RAW)
    for place in range(3):
        alone = COLUMNS.features({name: values[place : place + 1] for name, values in RAW.items()})
        for name, values in alone.items():
            assert plain(values) == plain(whole[name][place : place + 1]), name


def test_arrays_of_a_table_are_given_the_same() -> None:
    size = np.ma.masked_array([1.5, 0.0, 1e300], [False, True, False])
    days = np.ma.masked_array(
        np.array(["2024-02-29", "1970-01-01", "1969-12-31T06"], "M8[us]"), [False, True, False]
    )
    found = COLUMNS.features({**RAW, "size": size, "day": days})
    for name, values in COLUMNS.features(RAW).items():
        assert plain(found[name]) == plain(values), name


def test_frequent_categories_are_learned_and_others_are_other() -> None:
    columns = COLUMNS.with_frequent({"colour": ["red", "blue", "red", None, "green", "blue"]}, 2)
    assert columns.frequent == {"colour": ["blue", "red"]}
    assert columns.features(RAW)["colour"] == ["red", "other", "blue"]
    assert Columns(**columns.content) == columns


def test_a_part_of_a_date_takes_no_name_that_is_there() -> None:
    assert list(Columns(numbers=["day_month"], dates=["day"]).parts)[:2] == ["day_days", "day_month_"]


def test_what_is_no_text_is_a_category_as_a_table_writes_it() -> None:
    found = Columns(categories=["x"]).features({"x": [3, True, date(2024, 1, 2), datetime(2024, 1, 2, 3)]})
    assert found["x"] == ["3", "true", "2024-01-02", "2024-01-02 03:00:00"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("decimal-comma", "172.08"),
        ("decimal-comma", "1,2,3"),
        ("thousands-comma", "172,08"),
        ("decimal-comma", "nan"),
    ],
)
def test_a_number_with_the_marks_of_another_form_is_no_other_number(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"not written as {form}: '{text}'"):
        Columns(numbers=["price"], forms={"price": form}).features({"price": ["1", text]})


def test_a_text_in_another_form_is_named() -> None:
    with pytest.raises(ValueError, match=r"'since' has a value that is not written as %d.%m.%Y.*2024-02-29"):
        COLUMNS.features({**RAW, "since": ["2024-02-29", None, None]})
