"""How numbers, sizes and reasons are written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.metrics.comparison import DataVersion
from mlgit.text import counted, value_text
from mlgit.views.wording import change_text, size_text, version_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9123456, "0.91235"), (1e-7, "1e-07"), (1.0, "1"), (12345, "12,345"), (1234, "1234"), (1e20, "100,000,000,000,000,000,000.0"),
        (123456.75, "123,456.8"), (True, "true"), (None, "-"), ("x", "x"), ([1, 0.5], "[1, 0.5]"), ({"a": True}, "{a: true}"),
        ("NaN", "NaN"), (0.0, "0"), (-0.5, "-0.5"),
    ],
)  # fmt: skip
def test_values(value: Any, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("change", "text"), [(None, ""), (0, ""), (0.25, "+0.25"), (-3, "-3"), (1e-9, "+1e-09")]
)
def test_changes(change: float | None, text: str) -> None:
    assert change_text(change) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_999, "1 MB"),
        (1_234_567_890, "1.23 GB"),
    ],
)
def test_sizes(size: int | None, text: str) -> None:
    assert size_text(size) == text


def test_versions() -> None:
    assert version_text(None) == "-"
    assert version_text(DataVersion(digest="ab" * 16)) == "abababab"
    assert version_text(DataVersion(digest="a|b@me<!--")) == "-"
    assert version_text(DataVersion(size=10, files=1, rows=2000)) == "2,000 rows, 1 file, 10 B"
    assert counted(1, "row") == "1 row"


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_is_close_to_what_is_written(number: float) -> None:
    written = float(value_text(number).replace(",", ""))
    assert written == pytest.approx(number, rel=1e-4)
