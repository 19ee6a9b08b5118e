"""How the values of a column are stored: integer, float, boolean, date, timestamp or string.

A CSV holds only text. A column is a number or a date when *every* value of it is written as one; nothing is cast on
hope. A number with a leading zero, or longer than 18 digits, is a code and stays text.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from mlgit.data.forms import form_of
from mlgit.data.profile import Storage
from mlgit.data.sql import quoted_list, quoted_text, select

MISSING_WORDS = (
    "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "NULL", "Null", "null", "None", "?", "-", ".",
)  # fmt: skip
"""What people and programs write for "no value", beside nothing at all."""

DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
PATTERNS: dict[Storage, str] = {
    "integer": "[-+]?(0|[1-9][0-9]{0,17})",
    "float": r"[-+]?((0|[1-9][0-9]{0,17})(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?",
    "date": DAY,
    "timestamp": DAY + r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|\+00:?00)?)?",
    "boolean": "(?i:true|false)",
}
"""What a value of each storage looks like, in the grammar that RE2 and Python share."""

TYPES: dict[Storage, str] = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
}
ODD_PATTERNS: dict[str, str] = {
    "numbers with a decimal comma or thousands marks": (
        r"[-+]?([0-9]+,[0-9]+|[0-9]{1,3}([. '][0-9]{3})*,[0-9]+|[0-9]{1,3}([,' ][0-9]{3})+(\.[0-9]+)?|[0-9]{1,3}(\.[0-9]{3}){2,})"
    ),
    "dates that are not written YYYY-MM-DD": r"[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})( .*)?|[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2}( .*)?",
    "times with an offset from UTC": DAY + r"[ T][0-9:.]+ ?[-+][0-9]{2}:?[0-9]{2}",
    "numbers with a unit or currency": r"[$€£] ?[-+]?[0-9][0-9.,]*|[-+]?[0-9][0-9.,]* ?(%|[$€£]|[a-zA-Z]{1,3})",
}
"""What is nearly a number or a date: said in the reason when a column is left out."""

DUCKDB_STORAGE: dict[str, Storage] = {
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "integer"
    ),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL", "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM"), "float"),
    **dict.fromkeys(("VARCHAR", "UUID", "ENUM"), "string"),
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ"),
        "timestamp",
    ),
    "BOOLEAN": "boolean",
    "DATE": "date",
}  # fmt: skip


class Storing(Struct, frozen=True, kw_only=True):
    """How one column is stored, what stands for "no value" in it, and what of it is nearly something else.

    `nearly` is a sentence part such as `1,204 numbers with a decimal comma, as '3,5'`; empty when there is none.
    `dirty` holds when it is a column of numbers or dates but for some values. `form` says how numbers or dates that stand as text are written, as `Column.form` does; empty for anything else.
    `foreign` names a Parquet type that no model takes (lists, blobs).
    """

    storage: Storage
    missing: tuple[str, ...] = ()
    nearly: str = ""
    dirty: bool = False
    form: str = ""
    foreign: str = ""


def typed(column: str, storing: Storing, *, text: bool) -> str:
    """Return the SQL of a column's value in its own type, NULL where it has none; `text` for a column of a CSV."""
    if storing.storage == "string":
        as_text = f"CAST({column} AS VARCHAR)"
        words = quoted_list(("", *storing.missing))
        return f"CASE WHEN trim({as_text}) IN {words} THEN NULL ELSE {as_text} END"
    cast = (
        f"TRY_CAST(trim({column}) AS {TYPES[storing.storage]})"
        if text
        else f"CAST({column} AS {TYPES[storing.storage]})"
    )
    return f"CASE WHEN isnan({cast}) THEN NULL ELSE {cast} END" if storing.storage == "float" else cast


def looks_like(column: str, storage: Storage) -> str:
    """Return the SQL condition that a text is written as a value of `storage`, and is one (no 30th of February)."""
    matched = f"regexp_full_match({column}, {quoted_text(amid_blanks(PATTERNS[storage]))})"
    if storage in ("date", "timestamp"):
        return f"(CASE WHEN {matched} THEN TRY_CAST(trim({column}) AS {TYPES[storage]}) IS NOT NULL ELSE false END)"
    return matched


def amid_blanks(pattern: str) -> str:
    """Return a pattern with blanks around it: no other space, which is no part of a number for those who train on it."""
    return f" *(?:{pattern}) *"


def storings(connection: Any, first_rows: tuple[tuple[str, ...], ...], width: int) -> list[Storing]:
    """Return how each text column `c0`... of the table `source` is stored.

    The first rows give a guess that one query confirms; only columns where it fails are looked at from all sides.
    """
    guesses = [guess([row[index] for row in first_rows if index < len(row)]) for index in range(width)]
    parts: list[str] = []
    for index, storage in enumerate(guesses):
        hits = f"count(*) FILTER (WHERE {looks_like(f'c{index}', storage)})" if storage else "-1"
        parts.append(f"count(c{index}), {hits}")
    counted = connection.execute(select(parts, "source")).fetchone()
    found: dict[int, Storing] = {}
    for index, storage in enumerate(guesses):
        if storage and counted[2 * index] == counted[2 * index + 1]:
            found[index] = Storing(storage=storage)
    open_columns = [index for index in range(width) if index not in found]
    found.update(zip(open_columns, examined(connection, open_columns), strict=True))
    return [found[index] for index in range(width)]


