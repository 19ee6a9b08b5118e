"""Is a file whole, UTF-8 text, and as wide in every line as its header says? One fast pass over its bytes.

A CSV reader can only say what it read. So the records and delimiters outside quotes are counted here on the bytes
themselves (https://www.rfc-editor.org/rfc/rfc4180); when the counts do not fit a rectangle, a slow reader finds
the line.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from mlgit.data import number_forms
from mlgit.data.number_forms import NumberForms
from mlgit.data.text_facts import TextFacts, close_counts, count, note_overlooked
from mlgit.data.unfolding import refuse_unfolded
from mlgit.errors import UsageError
from mlgit.text import counted

CHUNK = 98_304
"""A piece that stays near the processor while it is looked at from all sides."""
LONGEST_VALUE = 2_000_000
GZIP_MARK = b"\x1f\x8b"
MOST_LOOKED_AT, LISTED_LINES = 1_000_000, 5
"""So many records are looked at behind the first that is not as wide as the header, and so many of those like it are named."""
CONFLICT = re.compile(rb"^(?:<<<<<<<|>>>>>>>) .*$", re.MULTILINE)


def scan(path: Path, shown: str, delimiter: str) -> TextFacts:
    """Read a text file once and return its counts; raises `UsageError` for what is no clean UTF-8 text."""
    facts = TextFacts()
    forms = NumberForms() if path.stat().st_size >= number_forms.LARGE else None
    counter = number_forms.tally if forms else bytes.count
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    last = b""
    with byte_stream(path) as stream:
        for chunk in chunks(stream):
            refuse_foreign_bytes(chunk, position, path, shown, decoder)
            below = chunk if position else chunk[chunk.find(b"\n") + 1 :]
            note_overlooked(below, facts)
            count(chunk, delimiter.encode(), facts, counter)
            if forms:
                forms.look(below, delimiter.encode())
            position += len(chunk)
            refuse_unfolded(position, path.stat().st_size, shown)
            last = chunk
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line = line_at(path, position)
        raise cut_off(shown, f"{shown}:{line}", "it ends in the middle of a character") from error
    close_counts(facts, last)
    if forms and not facts.multiline:
        facts.numbers = forms.storages
    return facts


def byte_stream(path: Path) -> IO[bytes]:
    """Open a file as bytes, unpacked where it starts as gzip does: in a cache no name tells, and no UTF-8 starts so."""
    with path.open("rb") as stream:
        packed = stream.read(len(GZIP_MARK)) == GZIP_MARK
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Give the file in pieces that end where a line ends, as far as lines are of a bearable length."""
    while chunk := stream.read(CHUNK):
        yield chunk + stream.readline(LONGEST_VALUE)


def refuse_foreign_bytes(
    chunk: bytes, position: int, path: Path, shown: str, decoder: codecs.IncrementalDecoder
) -> None:
    """Raise `UsageError` when a piece holds NUL bytes, conflict markers or bytes that are not UTF-8."""
    if b"\0" in chunk:
        line = line_at(path, position + chunk.index(b"\0"))
        raise UsageError(
            "data-binary",
            "the file is no text: a NUL byte stands here",
            hint="export the table again as CSV in UTF-8, or as Parquet",
            where=f"{shown}:{line}",
        )
    marked = (mark[:1] in chunk and mark in chunk for mark in (b"<<<<<<< ", b">>>>>>> "))
    marker = CONFLICT.search(chunk) if any(marked) else None
    if marker:
        line = line_at(path, position + marker.start())
        raise UsageError(
            "data-conflict",
            "the file holds the markers of a merge conflict",
            hint=f"git checkout --ours -- {shlex.quote(shown)}   (or --theirs), then look at the file",
            where=f"{shown}:{line}",
        )
    try:
        if not chunk.isascii() or decoder.getstate()[0]:
            decoder.decode(chunk)
    except UnicodeDecodeError as error:
        raise wrong_encoding(chunk, error, position, path, shown) from error


def wrong_encoding(
    chunk: bytes, error: UnicodeDecodeError, position: int, path: Path, shown: str
) -> UsageError:
    """Return the error for bytes that are not UTF-8, with the line, the byte and the command that converts."""
    offset = position + error.start
    line = line_at(path, offset)
    byte = error.object[error.start]
    windows = any(0x80 <= value <= 0x9F for value in chunk)
    encoding = "WINDOWS-1252" if windows else "ISO-8859-1"
    target = Path(shown).with_name(f"{Path(shown).stem}-utf8{Path(shown).suffix}")
    return UsageError(
        "data-encoding",
        f"the file is not UTF-8: byte 0x{byte:02x} at position {offset:,}",
        hint=f"iconv -f {encoding} -t UTF-8 {shlex.quote(shown)} > {shlex.quote(str(target))}",
        where=f"{shown}:{line}",
    )


