"""A sample holds true rows, in their order, the same every time."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mlgit.data.opening import open_source
from mlgit.data.sample import sample_file
from mlgit.errors import ExternalError, UsageError
from tests.unit.data.tables import draw, put, write_rows


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream, delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sample_of_a_csv(delimiter: str, tmp_path: Path) -> None:
    header = ('say "hi"', "b;c", "d'e", "f", "g", "h\n2", "k")
    whole = write_rows(tmp_path / "whole.csv", draw(3000, 1), header, delimiter)
    assert sample_file(whole, tmp_path / "a.csv", 500) == 500
    assert sample_file(whole, tmp_path / "b.csv", 500) == 500
    assert sample_file(whole, tmp_path / "c.csv", 500, seed=8) == 500
    every, taken = rows_of(whole, delimiter), rows_of(tmp_path / "a.csv", delimiter)
    assert taken[0] == list(header)
    positions = {tuple(row): number for number, row in enumerate(every)}
    numbers = [positions[tuple(row)] for row in taken[1:]]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 500
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()
    assert 1200 < sum(numbers) / 500 < 1800
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.csv", "whole.csv"]


def test_a_sample_of_a_parquet_file_keeps_types(tmp_path: Path) -> None:
    import duckdb

    whole = tmp_path / "whole.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT range AS a, range * 0.5 AS b, '00' || range AS c FROM range(4000)) TO '{whole}'"
    )
    assert sample_file(whole, tmp_path / "part.parquet", 100) == 100
    found = duckdb.connect().execute(f"SELECT a, b, c FROM '{tmp_path}/part.parquet'").fetchall()
    assert all((b, c) == (a * 0.5, f"00{a}") for a, b, c in found)
    assert open_source(tmp_path / "part.parquet").names == ("a", "b", "c")


def test_a_sample_larger_than_the_table_is_the_table(tmp_path: Path) -> None:
    whole = write_rows(tmp_path / "whole.csv", draw(30, 1))
    assert sample_file(whole, tmp_path / "new" / "part.csv", 100) == 30
    assert rows_of(tmp_path / "new" / "part.csv") == rows_of(whole)


def test_what_cannot_be_sampled(tmp_path: Path) -> None:
    whole = write_rows(tmp_path / "whole.csv", draw(30, 1))
    with pytest.raises(UsageError, match="0 rows"):
        sample_file(whole, tmp_path / "part.csv", 0)
    with pytest.raises(UsageError, match="has 2 values"):
        sample_file(put(tmp_path, "a,b,c\n1,2\n", "bad.csv"), tmp_path / "part.csv", 5)
    put(tmp_path, "", "wall")
    with pytest.raises(ExternalError):
        sample_file(whole, tmp_path / "wall" / "part.csv", 5)
    assert not (tmp_path / "part.csv").exists()
