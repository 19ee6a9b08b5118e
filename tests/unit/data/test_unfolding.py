"""Small files that hold far more than they are, and honest ones that hold much."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from mlgit.data import unfolding
from mlgit.data.opening import open_source
from mlgit.data.unfolding import MOST_BYTES, MOST_TIMES, refuse_unfolded
from mlgit.errors import UsageError

PARQUET = {
    "a text that stands once": ("SELECT repeat('x', 4000) AS a, range AS b FROM range(3000)", ""),
    "bytes that stand once": ("SELECT CAST(repeat('x', 4000) AS BLOB) AS a FROM range(3000)", ""),
    "texts that a packer makes small": (
        "SELECT repeat('x', 60000) || range AS a FROM range(100)",
        ", COMPRESSION zstd",
    ),
    "rows of one number": ("SELECT 7 AS a, 8 AS b FROM range(400000)", ""),
}


@pytest.mark.parametrize("name", PARQUET)
def test_a_parquet_file_that_unfolds_is_refused_before_it_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfolding, "MOST_BYTES", 3_000_000)
    query, options = PARQUET[name]
    place = tmp_path / "t.parquet"
    duckdb.sql(f"COPY ({query}) TO '{place}' (FORMAT parquet{options})")
    with pytest.raises(UsageError, match=r"unfolds to more than [\d,]+") as caught:
        open_source(place, "t.parquet")
    assert caught.value.code == "data-unfolds"


@pytest.mark.parametrize("line", [b"1,2\n", b'{"a": 1}\n'])
def test_what_gzip_packed_too_well_is_refused(
    line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfolding, "MOST_BYTES", 3_000_000)
    place = tmp_path / ("t.csv.gz" if b"," in line else "t.jsonl.gz")
    place.write_bytes(gzip.compress(line * (4_000_000 // len(line))))
    with pytest.raises(UsageError) as caught:
        open_source(place, place.name, several=True)
    assert caught.value.code == "data-unfolds"


def test_texts_that_repeat_are_no_bomb(tmp_path: Path) -> None:
    place = tmp_path / "t.parquet"
    query = "SELECT 'a country of ' || range % 5 AS a, range AS b FROM range(200000)"
    duckdb.sql(f"COPY ({query}) TO '{place}' (FORMAT parquet)")
    assert open_source(place, "t.parquet").rows == 200_000


def test_the_bound_is_of_size_and_of_times() -> None:
    refuse_unfolded(MOST_BYTES, 1, "t")
    refuse_unfolded(MOST_TIMES * 10**9, 10**9, "t")
    for unfolded, size in ((MOST_BYTES + 1, 1), (MOST_TIMES * 10**9 + 1, 10**9)):
        with pytest.raises(UsageError):
            refuse_unfolded(unfolded, size, "t")
