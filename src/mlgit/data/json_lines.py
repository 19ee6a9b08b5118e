"""Open a table of JSON lines (https://jsonlines.org): an object a line, its keys the columns. Every line is looked at."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import msgspec

from mlgit.data.integrity import byte_stream, chunks, refuse_foreign_bytes
from mlgit.data.json_writing import Writing, look, looked_at
from mlgit.errors import UsageError

ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def named_json_lines(shown: str) -> bool:
    """Tell whether a path, as it is shown, says that the file is JSON lines."""
    return shown.lower().endswith(ENDINGS)


def keys_and_rows(path: Path, shown: str) -> tuple[tuple[str, ...], int, dict[str, Writing]]:
    """Return the keys of all objects, in the order in which they are first seen, the number of objects, and how values stand.

    Raises `UsageError` with the line of what is no JSON object (`data-json-line`), of an empty line that more lines follow,
    and of bytes that are no UTF-8 text.
    """
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    names: dict[str, None] = {}
    writings: dict[str, Writing] = {}
    rows, blank = 0, 0
    for number, line in enumerate(lines(path, shown), start=1):
        if not line.strip():
            blank = blank or number
            continue
        if blank:
            raise UsageError(
                "data-blank-line",
                "this line is empty, and more rows follow",
                hint="take it out",
                where=f"{shown}:{blank}",
            )
        try:
            values = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                "data-json-line",
                f"this line is no JSON object: {error}",
                hint="a row is one object on one line; a short last line means a file that is cut off",
                where=f"{shown}:{number}",
            ) from error
        names.update(dict.fromkeys(values))
        if looked_at(rows):
            look(rows, values, writings)
        rows += 1
    return tuple(names), rows, writings


def lines(path: Path, shown: str) -> Iterator[bytes]:
    """Give the lines without their ends; raises `UsageError` for what is no clean UTF-8 text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    with byte_stream(path) as stream:
        for chunk in chunks(stream):
            refuse_foreign_bytes(chunk, position, path, shown, decoder)
            position += len(chunk)
            yield from chunk.removesuffix(b"\n").split(b"\n")
