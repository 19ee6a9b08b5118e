"""Texts that were wrongly decoded: the SQL says what the pattern says of every text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.odd import BROKEN, broken_text

PIECES = st.sampled_from(["Ã", "Â", "©", "\x80", "â€", "ï¿½", "\ufffd", "x", "ä", "😀", "", "\n"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=40))
def test_the_sql_says_what_the_pattern_says(texts: Sequence[str]) -> None:
    query = f"SELECT {broken_text('c')} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS c)"
    found = duckdb.execute(query, [[*texts, None]]).fetchall()
    expected = [re.search(BROKEN, text) is not None for text in texts]
    assert [row[0] for row in found] == [*expected, False]
