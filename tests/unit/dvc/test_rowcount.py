"""Rows of tables, held against the writers of csv and DuckDB."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc.rowcount import can_count, count

CELLS = st.text('ab,"\n\r ;', max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_csv_that_a_writer_wrote(rows: list[tuple[str, str]], line_end: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(("x", "y"))
    writer.writerows(rows)
    assert count(stream.getvalue().encode(), "t.csv") == len(rows)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", 0),
        (b"x,y\n", 0),
        (b"x,y\n1,2\n", 1),
        (b"x,y\n1,2", 1),
        (b"x\n\n1\n", 1),
        (b"x\r\n1\r\n\r\n2\r\n", 2),
        (b'x\n"a\nb"\n', 1),
        (b'\xff"\n', None),
    ],
)
def test_a_csv_by_hand(content: bytes, rows: int | None) -> None:
    assert count(content, "T.CSV") == rows
    assert count(content, "t.tsv") == rows


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "uncompressed"])
@pytest.mark.parametrize("rows", [0, 1, 777, 300_000])
def test_parquet(rows: int, compression: str, tmp_path: Path) -> None:
    place = tmp_path / "t.parquet"
    table = f"SELECT range AS a, 'x' || range AS b, range % 2 = 0 AS c, [1.5, range] AS d, {{'e': a}} AS f FROM range({rows})"
    duckdb.sql(
        f"COPY ({table}) TO '{place}' (FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE 4096)"
    )
    assert count(place.read_bytes(), "t.parquet") == rows


@given(st.binary(max_size=100))
def test_bytes_that_are_no_parquet(content: bytes) -> None:
    framed = b"PAR1" + content + len(content).to_bytes(4, "little") + b"PAR1"
    for found in (count(content, "t.parquet"), count(framed, "t.parquet")):
        assert found is None or isinstance(found, int)


@pytest.mark.parametrize(
    "footer",
    [
        b"\x19\xf3" + b"\xff" * 8 + b"\x7f",  # a list of 2**63 truth values
        b"\x1b" + b"\xff" * 8 + b"\x7f\x11",  # a map as large
        b"\x18" + b"\xff" * 8 + b"\x7f",  # a text as long
        b"\x1c" * 5000,  # structures in structures
        b"\xff" * 40,
    ],
)
def test_a_footer_that_promises_too_much_is_left_at_once(footer: bytes) -> None:
    assert count(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1", "t.parquet") is None


def test_what_can_be_counted() -> None:
    assert [can_count(path) for path in ("a.csv", "a.parquet", "a.tsv", "a.json", "a")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_csv_needs_no_duckdb() -> None:
    script = (
        "import sys; from mlgit.dvc.rowcount import count; assert count(b'x\\n1\\n', 'a.csv') == 1; "
        "assert count(b'PAR1 no table', 'a.parquet') is None; assert 'duckdb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
