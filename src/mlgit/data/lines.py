"""The line of a CSV on which a row stands."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.data.integrity import records
from mlgit.data.source import Source

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
