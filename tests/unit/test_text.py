"""What is shown of somebody's text: never more than a line or two, and how long it was where it was cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgit.text import LONGEST_LINE, LONGEST_WORD, abridged, shown, visible


def test_a_long_value_is_shown_by_its_start_and_its_length() -> None:
    assert shown("x" * 80) == "x" * 80
    assert shown("x" * 100_000) == "x" * 80 + "... (100,000 characters)"


def test_what_is_cut_for_a_view_says_how_long_it_is() -> None:
    assert visible("y" * 1000) == "y" * 178 + "... (1,000 characters)"
    assert visible("y" * 1000, 20) == "y" * 17 + "..."


def test_a_message_keeps_its_words_and_loses_the_middle_of_foreign_ones() -> None:
    said = abridged(f"'{'Q' * 100_000}' is no verb of mlgit\nhint: mlgit --help")
    assert said == f"'{'Q' * 79}... (100,002 characters) is no verb of mlgit\nhint: mlgit --help"
    path = "/".join(["folder"] * 50)
    assert abridged(f"{path} is gone") == f"{path} is gone"


@given(st.text(), st.integers(0, 20_000))
def test_no_word_and_no_line_of_a_message_is_endless(text: str, times: int) -> None:
    said = abridged(text * times)
    assert all(len(line) <= LONGEST_LINE for line in said.split("\n"))
    assert all(len(word) < LONGEST_WORD for word in said.split())


@given(st.text(max_size=2000), st.integers(10, 700))
def test_what_is_visible_has_its_bound(text: str, most: int) -> None:
    assert len(visible(text, most)) <= most
