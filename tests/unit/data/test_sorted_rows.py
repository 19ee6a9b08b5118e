"""Rows that stand in the order of the target: found where the reference did not, in classes and numbers, in text and Parquet."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from mlgit.data.schema import Schema
from tests.calibration.tables import SOURCES, Source, write_table
from tests.unit.data.references import leaks, schema_of


def messages(path: Path, schema: Schema) -> list[str]:
    """Return what is said of the order of the rows."""
    return [one.message for one in leaks(path, schema)]


def in_order(path: Path, target: str, order: str = "") -> Path:
    """Write the rows of a table in the order of its target, as Parquet."""
    made = path.with_name("sorted.parquet")
    duckdb.sql(f"COPY (FROM '{path}' ORDER BY {target} {order}) TO '{made}'")
    return made


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_table_that_is_sorted_by_its_target_is_found(source: Source, tmp_path: Path) -> None:
    schema = schema_of(write_table(tmp_path / "r.csv", source, 2000, "r"), source.target)
    fresh = write_table(tmp_path / "f.csv", source, 2000, "f")
    header, *rows = fresh.read_text().splitlines()
    place = source.header.index(source.target)
    rows.sort(
        key=lambda row: float(row.split(",")[place]) if source.name == "sensors" else row.split(",")[place]
    )
    assert not messages(fresh, schema)
    fresh.write_text("\n".join((header, *rows)) + "\n")
    (said,) = messages(fresh, schema)
    assert said.startswith(f"the rows stand in the order of '{source.target}': their place tells ")


def test_in_a_table_of_many_rows_those_drawn_stand_in_their_order(tmp_path: Path) -> None:
    source = SOURCES[2]
    plain = write_table(tmp_path / "r.csv", source, 30_000, "r")
    schema = schema_of(plain, source.target)
    assert messages(in_order(plain, source.target), schema)
    assert not messages(in_order(plain, "random()"), schema)


def test_what_was_sorted_before_or_not_looked_at_is_no_news(tmp_path: Path) -> None:
    source = SOURCES[0]
    plain = write_table(tmp_path / "r.csv", source, 500, "r")
    ordered = in_order(plain, source.target)
    assert not messages(ordered, schema_of(ordered, source.target))
    schema = schema_of(plain, source.target)
    old = replace(schema.columns[source.target], told=None)
    assert not messages(ordered, replace(schema, columns={**schema.columns, source.target: old}))
    assert messages(ordered, schema)


def test_labels_that_come_in_long_runs_are_no_order(tmp_path: Path) -> None:
    source = SOURCES[0]
    plain = write_table(tmp_path / "r.csv", source, 2000, "r")
    schema = schema_of(plain, source.target)
    chance = random.Random(1)
    header, *rows = plain.read_text().splitlines()
    label, lines = "no", []
    for row in rows:
        label = chance.choice(("yes", "no")) if chance.random() < 0.1 else label
        lines.append(f"{row.rpartition(',')[0]},{label}")
    (tmp_path / "runs.csv").write_text("\n".join((header, *lines)) + "\n")
    assert not messages(tmp_path / "runs.csv", schema)
