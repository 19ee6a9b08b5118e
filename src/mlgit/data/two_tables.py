"""Two versions of a table side by side: their columns, and the rows that were added, removed and changed.

Each side is one file or many. Nothing is held in memory whole: DuckDB joins keys and hashes of rows, and spills.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from mlgit.data.difference import ChangedColumn, ColumnChange, RowChange, RowsDifference, ValueChange
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.folder import joined, partitioned
from mlgit.data.opening import open_source, refused
from mlgit.data.profile import Storage
from mlgit.data.schema import Schema
from mlgit.data.source import Source, read_from
from mlgit.data.sql import COLUMNS_A_QUERY, numbered, select
from mlgit.data.storage import TYPES, Storing, parquet_storings, storings, typed
from mlgit.errors import MlgitError
from mlgit.text import shown

MEMORY = "1GB"
HELD_TEXT = 250_000_000
EXAMPLES = 5
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


def opened(connection: Any, name: str, files: Sequence[tuple[str, Path]], folder: str = "") -> Side:
    """Make the files of one side readable as one table; each is its path as shown, and where it lies.

    Of a `folder` (as shown) the folders on the way to a file may name columns. Raises `UsageError` for a file that is no
    whole table, and (`data-folder-columns`) for files of different columns.
    """
    sources = [open_source(path, shown, largest=ANY_BYTES, several=True) for shown, path in files]
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
) -> tuple[Shared | None, str]:
    """Return the column that names the rows of both sides, by a schema; None with a note where it does not."""
    wanted: dict[str, None] = {}
    for schema in schemas:
        names = [schema.id, *(name for name, rule in schema.columns.items() if rule.unique)]
        wanted.update(dict.fromkeys(name for name in names if name))
    note = ""
    for name in wanted:
        key = next((one for one in shared if one.name == name), None)
        if key is None:
            note = note or f"the key {name!r} is not on both sides"
            continue
        repeated = [side.name for side in (base, head) if not names_rows(connection, key, side)]
        if not repeated:
            return key, ""
        note = note or f"the key {name!r} repeats or is empty in the {repeated[0]}"
    return None, note


def names_rows(connection: Any, key: Shared, side: Side) -> bool:
    """Tell whether every row of a side has a key of its own."""
    value = key.value(side.name)
    rows, filled, distinct = connection.execute(
        select(["count(*)", f"count({value})", f"count(DISTINCT {value})"], side.name)
    ).fetchone()
    return bool(rows == filled == distinct)


def hashed(shared: Sequence[Shared], side: str) -> str:
    """Return the SQL of the hash of a row: 64 bits, so two of a million rows look equal once in ten million tables."""
    return f"hash({', '.join(one.value(side) for one in shared)})"


def rows_difference(
    connection: Any, base: Side, head: Side, shared: Sequence[Shared], key: Shared | None, note: str
) -> RowsDifference:
    """Return the rows that differ; afterwards the tables `came` and `left_out` hold what names them."""
    if key is None:
        return by_whole_rows(connection, base, head, shared, note)
    return by_key(connection, base, head, shared, key)


def by_whole_rows(
    connection: Any, base: Side, head: Side, shared: Sequence[Shared], note: str
) -> RowsDifference:
    """Return how many rows came and left, each row as often as it stands there."""
    both = " UNION ALL ".join(
        select([f"{hashed(shared, side)} AS name", f"{number} AS side"], side)
        for number, side in enumerate(("base", "head"))
    )
    counts = ["name", "count(*) FILTER (WHERE side = 0) AS b", "count(*) FILTER (WHERE side = 1) AS h"]
    counted_rows = select(counts, f"({both})", "GROUP BY name HAVING b <> h")
    connection.execute(f"CREATE TEMP TABLE differing AS {counted_rows}")
    removed, added = connection.execute(
        select(["coalesce(sum(greatest(b - h, 0)), 0)", "coalesce(sum(greatest(h - b, 0)), 0)"], "differing")
    ).fetchone()
    keep_names(connection, "h > b", "b > h")
    return RowsDifference(note=note, base=base.rows, head=head.rows, added=int(added), removed=int(removed))


def keep_names(connection: Any, came: str, left: str) -> None:
    """Keep what names the rows that came, and those that left, as tables of their own."""
    for table, condition in (("came", came), ("left_out", left)):
        connection.execute(
            f"CREATE TEMP TABLE {table} AS {select(['name'], 'differing', f'WHERE {condition}')}"
        )


def by_key(connection: Any, base: Side, head: Side, shared: Sequence[Shared], key: Shared) -> RowsDifference:
    """Return the rows that were added, removed and changed, by their key."""
    others = [one for one in shared if one is not key]
    sides = []
    for side in ("base", "head"):
        content = hashed(others, side) if others else "0"
        sides.append(
            f"({select([f'{key.value(side)} AS name', f'{content} AS content'], side)}) AS {side[0]}"
        )
    joined = f"{sides[0]} FULL OUTER JOIN {sides[1]} ON b.name = h.name"
    kind = (
        "CASE WHEN b.name IS NULL THEN 'added' WHEN h.name IS NULL THEN 'removed' ELSE 'changed' END AS state"
    )
    other = "WHERE b.name IS NULL OR h.name IS NULL OR b.content <> h.content"
    found = select(["coalesce(b.name, h.name) AS name", kind], joined, other)
    connection.execute(f"CREATE TEMP TABLE differing AS {found}")
    keep_names(connection, "state <> 'removed'", "state = 'removed'")
    counts = dict(connection.execute(select(["state", "count(*)"], "differing", "GROUP BY state")).fetchall())
    changed = int(counts.get("changed", 0))
    return RowsDifference(
        by="key",
        key=key.name,
        base=base.rows,
        head=head.rows,
        added=int(counts.get("added", 0)),
        removed=int(counts.get("removed", 0)),
        changed=changed,
        columns=changed_columns(connection, others, key) if changed else (),
        first=first_rows(connection, others, key),
    )


def both_versions(parts: Sequence[tuple[str, Shared]], key: Shared, names: str) -> str:
    """Return the FROM part with both versions of rows that were changed: `b` and `h`, a column for each part."""
    sides = []
    for side in ("base", "head"):
        asked = [f"{key.value(side)} AS name", *(f"{one.value(side)} AS {name}" for name, one in parts)]
        sides.append(f"({select(asked, side, f'WHERE {key.value(side)} IN ({names})')}) AS {side[0]}")
    return f"{sides[0]} JOIN {sides[1]} ON b.name = h.name"


CHANGED = select(["name"], "differing", "WHERE state = 'changed'")


def changed_columns(connection: Any, others: Sequence[Shared], key: Shared) -> tuple[ChangedColumn, ...]:
    """Return in how many rows each column holds another value, the most first."""
    found = []
    for start in range(0, len(others), COLUMNS_A_QUERY):
        parts = [(f"x{number}", one) for number, one in enumerate(others[start : start + COLUMNS_A_QUERY])]
        asked = [f"count(*) FILTER (WHERE b.{name} IS DISTINCT FROM h.{name})" for name, _ in parts]
        row = connection.execute(select(asked, both_versions(parts, key, CHANGED))).fetchone()
        found += [
            ChangedColumn(column=one.name, rows=int(count))
            for (_, one), count in zip(parts, row, strict=True)
            if count
        ]
    return tuple(sorted(found, key=lambda one: -one.rows))


def first_rows(connection: Any, others: Sequence[Shared], key: Shared) -> tuple[RowChange, ...]:
    """Return the first rows of each state by their key, those that were changed with their values."""
    found = []
    for state in ("added", "removed"):
        rows = connection.execute(
            select(
                ["CAST(name AS VARCHAR)"],
                "differing",
                f"WHERE state = '{state}' ORDER BY name LIMIT {EXAMPLES}",
            )
        ).fetchall()
        found += [RowChange(key=cut(name) or "", state=state) for (name,) in rows]
    parts = [(f"x{number}", one) for number, one in enumerate(others)]
    names = f"{CHANGED} ORDER BY name LIMIT {EXAMPLES}"
    asked = [f"CAST({side}.{name} AS VARCHAR)" for name, _ in parts for side in ("b", "h")]
    changed = select(["CAST(b.name AS VARCHAR)", *asked], both_versions(parts, key, names), "ORDER BY b.name")
    for name, *values in connection.execute(changed).fetchall():
        pairs = zip(others, values[::2], values[1::2], strict=True)
        other = tuple(
            ValueChange(column=one.name, base=cut(before), head=cut(after))
            for one, before, after in pairs
            if before != after
        )
        found.append(RowChange(key=cut(name) or "", state="changed", values=other[:EXAMPLES]))
    return tuple(found)


def cut(value: str | None) -> str | None:
    """Return a value as it is shown."""
    return None if value is None else shown(value)
