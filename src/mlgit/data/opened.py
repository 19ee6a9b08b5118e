"""A table made readable in DuckDB: a view on the file, or a table where that is faster, and the types it is stored in."""

from __future__ import annotations

from typing import Any

from mlgit.data.source import Source, read_from
from mlgit.data.sql import COLUMNS_A_QUERY, numbered

HELD_BYTES = 250_000_000


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


def stored_types(connection: Any, source: Source) -> list[str] | None:
    """Return DuckDB's names of the types of a Parquet file's columns, None for a CSV."""
    if source.text:
        return None
    return [str(row[1]) for row in connection.execute("DESCRIBE source").fetchall()[1:]]