def guess(values: list[str]) -> Storage | None:
    """Return the narrowest storage that fits every value given, None when it is text or there is none to see."""
    seen = [value.strip() for value in values if value.strip()]
    for storage, pattern in PATTERNS.items():
        if seen and all(re.fullmatch(pattern, value) for value in seen):
            return storage
    return None


def examined(connection: Any, columns: list[int]) -> list[Storing]:
    """Return how some columns are stored, missing words taken into account.

    Only columns with a digit in half of their values can be numbers or dates; those alone pay for the patterns.
    """
    if not columns:
        return []
    words = quoted_list(MISSING_WORDS)
    parts = [
        f"count(*) FILTER (WHERE trim(c{index}) <> ''), count(*) FILTER (WHERE trim(c{index}) IN {words}), "
        f"count(*) FILTER (WHERE regexp_matches(c{index}, '[0-9]')), count(*) FILTER (WHERE {looks_like(f'c{index}', 'boolean')})"
        for index in columns
    ]
    counted = connection.execute(select(parts, "source")).fetchone()
    answers = []
    for order, index in enumerate(columns):
        filled, missing, digits, booleans = counted[4 * order : 4 * order + 4]
        seen: tuple[str, ...] = ()
        if missing:
            present = f"WHERE trim(c{index}) IN {words}"
            found = connection.execute(select([f"DISTINCT trim(c{index})"], "source", present)).fetchall()
            seen = tuple(sorted(row[0] for row in found))
        values = filled - missing
        if values and booleans == values:
            answers.append(Storing(storage="boolean", missing=seen))
        elif digits < values / 2 or not values:
            answers.append(Storing(storage="string", missing=seen))
        else:
            answers.append(measured(connection, index, seen, values))
    return answers


def measured(connection: Any, index: int, missing: tuple[str, ...], values: int) -> Storing:
    """Return how a column full of digits is stored: the narrowest storage that all of its `values` are written as."""
    kinds = tuple(PATTERNS)
    asked = [f"count(*) FILTER (WHERE {looks_like(f'c{index}', kind)})" for kind in kinds]
    row = connection.execute(select(asked, "source")).fetchone()
    hits = dict(zip(kinds, row, strict=True))
    for kind, hit in hits.items():
        if hit == values:
            return Storing(storage=kind, missing=missing)
    if form := form_of(connection, f"c{index}", "source", ("", *missing)):
        return Storing(storage="string", missing=missing, form=form)
    if odd := odd_values(connection, index, missing, hits, values):
        return Storing(storage="string", missing=missing, nearly=odd)
    dirt = dirt_among(connection, index, missing, hits, values)
    return Storing(storage="string", missing=missing, nearly=dirt, dirty=bool(dirt))


def odd_values(
    connection: Any, index: int, missing: tuple[str, ...], hits: dict[Storage, int], values: int
) -> str:
    """Say in which other way the numbers or dates of a text column are written, or nothing."""
    name = f"trim(c{index})"
    present = f"{name} NOT IN {quoted_list(('', *missing))}"
    for what, pattern in ODD_PATTERNS.items():
        row = connection.execute(
            select(
                ["count(*)", f"min({name})"],
                "source",
                f"WHERE {present} AND regexp_full_match({name}, {quoted_text(pattern)})",
            )
        ).fetchone()
        if row[0] and row[0] + hits["float"] >= 0.9 * values:
            return f"{row[0]:,} {what}, as {row[1]!r}"
    return ""


def dirt_among(
    connection: Any, index: int, missing: tuple[str, ...], hits: dict[Storage, int], values: int
) -> str:
    """Say which values keep a text column from being numbers or dates, when at least half of them are; or nothing."""
    name = f"trim(c{index})"
    present = f"{name} NOT IN {quoted_list(('', *missing))}"
    likeliest: Storage = "float" if hits["float"] >= hits["timestamp"] else "timestamp"
    if hits[likeliest] < 0.5 * values:
        return ""
    odd = connection.execute(
        select(
            ["count(*)", f"min(c{index})"],
            "source",
            f"WHERE {present} AND NOT {looks_like(f'c{index}', likeliest)}",
        )
    ).fetchone()
    noun = "numbers" if likeliest == "float" else "dates"
    return f"{odd[0]:,} of {values:,} values that are no {noun}, as {odd[1]!r}" if odd[0] else ""


def parquet_storings(types: list[str]) -> list[Storing]:
    """Return how each column of a Parquet file is stored, from DuckDB's names of their types."""
    answers = []
    for kind in types:
        storage = DUCKDB_STORAGE.get(kind.split("(")[0].strip())
        foreign = "" if storage and not kind.endswith("]") else kind
        answers.append(
            Storing(storage="string", foreign=foreign) if foreign or not storage else Storing(storage=storage)
        )
    return answers
