"""Open a table: is it there, is it whole, is it a rectangle with usable names? Nothing is read on trust."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

from mlgit.data.dialect import SAMPLE_BYTES, is_number, refuse_names, sniff
from mlgit.data.envelope import (
    LARGEST_BYTES,
    PARQUET_MARK,
    first_bytes,
    refuse_other_files,
    refuse_other_texts,
)
from mlgit.data.integrity import (
    GZIP_MARK,
    byte_stream,
    cut_off,
    rectangular_records,
    refuse_unlike_lines,
    scan,
)
from mlgit.data.json_lines import keys_and_rows, named_json_lines
from mlgit.data.source import Source, named_packed
from mlgit.data.unfolding import refuse_unfolded_gzip, refuse_unfolded_parquet
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.text import first_line
from mlgit.world.exhausted import exhausted

SMALLEST_PARQUET = 12


def open_source(
    path: Path, shown: str = "", *, largest: int = LARGEST_BYTES, several: bool = False, narrow: bool = False
) -> Source:
    """Look at a CSV, JSON lines or Parquet file of at most `largest` bytes and return how to read it.

    With `several` a folder of such files is a table, too, a CSV may be compressed with gzip, and JSON lines are read. A `narrow`
    table may have one column: it is no data of a training.

    Raises `UsageError` (codes `data-...`) with line and hint for a file that is no whole table; `ExternalError`
    (`data-unreadable`) when the file system refuses.
    """
    shown = shown or str(path)
    try:
        if several and path.is_dir():
            from mlgit.data.folder import open_folder

            return open_folder(
                path,
                shown,
                lambda one, name: open_source(one, name, largest=largest, several=True, narrow=narrow),
            )
        size, head = first_bytes(path, shown, largest)
        if several and named_packed(shown):
            head = unpacked_head(path, shown, head)
        refuse_other_files(path, shown, head)
        if head.startswith(PARQUET_MARK) or path.suffix.lower() in (".parquet", ".pq"):
            return open_parquet(path, shown, size, head, narrow=narrow)
        if several and named_json_lines(shown):
            refuse_other_texts(shown, head, "JSON lines")
            return open_json_lines(path, shown, size, narrow=narrow)
        refuse_other_texts(shown, head)
        return open_csv(path, shown, size, head, narrow=narrow)
    except OSError as error:
        raise ExternalError(
            "data-unreadable", f"the file cannot be read: {error.strerror}", where=shown
        ) from error


def unpacked_head(path: Path, shown: str, packed: bytes) -> bytes:
    """Return the first bytes of what is compressed; raises `UsageError` for a file that is no gzip, or holds nothing."""
    if not packed.startswith(GZIP_MARK):
        refuse_other_files(path, shown, packed)
        raise UsageError(
            "data-packed",
            "the file is named like one compressed with gzip and is none",
            hint="fetch it again, or rename it to what it is",
            where=shown,
        )
    try:
        with byte_stream(path) as stream:
            head = stream.read(SAMPLE_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise cut_off(shown, shown, f"gzip says: {error}") from error
    if not head:
        raise UsageError(
            "data-empty", "the file is empty", hint="fetch it again from its source", where=shown
        )
    return head


def open_csv(path: Path, shown: str, size: int, head: bytes, *, narrow: bool) -> Source:
    """Return the source of a CSV after one pass over its bytes."""
    dialect = sniff(head)
    try:
        facts = scan(path, shown, dialect.delimiter)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise cut_off(shown, shown, f"gzip says: {error}") from error
    refuse_names(dialect.names, f"{shown}:1", narrow=narrow)
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
        overlooked=facts.overlooked,
        numbers=facts.numbers,
    )


def open_json_lines(path: Path, shown: str, size: int, *, narrow: bool) -> Source:
    """Return the source of JSON lines after one pass over them."""
    try:
        if named_packed(shown):
            refuse_unfolded_gzip(path, shown, size)
        names, rows, writings = keys_and_rows(path, shown)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise cut_off(shown, shown, f"gzip says: {error}") from error
    if rows == 0 or not names:
        raise UsageError(
            "data-empty", "no line holds a value", hint="fetch it again from its source", where=shown
        )
    refuse_names(names, shown, narrow=narrow)
    return Source(
        path=path, shown=shown, file_format="jsonl", bytes=size, names=names, rows=rows, writings=writings
    )


def no_rows(shown: str) -> UsageError:
    """Return the error for a table that is only a header."""
    return UsageError(
        "data-no-rows",
        "the table has a header and no row",
        hint="fetch it again from its source",
        where=shown,
    )


def open_parquet(path: Path, shown: str, size: int, head: bytes, *, narrow: bool) -> Source:
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
    refuse_names(names, shown, narrow=narrow)
    if rows == 0:
        raise no_rows(shown)
    return Source(path=path, shown=shown, file_format="parquet", bytes=size, names=names, rows=rows)


def parquet_footer(path: Path, shown: str, size: int) -> tuple[tuple[str, ...], int]:
    """Return the names of the top columns and the number of rows that the footer tells.

    Raises `UsageError` (`data-unfolds`) for a file that holds far more than it is.
    """
    from mlgit.data.sql import connected, literal_path

    with connected(size) as connection:
        try:
            place = [literal_path(path)]
            found: list[tuple[Any, ...]] = connection.execute(
                "SELECT name, num_children FROM parquet_schema(?)", place
            ).fetchall()
            counted = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", place).fetchone()
            refuse_unfolded_parquet(connection, path, shown, size)
        except UsageError:
            raise
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


def refused(source: Source, error: Exception) -> MlgitError:
    """Return the error for a table that DuckDB refuses: at its line when a slow reader finds one, else in its words."""
    if source.files and source.file_format == "csv":
        found = [refused(one, error) for one in source.files]
        return next((one for one in found if one.code != "data-unreadable-table"), found[0])
    if source.file_format == "csv":
        try:
            width = len(source.names) - len(source.partition)
            rectangular_records(source.path, source.shown, source.delimiter, width)
        except UsageError as found:
            return found
    return unreadable_table(source.shown, error)


def refuse_lost_rows(source: Source, rows: int) -> None:
    """Raise `UsageError` when DuckDB found another number of rows than the file has.

    Quotes inside plain values (`5" pipe`) lead the fast count astray; then the slow one decides.
    """
    if rows == source.rows or source.file_format == "parquet":
        return
    counted = sum(
        one.rows
        if one.file_format == "jsonl"
        else rectangular_records(one.path, one.shown, one.delimiter, len(one.names) - len(one.partition)) - 1
        for one in source.files or (source,)
    )
    if rows != counted:
        raise UsageError(
            "data-rows",
            f"{counted:,} rows are written and {rows:,} are read: the quotes are ambiguous",
            hint="write the file anew with every text in double quotes",
            where=source.shown,
        )


def unreadable_table(shown: str, error: Exception) -> MlgitError:
    """Return the error for a file that DuckDB refuses, with its first sentence, or for what this machine lacks."""
    if lacking := exhausted(error):
        return lacking
    return UsageError(
        "data-unreadable-table",
        f"the file cannot be read as a table: {first_line(error)}",
        hint="fetch it again, or write it anew as CSV in UTF-8 or as Parquet",
        where=shown,
    )
