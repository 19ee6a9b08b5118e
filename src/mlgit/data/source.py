"""A table on disk that was looked at: its columns, its rows, and how SQL reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.data.integrity import records
from mlgit.data.json_writing import Writing
from mlgit.data.profile import FileFormat, Storage
from mlgit.data.sql import quoted_text, reading, reading_json_lines, select
from mlgit.data.text_facts import OVERLOOKED

GZIP_ENDING = ".gz"


class Source(Struct, frozen=True, kw_only=True):
    """A table on disk whose outside was looked at.

    `shown` is its path as the user knows it. `names` are its columns in order. `first_rows`, `delimiter` and
    `skipped_lines` are of a CSV; `multiline` says that some value of it holds a line break. `rows` counts the data
    rows: those of a CSV as its bytes have them, those of Parquet as its footer says. A folder has its `files`; `partition` are the values of the
    last columns where folders (`year=2024`) name them. `overlooked` are the characters in it that a cast leaves out of account,
    `numbers` the storages that a column of it may be read in; `writings` say of JSON lines which values stand in quotes.
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
    partition: tuple[str, ...] = ()
    files: tuple[Source, ...] = ()
    overlooked: str = OVERLOOKED
    numbers: frozenset[Storage] = frozenset()
    writings: Mapping[str, Writing] = {}

    @property
    def text(self) -> bool:
        """Whether every value is read as text: all but Parquet."""
        return self.file_format != "parquet"

    @property
    def packed(self) -> bool:
        """Whether the file is compressed with gzip."""
        return named_packed(self.shown)


def named_packed(shown: str) -> bool:
    """Tell whether a path, as it is shown, says that the file is compressed with gzip."""
    return shown.lower().endswith(GZIP_ENDING)


HEADER_LINES = 1
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def file_of(source: Source, row: int) -> tuple[Source, int]:
    """Return the file that a row of the table stands in, and its number there, from 0."""
    for one in source.files:
        if row < one.rows:
            return one, row
        row -= one.rows
    return source, row


def read_from(source: Source, numbers: frozenset[str] = frozenset()) -> str:
    """Return the FROM part that reads a table: `c0`, `c1`, ... in the order of its names; files in theirs.

    Of a CSV every value is text, but those of the columns named as `numbers`.
    """
    if not source.files and source.file_format == "jsonl":
        inside = source.names[: len(source.names) - len(source.partition)]
        return reading_json_lines(source.path, inside, packed=source.packed)
    if not source.files:
        return reading(
            source.path,
            len(source.names) - len(source.partition),
            delimiter=source.delimiter,
            skipped_lines=source.skipped_lines,
            packed=source.packed,
            numbers=frozenset(index for index, name in enumerate(source.names) if name in numbers),
        )
    return "(" + " UNION ALL ".join(part_of(one, source.names, numbers) for one in source.files) + ")"


def part_of(source: Source, names: tuple[str, ...], numbers: frozenset[str]) -> str:
    """Return the query of one file, its columns in this order, its partition as columns."""
    inside = len(source.names) - len(source.partition)
    columns = [
        f"c{place}" if place < inside else constant(source.partition[place - inside], source)
        for place in (source.names.index(name) for name in names)
    ]
    return select([f"{one} AS c{index}" for index, one in enumerate(columns)], read_from(source, numbers))


def constant(value: str, source: Source) -> str:
    """Return the value of a partition as SQL: a number where it is one and the files have types."""
    if value == HIVE_NULL:
        return "CAST(NULL AS VARCHAR)"
    whole = (
        source.file_format == "parquet" and value.isascii() and value.isdigit() and str(int(value)) == value
    )
    return f"CAST({value} AS BIGINT)" if whole else quoted_text(value)


def lines_of(source: Source, rows: Iterable[int]) -> dict[int, int]:
    """Return the first line (from 1) of each row (from 0); nothing for Parquet, which has no lines.

    While no value holds a line break this is counting; else the file is read up to the last row asked for.
    """
    wanted = sorted(set(rows))
    if source.file_format == "parquet" or not wanted:
        return {}
    if not source.multiline:
        before = HEADER_LINES if source.file_format == "csv" else 0
        return {row: row + 1 + before for row in wanted}
    left = set(wanted)
    found: dict[int, int] = {}
    for number, (line, _, _) in enumerate(records(source.path, source.shown, source.delimiter)):
        if number - 1 in left:
            found[number - 1] = line
            if len(found) == len(left):
                break
    return found
