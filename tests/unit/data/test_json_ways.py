"""Numbers of JSON lines in quotes that stood in none, and the other way round, are found with their lines."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.unit.data.references import failures, schema_of


def rows_of(seed: int, rows: int = 300) -> list[dict[str, Any]]:
    """Return rows of numbers, truth values and texts."""
    chance = random.Random(seed)
    return [
        {
            "size": round(chance.gauss(10, 2), 2) if chance.random() > 0.1 else None,
            "sold": chance.random() < 0.5,
            "name": f"{chance.randrange(100, 999)}-a",
        }
        for _ in range(rows)
    ]


def put(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def quoted(rows: list[dict[str, Any]], key: str, first: int = 0) -> list[dict[str, Any]]:
    """Return the rows, the values of a key as texts from a row on."""
    return [
        {**row, key: json.dumps(row[key])} if at >= first and row[key] is not None else row
        for at, row in enumerate(rows)
    ]


@pytest.mark.parametrize("key", ["size", "sold"])
def test_values_in_quotes_are_found(tmp_path: Path, key: str) -> None:
    schema = schema_of(put(tmp_path / "r.jsonl", rows_of(1)))
    assert (schema.columns[key].json, schema.columns["name"].json) == ("bare", None)
    rows = [row for row in rows_of(2) if row[key] is not None]
    (found,) = failures(put(tmp_path / "t.jsonl", quoted(rows, key, len(rows) - 3)), schema)
    assert (found.rule, found.column, found.failed, found.checked) == ("type", key, 3, len(rows))
    assert [one.line for one in found.examples] == [len(rows) - 2, len(rows) - 1, len(rows)]
    assert found.message.startswith(f"{key!r} has 3 values in quotes in {len(rows)} lines")
    assert f"columns.{key}.json" in found.hint


def test_values_without_quotes_are_found_where_all_stood_in_some(tmp_path: Path) -> None:
    schema = schema_of(put(tmp_path / "r.jsonl", quoted(rows_of(1), "size")))
    assert schema.columns["size"].json == "quoted"
    assert not failures(put(tmp_path / "f.jsonl", quoted(rows_of(2), "size")), schema)
    (found,) = failures(put(tmp_path / "t.jsonl", rows_of(3)), schema)
    assert "values without quotes" in found.message
    assert found.column == "size"


def test_a_file_of_a_folder_is_named_and_many_lines_are_looked_at_here_and_there(tmp_path: Path) -> None:
    schema = schema_of(put(tmp_path / "r.jsonl", rows_of(1)))
    rows = rows_of(2, 9000)
    put(tmp_path / "t" / "a.jsonl", rows_of(3))
    put(tmp_path / "t" / "b.jsonl", quoted(rows, "sold", 8000))
    (found,) = failures(tmp_path / "t", schema)
    assert (found.failed, found.checked) == (5, 2035)
    assert (found.examples[0].file, found.examples[0].line) == ("t/b.jsonl", 8001)


def test_nothing_is_said_of_honest_lines_nulls_and_ways_that_were_mixed(tmp_path: Path) -> None:
    schema = schema_of(put(tmp_path / "r.jsonl", rows_of(1)))
    assert not failures(put(tmp_path / "f.jsonl", rows_of(2)), schema)
    mixed = schema_of(put(tmp_path / "m.jsonl", quoted(rows_of(1), "size", 150)))
    assert mixed.columns["size"].json is None
    assert not failures(put(tmp_path / "g.jsonl", quoted(rows_of(2), "size", 10)), mixed)
