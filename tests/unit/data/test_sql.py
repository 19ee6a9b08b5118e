"""What users write reaches SQL only as a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.sql import connected, literal_path, quoted_list, quoted_name, quoted_text
from mlgit.errors import UsageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
NASTY = [
    "'",
    "''",
    '"',
    '""',
    ";",
    "--",
    "/*",
    "\\",
    "\n",
    "\r",
    "\t",
    "$1",
    "?",
    "{x}",
    "é",
    "🙂",
    "'; DROP TABLE t; --",
    "",
]


@pytest.fixture(scope="module")
def connection():
    with connected(0) as opened:
        yield opened


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_stay_texts(text: str, connection) -> None:
    assert connection.execute(f"SELECT {quoted_text(text)}").fetchone() == (text,)
    assert connection.execute(f"SELECT {quoted_text(text)} IN {quoted_list(['x', text])}").fetchone() == (
        True,
    )
    if text:
        named = connection.execute(f"SELECT 1 AS {quoted_name(text)}")
        assert named.description[0][0] == text


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_any_text_stays_that_text(text: str) -> None:
    with connected(0) as opened:
        assert opened.execute(f"SELECT {quoted_text(text)}").fetchone() == (text,)


@pytest.mark.parametrize("quote", [quoted_text, quoted_name])
def test_a_nul_is_refused(quote) -> None:
    with pytest.raises(UsageError, match="NUL"):
        quote("a\0b")


@pytest.mark.parametrize(
    "name", ["x[1].csv", "x*.csv", "x?.csv", "a'b.csv", 'a"b;--.csv', "[!a].csv", "**", "k=1.csv"]
)
def test_a_path_names_one_file_and_no_other(name: str, tmp_path: Path, connection) -> None:
    (tmp_path / name).write_text("mine")
    for other in ("x1.csv", "xy.csv", "b.csv"):
        (tmp_path / other).write_text("other")
    found = connection.execute("SELECT content FROM read_text(?)", [literal_path(tmp_path / name)]).fetchall()
    assert found == [("mine",)]


def test_work_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with connected(0) as opened:
        opened.execute("SET memory_limit = '20MB'")
        opened.execute("CREATE TABLE t AS SELECT hash(range) AS a, hash(range + 1) AS b FROM range(2000000)")
        assert opened.execute("SELECT count(*) FROM (SELECT * FROM t ORDER BY a, b)").fetchone() == (2000000,)
    assert list(tmp_path.iterdir()) == []


def test_no_extension_is_fetched(connection) -> None:
    with pytest.raises(Exception, match="extension"):
        connection.execute("SELECT * FROM read_csv('https://localhost:1/x.csv')")
