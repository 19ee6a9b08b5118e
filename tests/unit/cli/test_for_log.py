"""No text of a repository is obeyed by the runner whose log it comes to."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.cli.streams import for_log

OBEYED = re.compile(r"(?m)^\s*::|\r\s*::|##\[")


@given(st.text(alphabet="a: \t\n\r#[]{\u2028", max_size=30))
def test_no_line_is_a_command(text: str) -> None:
    assert not OBEYED.search(for_log("said " + text))
    assert not OBEYED.search(for_log(f"x\n{text}"))


@pytest.mark.parametrize("text", ["a::b", "note: x", "1:: 2", '{"a": "::error::"}', "plain"])
def test_other_texts_stay(text: str) -> None:
    assert for_log(text) == text


def test_json_keeps_its_meaning() -> None:
    text = json.dumps({"##[error]x": ["##[", "::"]})
    assert "##[" not in for_log(text)
    assert json.loads(for_log(text)) == json.loads(text)
