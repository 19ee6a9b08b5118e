"""The columns that name a row together, as a store and a day do: found in a reference, and what a table of them keeps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import Any

from mlgit.data.calendar_parts import CYCLES, NAMES
from mlgit.data.profile import Column, Profile
from mlgit.data.sql import COLUMNS_A_QUERY, select

EXPECTED = 50
"""A key says something where so many pairs of rows would share it by chance, and none does."""
MOST_COLUMNS, MOST_COMPARED = 3, 12
ROUND = {"week", "weekday", "dow", "quarter", "minute", "second", "time"} | {
    name for name, part in NAMES.items() if part in CYCLES
}
"""Names of what comes again each year or each day: it names a row only as long as the reference is short."""
MOVING = {name for name, part in NAMES.items() if part not in CYCLES}


def table_key(connection: Any, profile: Profile) -> tuple[str, ...]:
    """Return the fewest columns of `typed` that together name every row, in their order; none where chance may be why.

    Two rows share a column as often as they do, and several as often as if these were independent of each other. Where
    columns tell when a row was, one of them is a part of the key: without it the next month would repeat it.
    """
    able = [at for at, one in enumerate(profile.columns) if naming(one)][:MOST_COMPARED]
    dated = {at for at in able if moment(profile.columns[at])}
    shares = {at: shared_pairs(connection, at) for at in able}
    (rows,) = connection.execute(select(["count(*)"], "sample")).fetchone()
    for size in range(2, MOST_COLUMNS + 1):
        groups = [one for one in combinations(able, size) if dated.intersection(one) or not dated]
        expected = {one: rows * (rows - 1) / 2 * prod(shares[at] for at in one) for one in groups}
        likely = [one for one, pairs in expected.items() if pairs >= EXPECTED]
        for one in sorted(unrepeated(connection, "sample", likely), key=lambda one: -expected[one]):
            if unrepeated(connection, "typed", [one]):
                return tuple(profile.columns[at].name for at in one)
    return ()


def naming(column: Column) -> bool:
    """Tell whether a column may be a part of a key: complete, and no measure, text or answer."""
    if column.nulls or column.role == "target":
        return False
    if column.kind == "date":
        return True
    named = column.kind in ("identifier", "category") or column.storage == "integer"
    return named and column.name.strip().casefold() not in ROUND


def moment(column: Column) -> bool:
    """Tell whether a column says when a row was."""
    return column.kind == "date" or column.name.strip().casefold() in MOVING


def shared_pairs(connection: Any, column: int) -> float:
    """Return the share of the pairs of rows of `sample` that share a value of a column, from 0 to 1."""
    counts = f"({select(['count(*) AS n'], 'sample', f'GROUP BY t{column}')})"
    shared, rows = connection.execute(select(["sum(n * (n - 1))", "sum(n)"], counts)).fetchone()
    return float(shared) / (float(rows) * (float(rows) - 1))


def unrepeated(connection: Any, table: str, keys: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the keys that no two rows of a table share."""
    found: list[tuple[int, ...]] = []
    for start in range(0, len(keys), COLUMNS_A_QUERY):
        these = keys[start : start + COLUMNS_A_QUERY]
        asked = [
            f"count(*) - count(DISTINCT hash({', '.join(f't{at}' for at in columns)}))" for columns in these
        ]
        row = connection.execute(select(asked, table)).fetchone()
        found += [columns for columns, repeats in zip(these, row, strict=True) if not repeats]
    return found
