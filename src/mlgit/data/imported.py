"""A table as people have it, made into one file that a pipeline reads: CSV in UTF-8, or Parquet.

What a pipeline reads already is left alone. The rest is written anew: packed files, JSON, JSON lines, folders of files, Excel,
Feather, texts in another encoding, R's column without a name, and what a query gives of a SQLite or DuckDB database.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.databases import database_rows, is_database
from mlgit.data.dialect import BYTE_ORDER_MARK, sniff
from mlgit.data.envelope import LARGEST_BYTES, PARQUET_MARK, first_bytes, refuse_other_texts
from mlgit.data.integrity import GZIP_MARK
from mlgit.data.opening import open_source, refused
from mlgit.data.source import read_from
from mlgit.data.sql import connected, quoted_name, quoted_text, select
from mlgit.errors import UsageError

ZIP_MARK = b"PK\x03\x04"
ARROW_MARK = b"ARROW1"
FEATHER_MARK = b"FEA1"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CHUNK = 1 << 20
ROW = "row"
"""The name of R's first column, which has none: the names of its rows."""
RECORDS = ("data", "records", "rows", "items", "results")


class Imported(Struct, frozen=True, kw_only=True):
    """A file that a pipeline reads, and what was done to get it; nothing was done while `note` is empty."""

    path: Path
    note: str = ""


def imported(path: Path, folder: Path, shown: str, query: str = "", largest: int = LARGEST_BYTES) -> Imported:
    """Return the table at `path` as a file that a pipeline reads: itself, or one that is written into `folder`.

    `query` is SQL for a database; the file has at most `largest` bytes. Raises `UsageError` for what is no table, or needs a package that is not installed.
    """
    if path.is_dir():
        return copied(path, folder, shown, "the files of {} are one table now")
    _, head = first_bytes(path, shown, largest)
    if query or is_database(head):
        return of_rows(database_rows(path, head, query, shown), path, folder, shown, "{} is a database")
    if head.startswith(PARQUET_MARK):
        return Imported(path=path)
    if head.startswith(GZIP_MARK) or path.suffix.lower() in (".jsonl", ".ndjson"):
        return copied(path, folder, shown, "{} was read")
    for marks, read in READERS.items():
        if head.startswith(marks):
            return read(path, folder, shown)
    if path.suffix.lower() == ".json" or head.lstrip(BYTE_ORDER_MARK + b" \t\r\n").startswith((b"[", b"{")):
        return of_json(path, folder, shown)
    return of_text(path, folder, shown, head)


def kept_as(place: Path, shown: str, words: str) -> Imported:
    """Return the new file with the sentence about it."""
    return Imported(path=place, note=f"{words.format(shown)}; {kept(place, shown)}")


def kept(place: Path, shown: str) -> str:
    """Return in what file the table is kept, in words."""
    same = place.name == Path(shown).name
    return "what is kept is a copy in UTF-8" if same else f"what is kept is {place.name}"


def stem_of(path: Path) -> str:
    """Return the name of a file without its endings: `sales` of `sales.csv.gz`."""
    return path.name.partition(".")[0] or path.name


def copied(path: Path, folder: Path, shown: str, words: str) -> Imported:
    """Write what DuckDB reads of a packed file, JSON lines or a folder of files."""
    source = open_source(path, shown, several=True)
    ending = "csv" if source.text else "parquet"
    place = folder / f"{stem_of(path)}.{ending}"
    named = [f"c{index} AS {quoted_name(name)}" for index, name in enumerate(source.names)]
    options = "FORMAT csv, HEADER true" if source.text else "FORMAT parquet"
    query = select(named, read_from(source))
    with connected(source.bytes) as connection:
        try:
            connection.execute(f"COPY ({query}) TO {quoted_text(str(place))} ({options})")
        except Exception as error:
            raise refused(source, error) from error
    return kept_as(place, shown, words)


def of_rows(
    rows: tuple[Sequence[str], Iterable[Sequence[Any]]], path: Path, folder: Path, shown: str, words: str
) -> Imported:
    """Write names and rows as a CSV."""
    place = folder / f"{stem_of(path)}.csv"
    names, values = rows
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([cell(value) for value in row] for row in values)
    return kept_as(place, shown, words)


def cell(value: Any) -> str:
    """Return a value as a CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).removesuffix(" 00:00:00")


def of_json(path: Path, folder: Path, shown: str) -> Imported:
    """Read JSON: a list of records, one below a usual key, or lists of values by column; else JSON lines."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    try:
        content = json.loads(text)
    except ValueError as error:
        if "Extra data" in str(error):
            lines = folder / f"{stem_of(path)}.jsonl"
            lines.write_text(text, encoding="utf-8")
            return copied(lines, folder, lines.name, "the table holds JSON lines, and was read as {}")
        refuse_other_texts(shown, text.encode(), "JSON")
        raise no_table(shown, f"this is no JSON: {error}") from error
    if isinstance(content, dict) and not all(isinstance(one, (dict, list)) for one in content.values()):
        content = next((content[name] for name in RECORDS if isinstance(content.get(name), list)), content)
    if isinstance(content, list) and content and all(isinstance(one, dict) for one in content):
        names = tuple(dict.fromkeys(name for one in content for name in one))
        rows = ([one.get(name) for name in names] for one in content)
        return of_rows((names, rows), path, folder, shown, "{} was read")
    if isinstance(content, dict) and content:
        return of_columns(content, path, folder, shown)
    raise no_table(shown, "this JSON is no table")