def line_at(path: Path, offset: int) -> int:
    """Return the line (from 1) that the byte at `offset` stands in."""
    line = 1
    with byte_stream(path) as stream:
        while offset > 0 and (chunk := stream.read(min(CHUNK, offset))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line


AT_END, ALONE = r"s/\r$//", r"s/\r$//; s/\r/\n/g"
"""What makes newlines of returns for sed: of those before one, and of those that stand alone."""


def refuse_unlike_lines(facts: TextFacts, path: Path, shown: str, delimiter: str, width: int) -> None:
    """Raise `UsageError` naming the line when not every record has `width` values, or lines end in several ways."""
    if sum(1 for ends in (facts.newline, facts.return_newline, facts.bare_return) if ends) > 1:
        raise UsageError(
            "data-line-ends",
            f"the lines end in different ways ({facts.newline:,} with a newline, "
            f"{facts.return_newline:,} with return and newline, {facts.bare_return:,} with a return)",
            hint=f"sed -i '{ALONE if facts.bare_return else AT_END}' {shlex.quote(shown)}",
            where=shown,
        )
    if facts.inside_quotes or facts.delimiters != facts.records * (width - 1):
        facts.records = rectangular_records(path, shown, delimiter, width)


def rectangular_records(path: Path, shown: str, delimiter: str, width: int) -> int:
    """Read record by record and count them; raises `UsageError` for the first that does not have `width` values."""
    number, waiting = 0, 0
    reading = records(path, shown, delimiter)
    for line, last_line, values in reading:
        if not values:
            waiting = waiting or line
            continue
        if waiting:
            raise UsageError(
                "data-blank-line",
                "this line is empty, and more rows follow",
                hint=f"take it out: sed -i '{waiting}d' {shlex.quote(shown)}",
                where=f"{shown}:{waiting}",
            )
        if len(values) != width:
            error = ragged(shown, line, last_line, len(values), width)
            error.message += more_unlike(reading, width)
            raise error
        number += 1
    return number


def more_unlike(reading: Iterator[tuple[int, int, list[str]]], width: int) -> str:
    """Say how many of the records ahead do not have `width` values either, and where the first of them start; nothing where none is."""
    lines: list[int] = []
    whole = False
    try:
        for number, (line, _, values) in enumerate(reading):
            if number == MOST_LOOKED_AT:
                break
            lines.extend([line] if values and len(values) != width else [])
        else:
            whole = True
    except UsageError:
        pass  # A quote further on ends the reading; what was found before it is said.
    if not lines:
        return ""
    listed = ", ".join(f"{line:,}" for line in lines[:LISTED_LINES])
    more = ", ..." if len(lines) > LISTED_LINES else ""
    said = f"{counted(len(lines), 'more line')} {'does' if len(lines) == 1 else 'do'} not have {width}"
    return f"; {'' if whole else 'at least '}{said}: {listed}{more}"


def records(path: Path, shown: str, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Give each record with its first and last line; a blank line is a record without values."""
    limit = csv.field_size_limit(LONGEST_VALUE)
    try:
        with io.TextIOWrapper(byte_stream(path), encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            line = 1
            for values in reader:
                yield line, reader.line_num, values
                line = reader.line_num + 1
    except csv.Error as error:
        raise quote_error(shown, line, error) from error
    finally:
        csv.field_size_limit(limit)


def quote_error(shown: str, line: int, error: csv.Error) -> UsageError:
    """Return the error for quotes that do not pair, or a value without end."""
    what = "a quote stands inside a quoted value"
    if "unexpected end" in str(error):
        what = "a quote is opened and never closed"
    elif "field larger" in str(error):
        what = f"a value is longer than {LONGEST_VALUE:,} characters, or a quote is never closed"
    return UsageError(
        "data-quotes",
        f"the record that starts here cannot be read: {what}",
        hint='inside a quoted value, a quote is written twice: "say ""yes"""; or the file is cut off: fetch it again',
        where=f"{shown}:{line}",
    )


def ragged(shown: str, line: int, last_line: int, found: int, width: int) -> UsageError:
    """Return the error for a record that is too short or too long."""
    span = "this line" if last_line == line else f"the record up to line {last_line:,}"
    return UsageError(
        "data-ragged",
        f"{span} has {found} value{'' if found == 1 else 's'}, the header has {width}",
        hint="a value that holds the delimiter has to stand in quotes; a short last line means a file that is cut off",
        where=f"{shown}:{line}",
    )


def cut_off(shown: str, where: str, how: str) -> UsageError:
    """Return the error for a file whose end is missing."""
    return UsageError(
        "data-truncated",
        f"the file is cut off: {how}",
        hint=f"fetch it again: dvc pull --force {shlex.quote(shown)}, or copy it anew from its source",
        where=where,
    )
