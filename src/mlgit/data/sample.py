"""A part of a table that is too large: rows drawn at random, the same ones every time."""

from __future__ import annotations

from pathlib import Path

from mlgit.data.envelope import ANY_BYTES
from mlgit.data.opening import open_source, refused
from mlgit.data.sql import connected, numbered, quoted_name, quoted_text, reading, select
from mlgit.errors import UsageError
from mlgit.world.files import cannot_write
from mlgit.world.staging import put, staging


def sample_file(source: Path, destination: Path, rows: int, seed: int = 7, *, shown: str = "") -> int:
    """Draw `rows` rows of a CSV or Parquet file, write them to `destination` in their order, return their number.

    Every row is as likely as any other; equal files and seeds give equal rows on every machine. Values are written
    as they stand, with the delimiter and header of the source; a table of fewer rows is taken whole. Raises
    `UsageError` for a source that is no whole table, `ExternalError` when `destination` cannot be written.
    """
    if rows < 1:
        raise UsageError("sample-rows", f"a sample of {rows} rows is none", hint="--sample 100000")
    table = open_source(source, shown, largest=ANY_BYTES)
    place = reading(source, len(table.names), delimiter=table.delimiter, skipped_lines=table.skipped_lines)
    named = [f"c{index} AS {quoted_name(name)}" for index, name in enumerate(table.names)]
    drawn = f"(FROM numbered USING SAMPLE reservoir({rows:d} ROWS) REPEATABLE ({seed:d}))"
    query = select(named, drawn, "ORDER BY row_at")
    try:
        with staging(destination) as folder:
            written = folder / destination.name
            with connected(0) as connection:
                try:
                    connection.execute(f"CREATE TEMP VIEW numbered AS {numbered(place)}")
                    target = f"{quoted_text(str(written.absolute()))} ({options(table.delimiter)})"
                    number = connection.execute(f"COPY ({query}) TO {target}").fetchone()[0]
                except Exception as error:
                    raise refused(table, error) from error
            put(written, destination)
    except OSError as error:
        raise cannot_write(destination, error) from error
    return int(number)


def options(delimiter: str) -> str:
    """Return how DuckDB shall write the file: like the source."""
    if not delimiter:
        return "FORMAT parquet"
    return f"FORMAT csv, HEADER true, DELIMITER {quoted_text(delimiter)}, QUOTE '\"', ESCAPE '\"'"