def of_columns(content: dict[str, Any], path: Path, folder: Path, shown: str) -> Imported:
    """Read the values of each column: a list, or values by row as pandas writes them."""
    columns = [list(one.values()) if isinstance(one, dict) else one for one in content.values()]
    lengths = {len(one) if isinstance(one, list) else -1 for one in columns}
    if len(lengths) != 1 or -1 in lengths:
        raise no_table(shown, "this JSON is no table")
    return of_rows((tuple(content), zip(*columns, strict=True)), path, folder, shown, "{} was read")


def no_table(shown: str, what: str) -> UsageError:
    """Return the error for JSON that holds no rows."""
    return UsageError(
        "data-json",
        what,
        hint='write a list of records, [{"age": 41, "plan": "pro"}, ...], or one record a line in a file .jsonl',
        where=shown,
    )


def of_excel(path: Path, folder: Path, shown: str) -> Imported:
    """Read the first sheet of an Excel workbook that has a row."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise lacking("an Excel workbook", "openpyxl", shown) from error
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise UsageError(
            "data-packed",
            f"the file is a ZIP archive and no Excel workbook: {error}",
            hint="unpack it, and name the table in it",
            where=shown,
        ) from error
    for sheet in book.worksheets:
        rows = (row for row in sheet.iter_rows(values_only=True) if any(one is not None for one in row))
        names = next(rows, None)
        if names is not None:
            width = max(place for place, one in enumerate(names, 1) if one is not None)
            header = [cell(one) for one in names[:width]]
            cells = (row[:width] for row in rows)
            return of_rows((header, cells), path, folder, shown, f"{{}} was read, its sheet {sheet.title!r}")
    raise UsageError("data-empty", "no sheet holds a row", hint="name another workbook", where=shown)


def of_feather(path: Path, folder: Path, shown: str) -> Imported:
    """Read a Feather or Arrow file."""
    try:
        from pyarrow import feather, parquet
    except ImportError as error:
        raise lacking("a Feather file", "pyarrow", shown) from error
    place = folder / f"{stem_of(path)}.parquet"
    try:
        parquet.write_table(feather.read_table(path), place)
    except (OSError, ValueError) as error:
        raise UsageError(
            "data-cut-off", f"the file is no whole Feather file: {error}", hint="fetch it again", where=shown
        ) from error
    return kept_as(place, shown, "{} was read")


def lacking(what: str, package: str, shown: str) -> UsageError:
    """Return the error for a file whose reader is not installed."""
    return UsageError(
        "data-reader-missing",
        f"this is {what}, which takes {package} to read",
        hint=f"python -m pip install {package}; or write the table as CSV in UTF-8",
        where=shown,
    )


def of_text(path: Path, folder: Path, shown: str, head: bytes) -> Imported:
    """Return a CSV as it is, or in UTF-8 and with a name for R's first column."""
    encoding = encoding_of(path, head)
    blank = encoding == "utf-8" and first_name_is_blank(head)
    if encoding == "utf-8" and not blank:
        return Imported(path=path)
    place = folder / f"{stem_of(path)}.csv"
    with (
        path.open(encoding="utf-8-sig" if blank else encoding, newline="") as read,
        place.open("w", encoding="utf-8", newline="") as written,
    ):
        first = read.readline()
        if first_name_is_blank(first.encode()):
            first = ROW + first.removeprefix('""').removeprefix('" "')
        written.write(first)
        while part := read.read(CHUNK):
            written.write(part)
    if blank:
        return kept_as(place, shown, f"the first column of {{}} has no name and is called {ROW!r}")
    known = "UTF-16" if encoding == "utf-16" else "Windows-1252, which is a guess"
    return kept_as(place, shown, f"{{}} is not UTF-8 and was read as {known}")


def first_name_is_blank(head: bytes) -> bool:
    """Tell whether the first column, and none but it, has no name: as R and pandas write the names of rows."""
    names = sniff(head).names
    return len(names) > 1 and not names[0].strip() and all(name.strip() for name in names[1:])


def encoding_of(path: Path, head: bytes) -> str:
    """Return how a text is encoded: `utf-8` for what is, or what is no text of one encoding at all."""
    if head.startswith(UTF_16):
        return "utf-16"
    if b"\0" in head:
        return "utf-8"
    decoder, lost, kept = codecs.getincrementaldecoder("utf-8")("replace"), 0, 0
    with path.open("rb") as stream:
        while part := stream.read(CHUNK):
            if part.isascii():
                continue
            text = decoder.decode(part)
            lost += text.count("\ufffd")
            kept += sum(not one.isascii() for one in text) - text.count("\ufffd")
    if lost <= kept:
        return "utf-8"
    try:
        with path.open(encoding="cp1252") as stream:
            while stream.read(CHUNK):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


READERS: dict[bytes, Callable[[Path, Path, str], Imported]] = {
    ZIP_MARK: of_excel,
    ARROW_MARK: of_feather,
    FEATHER_MARK: of_feather,
}
"""What reads a file by its first bytes."""
