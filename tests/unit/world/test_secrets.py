from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.world.secrets import forms_of, masked

VALUE = 'p@ss "word"/9\\'


@pytest.mark.parametrize(
    "written", [VALUE, quote(VALUE), quote(VALUE, safe=""), repr(VALUE), b64encode(VALUE.encode()).decode()]
)
def test_a_value_is_found_however_it_is_written(written: str) -> None:
    said = masked(f"no access with {written} today", {"CRM": VALUE}, ["CRM"])
    assert said.startswith("no access with ")
    assert "***" in said
    assert "word" not in said


def test_every_line_of_a_key_file_is_a_secret() -> None:
    assert (
        masked("line two was 7gh8jk9l", {"FILE": "begin-key\n7gh8jk9l\nend-key"}, ["FILE"])
        == "line two was ***"
    )


def test_a_telling_name_needs_no_naming_and_a_short_word_stays() -> None:
    environment = {
        "DB_PASSWORD": "long-enough",
        "KEY": "id",
        "PLAIN": "visible-words",
        "MONKEYS": "chimpanzee",
    }
    assert masked("id long-enough visible-words chimpanzee", environment) == "id *** visible-words chimpanzee"


def test_the_password_of_an_address() -> None:
    assert masked("GET https://me:pw@host/a ftp://host/b@c", {}) == "GET https://***@host/a ftp://host/b@c"


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_a_secret_that_is_not_set_hides_nothing(value: str) -> None:
    assert masked("a b", {"CRM": value}, ["CRM", "NONE"]) in ("a b", "a***b")


@given(st.text(min_size=1), st.text(), st.text())
def test_no_value_is_left(value: str, before: str, after: str) -> None:
    said = masked(before + value + after, {"CRM": value}, ["CRM"])
    assert value not in said or set(value) <= set("*") or not value.strip() or value in "***"


@given(st.text())
def test_no_form_is_empty(value: str) -> None:
    assert all(forms_of(value))
