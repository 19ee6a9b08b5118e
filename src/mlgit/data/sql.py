"""DuckDB, opened for one piece of work, and the only place where a user's words are put into SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlgit.errors import UsageError
from mlgit.world.staging import scratch

SMALL = 8_000_000
COLUMNS_A_QUERY = 25


@contextmanager
def connected(file_bytes: int, memory: str = "") -> Iterator[Any]:
    """Give a connection to an empty database in memory, for work on a file of `file_bytes`.

    It spills into a folder of its own that goes away, never into the user's. It fetches no extension from the
    network, and reads times that have a zone in UTC, wherever this machine stands; with `memory` (`500MB`) it holds no more than that, and spills the rest. A small file gets one thread: starting more costs more than it brings.
    """
    import duckdb

    with scratch() as folder:
        settings = {
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            **({"memory_limit": memory} if memory else {}),
            **({"threads": 1} if file_bytes < SMALL else {}),
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


def quoted_text(text: str) -> str:
    """Return `text` as an SQL string that means exactly that text.

    DuckDB ends a statement at a NUL character, so that one is refused.
    """
    if "\0" in text:
        raise UsageError("data-nul", f"{text!r} holds a NUL character", hint="take it out of the name")
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """Return `name` as an SQL identifier that means exactly that name."""
    if "\0" in name:
        raise UsageError("data-nul", f"{name!r} holds a NUL character", hint="take it out of the name")
    return '"' + name.replace('"', '""') + '"'


def quoted_list(texts: Iterable[str]) -> str:
    """Return `('a', 'b')`, the right side of an SQL `IN`; there has to be at least one text."""
    return "(" + ", ".join(quoted_text(text) for text in texts) + ")"


def select(parts: Iterable[str], table: str, rest: str = "") -> str:
    """Return a SELECT of expressions that this package wrote; values of users come in as parameters or quoted."""
    return " ".join(("SELECT", ", ".join(parts), "FROM", table, rest))


def literal_path(path: Path) -> str:
    """Return a path that DuckDB takes for one file: absolute, with nothing left to expand.

    Unescaped, `x[1].csv` reads `x1.csv` and `x*.csv` reads every neighbour.
    """
    escaped = (f"[{character}]" if character in "*?[" else character for character in str(path.absolute()))
    return "".join(escaped)


def reading(
    path: Path,
    columns: int,
    *,
    delimiter: str,
    skipped_lines: int,
    packed: bool = False,
    numbers: frozenset[int] = frozenset(),
) -> str:
    """Return the FROM part that reads a CSV or, with no delimiter, a Parquet file.

    Columns are named `c0`, `c1`, ... by position: names of users never reach SQL. Every value of a CSV comes as
    text, an empty one as NULL, but those of the columns at `numbers` as DOUBLE. A row that does not fit is an error, never skipped.
    """
    place = quoted_text(literal_path(path))
    if not delimiter:
        names = ", ".join(f"c{index}" for index in range(columns))
        return f"read_parquet({place}, hive_partitioning=false) AS file({names})"
    types = ", ".join(
        f"'c{index}': '{'DOUBLE' if index in numbers else 'VARCHAR'}'" for index in range(columns)
    )
    return (
        f"read_csv({place}, delim={quoted_text(delimiter)}, skip={skipped_lines:d}, columns={{{types}}}, "
        "auto_detect=false, header=false, quote='\"', escape='\"', strict_mode=true, null_padding=false, "
        f"ignore_errors=false, hive_partitioning=false, compression={quoted_text('gzip' if packed else 'none')})"
    )


def reading_json_lines(path: Path, names: Iterable[str], *, packed: bool) -> str:
    """Return the FROM part that reads JSON lines: every value as text in `c0`, `c1`, ..., an empty one as NULL.

    What is nested comes as its JSON; a key that an object does not have is NULL.
    """
    keys = [quoted_text(name) for name in names]
    columns = ", ".join(f"{key}: 'VARCHAR'" for key in keys)
    reader = (
        f"read_json({quoted_text(literal_path(path))}, format='newline_delimited', columns={{{columns}}}, "
        f"ignore_errors=false, hive_partitioning=false, compression={quoted_text('gzip' if packed else 'none')})"
    )
    aliases = ", ".join(f"c{index}" for index in range(len(keys)))
    texts = (f"nullif(c{index}, '') AS c{index}" for index in range(len(keys)))
    return f"({select(texts, f'{reader} AS file({aliases})')})"


def numbered(source: str) -> str:
    """Return the query for the columns of a FROM part with `row_at`, the number of the row from 0, before them."""
    return select(["row_number() OVER () - 1 AS row_at", "*"], source)


def drawn(rows: int, wanted: int) -> str:
    """Return the SQL condition of about `wanted` of `rows` rows: the same ones every time, in no period of theirs."""
    if rows <= wanted:
        return "true"
    return f"(row_at * 2654435761) % 4294967296 < {int(4294967296 * wanted / rows)}"
