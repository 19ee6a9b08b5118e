"""Columns that repeat a part of a date: the year, month, day or hour of another column, as folders of a table often do."""

from __future__ import annotations

from typing import Any, Literal

from mlgit.data.profile import Profile
from mlgit.data.sql import select

Part = Literal["year", "month", "day", "hour", "date"]
CYCLES: dict[Part, int] = {"month": 12, "day": 31, "hour": 24}
"""How many values a part has that comes again; a year and a date move on."""
NAMES: dict[str, Part] = {
    "year": "year", "yyyy": "year", "yr": "year", "month": "month", "mm": "month", "day": "day", "dd": "day",
    "hour": "hour", "hh": "hour", "date": "date", "dt": "date", "ds": "date",
}  # fmt: skip
"""What a folder is usually called that holds the rows of such a part."""
FEWEST = 50
MOST_YEARS = 300
MOST_COMPARED = 12


def differs(part: str, value: str, moment: str) -> str:
    """Return the SQL condition that a value is not this part of a moment; NULL where either is missing or no such number."""
    if part == "date":
        return f"{value} <> CAST({moment} AS DATE)"
    return f"TRY_CAST(CAST({value} AS VARCHAR) AS INTEGER) <> extract({part} FROM {moment})"


def calendar_parts(connection: Any, profile: Profile) -> tuple[tuple[str, Part, str], ...]:
    """Return the columns of `typed` that are a part of a date in every row: (column, part, the date).

    A month that never changes says nothing; a year does, since no other number looks like one.
    """
    moments = [
        (index, one.storage == "timestamp")
        for index, one in enumerate(profile.columns)
        if one.storage in ("date", "timestamp")
    ][:MOST_COMPARED]
    pairs = [
        (at, part, moment)
        for moment, timed in moments
        for at, one in enumerate(profile.columns)
        if at != moment
        for part in parts_of(one.storage, one.distinct, timed=timed)
    ]
    kept = holding(connection, "sample", pairs)
    return tuple(
        (profile.columns[at].name, part, profile.columns[moment].name)
        for at, part, moment in holding(connection, "typed", kept)
    )


def parts_of(storage: str, distinct: int, *, timed: bool) -> list[Part]:
    """Return the parts that a column of this type and so many values may be."""
    if storage == "date":
        return ["date"] if timed and distinct > 1 else []
    if storage not in ("integer", "string"):
        return []
    cycles = [part for part, most in CYCLES.items() if 1 < distinct <= most and (timed or part != "hour")]
    return ["year", *cycles] if distinct <= MOST_YEARS else []


def holding(connection: Any, table: str, pairs: list[tuple[int, Part, int]]) -> list[tuple[int, Part, int]]:
    """Return the pairs that hold in every row of a table that has both, in enough rows."""
    if not pairs:
        return []
    asked: list[str] = []
    for at, part, moment in pairs:
        other = differs(part, f"t{at}", f"t{moment}")
        asked.extend(
            (
                f"count_if({other})",
                f"count({other})",
                f"count_if(t{at} IS NOT NULL AND t{moment} IS NOT NULL)",
            )
        )
    row = connection.execute(select(asked, table)).fetchone()
    facts = zip(pairs, row[::3], row[1::3], row[2::3], strict=True)
    return [pair for pair, wrong, both, dated in facts if not wrong and both >= FEWEST and both == dated]


def moving(
    column: str, distinct: int, parts: tuple[tuple[str, Part, str], ...], folders: tuple[str, ...]
) -> bool:
    """Tell whether a column holds ever new values as time goes on: a part of a date, or a folder called so, that went not yet round."""
    part = next((part for name, part, _ in parts if name == column), None)
    if part is None and column in folders:
        part = NAMES.get(column.casefold())
    return part is not None and distinct < CYCLES.get(part, distinct + 1)
