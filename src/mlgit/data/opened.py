"""A table made readable in DuckDB: a view on the file, or a table where that is faster, and the types it is stored in."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from mlgit.data.prepared import NUMBERS, Place
from mlgit.data.schema import Schema
from mlgit.data.source import Source, read_from
from mlgit.data.sql import COLUMNS_A_QUERY, numbered, select
from mlgit.data.storage import PATTERNS

WHOLE = re.compile(PATTERNS["integer"])
HELD_BYTES = 250_000_000
WIDEST = 400_000_000
"""A span of whole numbers that takes 50 MB, a bit for each."""
SPARSEST = 32
"""Of so many numbers in a span at least one is there; of fewer, a set takes less memory than the span."""
BEYOND = 8
"""Whole numbers in texts are guessed to lie no farther from those of the first rows than so many for each row."""


def prepare(connection: Any, source: Source) -> None:
    """Make the file readable as `source`: columns `c0`... and `row_at`, the number of the row from 0.

    A file is read where it stands, in one query; only a CSV of many columns is held in memory while it fits.
    """
    place = read_from(source)
    connection.execute(f"CREATE TEMP {'TABLE' if held(source) else 'VIEW'} source AS {numbered(place)}")


def held(source: Source) -> bool:
    """Tell whether to parse a CSV once into memory: DuckDB plans one query on 200 columns longer than it runs."""
    many = len(source.names) > COLUMNS_A_QUERY
    return source.file_format == "csv" and many and source.bytes <= HELD_BYTES


def with_numbers(connection: Any, source: Source, schema: Schema, places: list[Place]) -> list[Place]:
    """Return the places, those numeric that may be read as numbers; then a second view, `numbers`, reads them so.

    Where words stand for nothing, one among the numbers would end the reading of them halfway.
    """
    inside = len(source.names) - len(source.partition)
    found = [
        replace(one, numeric=one.index < inside and schema.columns[one.name].type in source.numbers)
        for one in places
    ]
    names = frozenset(one.name for one in found if one.numeric)
    if not names or held(source) or schema.missing:
        return places
    connection.execute(f"CREATE TEMP VIEW {NUMBERS} AS {numbered(read_from(source, names))}")
    return found


def stored_types(connection: Any, source: Source) -> list[str] | None:
    """Return DuckDB's names of the types of a Parquet file's columns, None for a CSV."""
    if source.text:
        return None
    return [str(row[1]) for row in connection.execute("DESCRIBE source").fetchall()[1:]]


def with_spans(connection: Any, source: Source, schema: Schema, places: list[Place]) -> list[Place]:
    """Return the places with the spans of whole numbers that have to be unique: known of a file that has types, else a guess."""
    if source.text:
        return [
            replace(one, guess=guessed_span(source, one)) if unique_number(schema, one) else one
            for one in places
        ]
    asked = [one for one in places if one.stored == "integer" and unique_number(schema, one)]
    if not asked:
        return places
    ends = connection.execute(
        select([f"min(c{one.index}), max(c{one.index})" for one in asked], "source")
    ).fetchone()
    found = {
        one.index: (low, high)
        for one, low, high in zip(asked, ends[::2], ends[1::2], strict=True)
        if low is not None and high - low <= min(WIDEST, SPARSEST * source.rows)
    }
    return [replace(one, span=found.get(one.index)) for one in places]


def guessed_span(source: Source, place: Place) -> tuple[int, int] | None:
    """Return where the whole numbers of a column of texts are likely to lie, by the first rows; None where they lie too far apart."""
    texts = [row[place.index] for row in source.first_rows if place.index < len(row)]
    seen = [int(text) for text in texts if WHOLE.fullmatch(text)]
    if not seen:
        return None
    widest = min(WIDEST, SPARSEST * source.rows)
    beyond = min(BEYOND * source.rows, widest // 4)
    low, high = min(seen) - beyond, max(seen) + beyond
    return (low, high) if high - low <= widest else None


def unique_number(schema: Schema, place: Place) -> bool:
    """Tell whether a column of the schema is one of whole numbers of which none comes twice."""
    rule = schema.columns[place.name]
    return bool(rule.unique) and rule.type == "integer"
