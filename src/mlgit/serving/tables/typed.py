"""A table as a model takes it: a view `typed` in DuckDB with every value in its type, read in pieces of rows.

Parquet is read where it stands, and of a piece only its own row groups. What is text is parsed once, into a Parquet file of our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.columns import places_of
from mlgit.data.opened import stored_types
from mlgit.data.prepared import Place, prepared
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.source import Source, read_from
from mlgit.data.sql import literal_path, numbered, quoted_list, quoted_text, select
from mlgit.serving.tables.answers import copied
from mlgit.serving.tables.rules import Condition, conditions, refuse_first

CELLS = 2_000_000
"""Values that are read together; rows come in whole row groups of DuckDB's size."""
ROW_GROUP = 122_880
MOST_WORDS = 10_000
"""Categories up to which a text is read as its place in the list."""
COUNTED = "file_row_number"
"""What DuckDB calls the number of a row of a Parquet file; one whose own column is called so is copied."""


class Piece(Struct, frozen=True, kw_only=True):
    """Rows that were read together: the number of the first, how many they are, and their columns."""

    start: int
    rows: int
    columns: dict[str, Any]


class Typed(Struct, frozen=True, kw_only=True):
    """The view `typed` of a table whose rows are all good: `rows` of them, and the columns that the file has."""

    schema: Schema
    places: tuple[Place, ...]
    rows: int

    def pieces(self, connection: Any, wanted: Sequence[str]) -> Iterator[Piece]:
        """Yield all rows in order; a column that the file does not have has no value anywhere."""
        parts = [part for place in self.places for part in read_parts(place, self.schema.columns[place.name])]
        together = max(CELLS // max(len(parts), 1) // ROW_GROUP, 1) * ROW_GROUP
        for start in range(0, self.rows, together):
            rows = min(together, self.rows - start)
            where = f"WHERE row_at >= {start:d} AND row_at < {start + rows:d}"
            found = connection.execute(select(parts or ["row_at"], "typed", where)).fetchnumpy()
            columns = {
                place.name: column(found, place, self.schema.columns[place.name]) for place in self.places
            }
            nothing = [None] * rows
            yield Piece(start=start, rows=rows, columns={name: columns.get(name, nothing) for name in wanted})


class Plan(Struct, frozen=True, kw_only=True):
    """How the view `source` of a table becomes typed.

    `values` is the query, `table` what the conditions of `strict` are about, `key` what names a row there.
    """

    places: tuple[Place, ...]
    key: str
    table: str
    values: str
    strict: tuple[Condition, ...]


def plan_of(found: Sequence[Place], schema: Schema, wanted: Sequence[str]) -> Plan:
    """Return the plan for a table whose columns stand at `found`; `wanted` are those that the model takes."""
    places = tuple(place for place in found if place.name in wanted)
    key = next((f"c{place.index}" for place in found if place.name == schema.id), "row_at")
    table = prepared(schema, places, kept=dict.fromkeys(("row_at", key)))
    strict = tuple(conditions(places, schema))
    bad = " OR ".join(f"({one.broken})" for one in strict) or "false"
    parts = ["row_at", f"{key} AS key", *(f"v{place.index}" for place in places), f"{bad} AS bad"]
    return Plan(places=places, key=key, table=table, values=select(parts, table), strict=strict)


def typed(connection: Any, source: Source, schema: Schema, wanted: Sequence[str], folder: Path) -> Typed:
    """Make the view `typed` (`row_at`, `key`, a `v` for each column, `bad`); raises `UsageError` (`predict-rows`).

    `wanted` are the columns that the model takes; `folder` has room for a copy of the table.
    """
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {numbered_rows(source)}")
    plan = plan_of(places_of(source, schema, stored_types(connection, source)), schema, wanted)
    in_place = reads_in_place(source)
    values = plan.values if in_place else copied(connection, plan.values, folder / "typed.parquet")
    rows, broken = viewed(connection, values)
    if broken:
        refuse_first(connection, source, plan.table, plan.strict)
    return Typed(schema=schema, places=plan.places, rows=rows)


def viewed(connection: Any, values: str) -> tuple[int, bool]:
    """Make the view `typed` of a query; return how many rows it has, and whether one of them breaks a rule."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW typed AS {values}")
    counts = select(["count(*)", "coalesce(bool_or(bad), false)"], "typed")
    rows, broken = connection.execute(counts).fetchone()
    return int(rows), bool(broken)


def reads_in_place(source: Source) -> bool:
    """Tell whether any rows of a file can be read without those before them."""
    return source.file_format == "parquet" and COUNTED not in source.names


def numbered_rows(source: Source) -> str:
    """Return the query for the columns of a file and `row_at`, the number of the row from 0."""
    if not reads_in_place(source):
        return numbered(read_from(source))
    names = ", ".join(f"c{index}" for index in range(len(source.names)))
    return select(["row_at", names], f"{rows_in(source.path)} AS file({names}, row_at)")


def rows_in(path: Path) -> str:
    """Return the FROM part that reads a Parquet file with the numbers of its rows as the last column."""
    return f"read_parquet({quoted_text(literal_path(path))}, hive_partitioning=false, file_row_number=true)"


def read_parts(place: Place, rule: ColumnRule) -> list[str]:
    """Return in SQL what is read of a column: a category by its place in the list, where a rule has one."""
    value = f"v{place.index}"
    words = words_of(rule)
    if not words:
        return [value]
    code = f"enum_code(TRY_CAST({value} AS ENUM {quoted_list(words)}))"
    coded = f"{code} AS e{place.index}"
    return [coded, f"CASE WHEN {code} IS NULL THEN {value} END AS {value}"] if rule.open else [coded]


def words_of(rule: ColumnRule) -> list[str]:
    """Return the texts that a column is likely to hold, empty where that is not known."""
    listed = rule.categories or ()
    return (
        list(dict.fromkeys(map(str, listed))) if rule.type == "string" and len(listed) <= MOST_WORDS else []
    )


def column(found: Mapping[str, Any], place: Place, rule: ColumnRule) -> Any:
    """Return a column of a piece as an array, masked where it has no value; texts of a list are the same objects again and again."""
    import numpy as np

    name, coded = f"v{place.index}", f"e{place.index}"
    if coded not in found:
        kind = {"date": "datetime64[D]", "timestamp": "datetime64[us]"}.get(rule.type)
        return found[name].astype(kind) if kind else found[name]
    words = np.array([*words_of(rule), None], object)
    values = words.take(np.ma.filled(found[coded].astype(np.intp), len(words) - 1))
    nothing = np.ma.getmaskarray(found[coded])
    if name in found:
        others = found[name]
        values = np.where(nothing, np.ma.getdata(others), values)
        nothing = nothing & np.ma.getmaskarray(others)
    return np.ma.masked_array(values, nothing) if nothing.any() else values
