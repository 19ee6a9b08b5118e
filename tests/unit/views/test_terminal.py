"""Tables for a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgit.views.terminal import WIDEST, lines, paint, shortened, width


def test_columns_are_aligned() -> None:
    assert lines([["a", "1"], ["bbb", "22"]], right=(1,), indent="") == ["a     1", "bbb  22"]
    assert lines([]) == []


def test_wide_letters_take_two_columns() -> None:
    assert width("漢字") == 4
    assert width("e\u0301") == 1
    assert lines([["漢", "1"], ["ab", "2"]], indent="") == ["漢  1", "ab  2"]


def test_colour_only_where_it_is_wanted() -> None:
    assert paint("x", "bad", coloured=False) == "x"
    assert paint("x", "bad", coloured=True) == "\x1b[31mx\x1b[0m"
    assert paint("x", "", coloured=True) == "x"


@given(st.lists(st.lists(st.text(max_size=80), min_size=2, max_size=2), min_size=1, max_size=5))
def test_any_text_stays_in_its_row(rows: list[list[str]]) -> None:
    made = lines(rows)
    assert len(made) == len(rows)
    assert all(len(line.splitlines()) <= 1 and "\x1b" not in line for line in made)


@given(st.text(max_size=200))
def test_a_cell_is_never_too_wide(text: str) -> None:
    assert width(shortened(text)) <= WIDEST
