"""Open a table: is it there, is it whole, is it a rectangle with usable names? Nothing is read on trust."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.dialect import is_number, refuse_names, sniff
from mlgit.data.envelope import LARGEST_BYTES, PARQUET_MARK, first_bytes, refuse_other_files
from mlgit.data.integrity import cut_off, records, rectangular_records, refuse_unlike_lines, scan
from mlgit.data.profile import FileFormat
from mlgit.errors import ExternalError, UsageError

SMALLEST_PARQUET = 12


class Source(Struct, frozen=True, kw_only=True):
    """A table on disk whose outside was looked at.

    `shown` is its path as the user knows it. `names` are its columns in order. `first_rows`, `delimiter` and
    `skipped_lines` are of a CSV; `multiline` says that some value of it holds a line break. `rows` counts the data
    rows: those of a CSV as its bytes have them, those of Parquet as its footer says.
    """

    path: Path
    shown: str
    file_format: FileFormat
    bytes: int
    names: tuple[str, ...]
    rows: int
    delimiter: str = ""
    skipped_lines: int = 0
    first_rows: tuple[tuple[str, ...], ...] = ()
    multiline: bool = False


def open_source(path: Path, shown: str = "", *, largest: int = LARGEST_BYTES) -> Source:
    """Look at a CSV or Parquet file of at most `largest` bytes and return how to read it.

    Raises `UsageError` (codes `data-...`) with line and hint for a file that is no whole table; `ExternalError`
    (`data-unreadable`) when the file system refuses.
    """
    shown = shown or str(path)
    try:
        size, head = first_bytes(path, shown, largest)
        refuse_other_files(path, shown, head)
        if head.startswith(PARQUET_MARK) or path.suffix.lower() in (".parquet", ".pq"):
            return open_parquet(path, shown, size, head)
        return open_csv(path, shown, size, head)
    except OSError as error:
        raise ExternalError(
            "data-unreadable", f"the file cannot be read: {error.strerror}", where=shown
        ) from error


def open_csv(path: Path, shown: str, size: int, head: bytes) -> Source:
    """Return the source of a CSV after one pass over its bytes."""
    dialect = sniff(head)
    facts = scan(path, shown, dialect.delimiter)
    refuse_names(dialect.names, f"{shown}:1")
    try:
        refuse_unlike_lines(facts, path, shown, dialect.delimiter, len(dialect.names))
    except UsageError as error:
        if error.code == "data-ragged" and any(is_number(name) for name in dialect.names):
            error.hint = "the first line has to name the columns, and this one looks like data"
        raise
    if facts.records < 2:
        raise no_rows(shown)
    return Source(
        path=path,
        shown=shown,
        file_format="csv",
        bytes=size,
        names=dialect.names,
        delimiter=dialect.delimiter,
        skipped_lines=dialect.skipped_lines,
        first_rows=dialect.first_rows,
        multiline=facts.multiline,
        rows=facts.records - 1,
    )


def no_rows(shown: str) -> UsageError:
    """Return the error for a table that is only a header."""
    return UsageError(
        "data-no-rows",
        "the table has a header and no row",
        hint="fetch it again from its source",
        where=shown,
    )


def open_parquet(path: Path, shown: str, size: int, head: bytes) -> Source:
    """Return the source of a Parquet file after a look at its two ends and its footer."""
    if not head.startswith(PARQUET_MARK):
        raise UsageError(
            "data-binary",
            "the file is named like Parquet and is none: it does not start with PAR1",
            hint="fetch it again, or rename it to what it is",
            where=shown,
        )
    with path.open("rb") as stream:
        stream.seek(max(size - len(PARQUET_MARK), 0))
        ending = stream.read()
    if size < SMALLEST_PARQUET or ending != PARQUET_MARK:
        raise cut_off(shown, shown, "it does not end with PAR1")
    names, rows = parquet_footer(path, shown, size)
    refuse_names(names, shown)
    if rows == 0:
        raise no_rows(shown)
    return Source(path=path, shown=shown, file_format="parquet", bytes=size, names=names, rows=rows)


def parquet_footer(path: Path, shown: str, size: int) -> tuple[tuple[str, ...], int]:
    """Return the names of the top columns and the number of rows that the footer tells."""
    from mlgit.data.sql import connected, literal_path

    with connected(size) as connection:
        try:
            place = [literal_path(path)]
            found: list[tuple[Any, ...]] = connection.execute(
                "SELECT name, num_children FROM parquet_schema(?)", place
            ).fetchall()
            counted = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", place).fetchone()
        except Exception as error:
            raise unreadable_table(shown, error) from error
    return top_columns(found), int(counted[0])


def top_columns(elements: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the names of the columns, not of what is nested in them, from the footer's depth-first list."""
    names: list[str] = []
    below = 0
    for name, children in elements[1:]:
        if below == 0:
            names.append(str(name))
        else:
            below -= 1
        below += int(children or 0)
    return tuple(names)


def refused(source: Source, error: Exception) -> UsageError:
    """Return the error for a table that DuckDB refuses: at its line when a slow reader finds one, else in its words."""
    if source.file_format == "csv":
        try:
            rectangular_records(source.path, source.shown, source.delimiter, len(source.names))
        except UsageError as found:
            return found
    return unreadable_table(source.shown, error)


def refuse_lost_rows(source: Source, rows: int) -> None:
    """Raise `UsageError` when DuckDB found another number of rows than the file has.

    Quotes inside plain values (`5" pipe`) lead the fast count astray; then the slow one decides.
    """
    if rows == source.rows or source.file_format == "parquet":
        return
    counted = rectangular_records(source.path, source.shown, source.delimiter, len(source.names)) - 1
    if rows != counted:
        raise UsageError(
            "data-rows",
            f"{counted:,} rows are written and {rows:,} are read: the quotes are ambiguous",
            hint="write the file anew with every text in double quotes",
            where=source.shown,
        )


def unreadable_table(shown: str, error: Exception) -> UsageError:
    """Return the error for a file that DuckDB refuses, with its first sentence."""
    words = str(error).split("\n", 1)[0]
    return UsageError(
        "data-unreadable-table",
        f"the file cannot be read as a table: {words}",
        hint="fetch it again, or write it anew as CSV in UTF-8 or as Parquet",
        where=shown,
    )


HEADER_LINES = 1


def lines_of(source: Source, rows: Iterable[int]) -> dict[int, int]:
    """Return the first line (from 1) of each row (from 0); nothing for Parquet, which has no lines.

    While no value holds a line break this is counting; else the file is read up to the last row asked for.
    """
    wanted = sorted(set(rows))
    if source.file_format == "parquet" or not wanted:
        return {}
    if not source.multiline:
        return {row: row + 1 + HEADER_LINES for row in wanted}
    left = set(wanted)
    found: dict[int, int] = {}
    for number, (line, _, _) in enumerate(records(source.path, source.shown, source.delimiter)):
        if number - 1 in left:
            found[number - 1] = line
            if len(found) == len(left):
                break
    return found
