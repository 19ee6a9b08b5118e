"""What kind of CSV is it? The delimiter, the names in the header, and the first rows."""

from __future__ import annotations

import csv
import io
from collections import Counter

from msgspec import Struct

from mlgit.data.integrity import LONGEST_VALUE
from mlgit.errors import UsageError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_BYTES = 262_144
SAMPLE_ROWS = 200
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Dialect(Struct, frozen=True, kw_only=True):
    """How a CSV is written, and its first rows.

    `skipped_lines` is what DuckDB has to skip to stand behind the header. `first_rows` holds up to 200 records.
    """

    delimiter: str
    names: tuple[str, ...]
    skipped_lines: int
    first_rows: tuple[tuple[str, ...], ...]


def sniff(sample: bytes) -> Dialect:
    """Return the dialect of the first bytes of a CSV: the delimiter that makes the most rows as wide as the header."""
    text = sample.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace")
    whole = len(sample) < SAMPLE_BYTES
    best = max(DELIMITERS, key=lambda delimiter: fitness(first_records(text, delimiter, whole=whole)))
    rows = first_records(text, best, whole=whole)
    names = tuple(rows[0]) if rows else ()
    marked = sample.startswith(BYTE_ORDER_MARK)
    return Dialect(
        delimiter=best,
        names=names,
        skipped_lines=header_lines(text, best) if marked else 1,
        first_rows=tuple(tuple(row) for row in rows[1:] if row),
    )


def fitness(rows: list[list[str]]) -> tuple[float, int]:
    """Return how well a delimiter fits: the share of rows as wide as the header, then that width.

    A delimiter that does not split the header fits least.
    """
    if not rows or len(rows[0]) < 2:
        return (0.0, 0)
    width = len(rows[0])
    body = [row for row in rows[1:] if row]
    share = sum(len(row) == width for row in body) / len(body) if body else 0.0
    return (0.01 + share, width)


def first_records(text: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    """Return the first records; of a sample that is not the whole file, the last one may be cut and is dropped."""
    rows: list[list[str]] = []
    limit = csv.field_size_limit(LONGEST_VALUE)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                return rows
    except csv.Error:
        return rows
    finally:
        csv.field_size_limit(limit)
    return rows if whole or len(rows) < 2 else rows[:-1]


def header_lines(text: str, delimiter: str) -> int:
    """Return how many lines the header takes.

    DuckDB skips records, but lines when a byte-order mark stands before a quote: it then misses the quote.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(reader, None)
    return max(reader.line_num, 1) if text.startswith('"') else 1


def refuse_names(names: tuple[str, ...], where: str, *, narrow: bool = False) -> None:
    """Raise `UsageError` for a blank header, one column (unless `narrow`), a column without a name, and names that differ only in case."""
    if not any(name.strip() for name in names):
        raise UsageError(
            "data-blank-header",
            "the first line is blank: it has to name the columns",
            hint="take the blank line out, or write a header",
            where=where,
        )
    if len(names) == 1 and not narrow:
        raise UsageError(
            "data-one-column",
            f"the table has one column, {names[0]!r}: a model needs something to learn from beside the target",
            hint="take the lines before the header out: it has to be the first line"
            if names[0].startswith("#")
            else "columns are divided by a comma, a semicolon, a tab or |",
            where=where,
        )
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise UsageError(
                "data-blank-header",
                f"column {position} has no name",
                hint="name it in the first line; an index that pandas wrote goes away with to_csv(index=False)",
                where=where,
            )
    alike = Counter(name.strip().casefold() for name in names)
    twice = [name for name in names if alike[name.strip().casefold()] > 1]
    if twice:
        raise UsageError(
            "data-duplicate-header",
            f"columns share a name: {', '.join(repr(name) for name in twice)}",
            hint="rename all but one; names that differ only in case or outer blanks count as the same",
            where=where,
        )


def is_number(text: str) -> bool:
    """Tell whether a name in a header is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
