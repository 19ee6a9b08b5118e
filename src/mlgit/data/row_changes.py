"""The rows of two versions of a table that were added, removed and changed: by their key, or whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlgit.data.difference import ChangedColumn, RowChange, RowsDifference, ValueChange
from mlgit.data.sql import COLUMNS_A_QUERY, select
from mlgit.data.two_tables import Key, Shared, Side
from mlgit.text import shown

EXAMPLES = 5
CHANGED = select(["name"], "differing", "WHERE state = 'changed'")


def hashed(shared: Sequence[Shared], side: str) -> str:
    """Return the SQL of the hash of a row: 64 bits, so two of a million rows look equal once in ten million tables."""
    return f"hash({', '.join(one.value(side) for one in shared)})"


def rows_difference(
    connection: Any, base: Side, head: Side, shared: Sequence[Shared], key: Key | None, note: str
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


def by_key(connection: Any, base: Side, head: Side, shared: Sequence[Shared], key: Key) -> RowsDifference:
    """Return the rows that were added, removed and changed, by their key."""
    others = [one for one in shared if one not in key.columns]
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


def both_versions(parts: Sequence[tuple[str, Shared]], key: Key, names: str) -> str:
    """Return the FROM part with both versions of rows that were changed: `b` and `h`, a column for each part."""
    sides = []
    for side in ("base", "head"):
        asked = [f"{key.value(side)} AS name", *(f"{one.value(side)} AS {name}" for name, one in parts)]
        sides.append(f"({select(asked, side, f'WHERE {key.value(side)} IN ({names})')}) AS {side[0]}")
    return f"{sides[0]} JOIN {sides[1]} ON b.name = h.name"


def changed_columns(connection: Any, others: Sequence[Shared], key: Key) -> tuple[ChangedColumn, ...]:
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


def first_rows(connection: Any, others: Sequence[Shared], key: Key) -> tuple[RowChange, ...]:
    """Return the first rows of each state by their key, those that were changed with their values."""
    found = []
    for state in ("added", "removed"):
        rows = connection.execute(
            select(
                [key.text("name")],
                "differing",
                f"WHERE state = '{state}' ORDER BY name LIMIT {EXAMPLES}",
            )
        ).fetchall()
        found += [RowChange(key=cut(name) or "", state=state) for (name,) in rows]
    parts = [(f"x{number}", one) for number, one in enumerate(others)]
    names = f"{CHANGED} ORDER BY name LIMIT {EXAMPLES}"
    asked = [f"CAST({side}.{name} AS VARCHAR)" for name, _ in parts for side in ("b", "h")]
    changed = select([key.text("b.name"), *asked], both_versions(parts, key, names), "ORDER BY b.name")
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
