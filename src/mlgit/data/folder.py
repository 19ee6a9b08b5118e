"""A table in many files: a folder of CSV, JSON lines or Parquet files as one table, its Hive partitions (`year=2024/`) as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from urllib.parse import unquote

from msgspec.structs import replace

from mlgit.data import json_lines
from mlgit.data.source import Source
from mlgit.data.text_facts import among
from mlgit.errors import UsageError

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".parquet", ".pq", *json_lines.ENDINGS)
BETWEEN = "="


def open_folder(path: Path, shown: str, open_file: Callable[[Path, str], Source]) -> Source:
    """Return the source of all tables below a folder, in the order of their paths; hidden files and `_SUCCESS` are none.

    Raises `UsageError`: `data-folder-empty` where there is none, `data-folder-columns` for files of different columns.
    """
    files = sorted(one for one in path.rglob("*") if one.is_file() and visible(one.relative_to(path)))
    tables = [one for one in files if one.name.lower().endswith(ENDINGS)]
    if not tables:
        raise UsageError(
            "data-folder-empty",
            "there is no CSV, JSON lines or Parquet file in this folder",
            hint=f"dvc pull {shown}, or name the folder that holds the files",
            where=shown,
        )
    opened = [
        partitioned(open_file(one, f"{shown}/{one.relative_to(path)}"), one.relative_to(path))
        for one in tables
    ]
    return joined(path, shown, opened)


def visible(below: PurePath) -> bool:
    """Tell whether a file of a folder is part of its table: neither it nor a folder on its way is hidden or starts with `_`."""
    return not any(part.startswith((".", "_")) for part in below.parts)


def joined(path: Path, shown: str, opened: Sequence[Source]) -> Source:
    """Return files as one table; raises `UsageError` (`data-folder-columns`) where their columns or formats differ."""
    first = opened[0]
    for one in opened[1:]:
        if set(one.names) != set(first.names) or one.file_format != first.file_format:
            raise UsageError(
                "data-folder-columns",
                f"the columns of {one.shown} are not those of {first.shown}: {difference(one, first)}",
                hint="files of one table have the same columns and the same format",
                where=one.shown,
            )
    return replace(
        first,
        path=path,
        shown=shown,
        bytes=sum(one.bytes for one in opened),
        rows=sum(one.rows for one in opened),
        files=tuple(opened),
        multiline=any(one.multiline for one in opened),
        overlooked=among("".join(one.overlooked for one in opened)),
        numbers=frozenset.intersection(*(one.numbers for one in opened)),
    )


def partitioned(source: Source, below: PurePath) -> Source:
    """Return a file with the columns that the folders on its way name."""
    pairs = tuple(
        (name, unquote(value))
        for name, mark, value in (part.partition(BETWEEN) for part in below.parts[:-1])
        if mark
    )
    fresh = tuple(pair for pair in pairs if pair[0] not in source.names)
    values = tuple(value for _, value in fresh)
    return replace(
        source,
        names=(*source.names, *(name for name, _ in fresh)),
        partition=values,
        overlooked=among(source.overlooked + "".join(values)),
    )


def difference(one: Source, first: Source) -> str:
    """Say in which columns two files differ."""
    more = [name for name in one.names if name not in first.names]
    less = [name for name in first.names if name not in one.names]
    said = [f"{name!r} is new" for name in more] + [f"{name!r} is not there" for name in less]
    return ", ".join(said[:6]) or "another format"
