"""Two versions of a table side by side: what each holds, their columns, and the key that names the rows of both.

Each side is one file or many. Nothing is held in memory whole: DuckDB joins keys and hashes of rows, and spills.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from mlgit.data.difference import ColumnChange
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.folder import joined, partitioned
from mlgit.data.opening import open_source, refused
from mlgit.data.profile import Storage
from mlgit.data.schema import Schema
from mlgit.data.source import Source, read_from
from mlgit.data.sql import numbered, select
from mlgit.data.storage import TYPES, Storing, parquet_storings, storings, typed
from mlgit.errors import MlgitError

MEMORY = "1GB"
HELD_TEXT = 250_000_000
WIDER: dict[frozenset[Storage], Storage] = {
    frozenset(("integer", "float")): "float",
    frozenset(("date", "timestamp")): "timestamp",
}
"""The type in which two versions of a column are compared; text where neither holds the other."""


class Side(Struct, frozen=True, kw_only=True):
    """One side as `name`: `row_at`, and `v0`... in the types of `stored`.

    It is parsed once into a table; Parquet whose texts would fill one is read where it lies.
    """

    name: str
    names: tuple[str, ...]
    stored: tuple[Storage, ...]
    rows: int

    def type_of(self, column: str) -> Storage:
        """Return how a column is stored."""
        return self.stored[self.names.index(column)]


class Shared(Struct, frozen=True, kw_only=True):
    """A column of both sides: its position in each, and the type in which it is compared."""

    name: str
    base: int
    head: int
    storage: Storage
    cast: bool

    def value(self, side: str) -> str:
        """Return the SQL of its value at one side."""
        column = f"v{self.base if side == 'base' else self.head}"
        return f"CAST({column} AS {TYPES[self.storage]})" if self.cast else column


class Key(Struct, frozen=True, kw_only=True):
    """The columns of both sides that name a row."""

    columns: tuple[Shared, ...]

    @property
    def name(self) -> str:
        """The names of the columns, as they are shown."""
        return ", ".join(one.name for one in self.columns)

    def value(self, side: str) -> str:
        """Return the SQL of what names a row of one side; NULL where a column has no value."""
        values = [one.value(side) for one in self.columns]
        if len(values) == 1:
            return values[0]
        filled = " AND ".join(f"{value} IS NOT NULL" for value in values)
        return f"CASE WHEN {filled} THEN row({', '.join(values)}) END"

    def text(self, value: str) -> str:
        """Return the SQL of such a value as text."""
        if len(self.columns) == 1:
            return f"CAST({value} AS VARCHAR)"
        parts = (f"CAST(struct_extract({value}, {at}) AS VARCHAR)" for at in range(1, len(self.columns) + 1))
        return f"concat_ws(', ', {', '.join(parts)})"


def opened(connection: Any, name: str, files: Sequence[tuple[str, Path]], folder: str = "") -> Side:
    """Make the files of one side readable as one table; each is its path as shown, and where it lies.

    Of a `folder` (as shown) the folders on the way to a file may name columns. Raises `UsageError` for a file that is no
    whole table, and (`data-folder-columns`) for files of different columns.
    """
    sources = [
        open_source(path, shown, largest=ANY_BYTES, several=True, narrow=True) for shown, path in files
    ]
    if folder:
        below = [PurePosixPath(one.shown).relative_to(folder) for one in sources]
        sources = [partitioned(one, way) for one, way in zip(sources, below, strict=True)]
    whole = joined(files[0][1], folder, sources) if folder else sources[0]
    try:
        return read_once(connection, name, whole)
    except MlgitError:
        raise
    except Exception as error:
        raise refused(whole, error) from error


def read_once(connection: Any, name: str, whole: Source) -> Side:
    """Make the columns of a source readable in their types."""
    rows_of = numbered(read_from(whole))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {rows_of}")
    stored = stored_as(connection, whole)
    parts = [f"{typed(f'c{index}', one, text=whole.text)} AS v{index}" for index, one in enumerate(stored)]
    kept = "TABLE" if whole.text or bytes_of_texts(connection, stored) <= HELD_TEXT else "VIEW"
    connection.execute(f"CREATE TEMP {kept} {name} AS {select(['row_at', *parts], f'({rows_of})')}")
    (rows,) = connection.execute(select(["count(*)"], name)).fetchone()
    return Side(name=name, names=whole.names, stored=tuple(one.storage for one in stored), rows=int(rows))


def bytes_of_texts(connection: Any, stored: Sequence[Storing]) -> int:
    """Return how much the texts of `source` take when each is written out: Parquet keeps one once for a million rows."""
    texts = [
        f"coalesce(sum(strlen(CAST(c{n} AS VARCHAR))), 0)"
        for n, one in enumerate(stored)
        if one.storage == "string"
    ]
    (found,) = connection.execute(select([" + ".join(["0", *texts])], "source")).fetchone()
    return int(found)


def stored_as(connection: Any, source: Source) -> list[Storing]:
    """Return how the columns of the view `source` are stored; what has no type of ours is compared as text."""
    if source.text:
        return storings(connection, source.first_rows, len(source.names))
    return parquet_storings([str(row[1]) for row in connection.execute("DESCRIBE source").fetchall()[1:]])


def column_changes(base: Side, head: Side) -> tuple[ColumnChange, ...]:
    """Return the columns that were added or removed, and those of another type."""
    removed = [
        ColumnChange(column=name, state="removed", base=base.type_of(name))
        for name in base.names
        if name not in head.names
    ]
    added = [
        ColumnChange(column=name, state="added", head=head.type_of(name))
        for name in head.names
        if name not in base.names
    ]
    other = [
        ColumnChange(column=name, state="type", base=base.type_of(name), head=head.type_of(name))
        for name in base.names
        if name in head.names and base.type_of(name) != head.type_of(name)
    ]
    return (*removed, *added, *other)


def shared_columns(base: Side, head: Side) -> list[Shared]:
    """Return the columns of both sides, in the order of the base."""
    found = []
    for index, name in enumerate(base.names):
        if name in head.names:
            one, other = base.stored[index], head.type_of(name)
            storage = one if one == other else WIDER.get(frozenset((one, other)), "string")
            found.append(
                Shared(name=name, base=index, head=head.names.index(name), storage=storage, cast=one != other)
            )
    return found


def key_of(
    connection: Any, schemas: Sequence[Schema], shared: Sequence[Shared], base: Side, head: Side
) -> tuple[Key | None, str]:
    """Return the columns that name the rows of both sides, by a schema; None with a note where they do not."""
    by_name = {one.name: one for one in shared}
    note = ""
    for names in keys_of(schemas):
        said = ", ".join(map(repr, names))
        if not by_name.keys() >= {*names}:
            note = note or f"the key {said} is not on both sides"
            continue
        key = Key(columns=tuple(by_name[name] for name in names))
        repeated = [side.name for side in (base, head) if not names_rows(connection, key, side)]
        if not repeated:
            return key, ""
        note = note or f"the key {said} repeats or is empty in the {repeated[0]}"
    return None, note


def keys_of(schemas: Sequence[Schema]) -> list[tuple[str, ...]]:
    """Return what names the rows by the schemas: ids and what is unique, then columns that do it together."""
    found: dict[tuple[str, ...], None] = {}
    for schema in schemas:
        alone = [schema.id, *(name for name, rule in schema.columns.items() if rule.unique)]
        found.update(dict.fromkeys([*((name,) for name in alone if name), *filter(None, [schema.key])]))
    return list(found)


def names_rows(connection: Any, key: Key, side: Side) -> bool:
    """Tell whether every row of a side has a key of its own."""
    value = key.value(side.name)
    rows, filled, distinct = connection.execute(
        select(["count(*)", f"count({value})", f"count(DISTINCT {value})"], side.name)
    ).fetchone()
    return bool(rows == filled == distinct)
