"""Logs of predictions that are full, made into Parquet: a row for each row that was answered, inputs and outputs in columns of their types.

Every line of a file is looked at twice: first for the types, then for the values. A line that is no JSON, such as one that was cut when
a process was killed, is counted and left out. A log goes when its Parquet file is whole, on the disk and read again; so whoever comes after
a kill writes the same file again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.sql import connected, literal_path, quoted_name, quoted_text, select
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.serving.journal import COMPACTED
from mlgit.world.exhausted import exhausted
from mlgit.world.staging import put, staging

MEMORY = "512MB"
LONGEST_LINE = 33_554_432
"""Bytes; a request has at most 8 MB unless `--max-megabytes` allows more."""
PLAIN = ("request", "model", "version", "digest", "variant")
GOOD = "json_type(json, '$.outputs.predictions') = 'ARRAY'"
"""What is true of a line that is a prediction."""
LOOK = (
    "count(*)",
    f"count_if({GOOD})",
    f"coalesce(sum(json_array_length(json, '$.outputs.predictions')) FILTER (WHERE {GOOD}), 0)::BIGINT",
    f"json_group_structure(CASE WHEN {GOOD} THEN json END)",
)
NO_TYPE = "NULL"
"""What DuckDB says of a value that is null in every line."""


class Compacted(Struct, frozen=True, kw_only=True):
    """A log that is Parquet now: its lines, those of them that were no JSON, and the rows of the others."""

    log: str
    parquet: str
    lines: int
    torn: int
    rows: int


def compact(log: Path) -> Iterator[Compacted]:
    """Make Parquet of every full log of `log` (`LOG.1` becomes `LOG.1.parquet`), in order, and yield what became of each.

    The file that is being written is left. Raises `UsageError` (`log-none`, `log-lines`) and `ExternalError` (`log-parquet`).
    """
    full = full_logs(log)
    if not full and not log.exists():
        raise UsageError(
            "log-none",
            f"there is no log {log.name}",
            hint="mlgit serve --log FILE writes one",
            where=str(log),
        )
    for one in full:
        try:
            yield compacted(one)
        except MlgitError:
            raise
        except Exception as error:
            raise exhausted(error) or ExternalError(
                "log-parquet",
                f"{one.name} does not become Parquet, and stays: {str(error).partition(chr(10))[0][:200]}",
                hint="free some space, then the same command again",
                where=str(one),
            ) from error


def full_logs(log: Path) -> list[Path]:
    """Return the files that a server began to write before the one that it writes now, the oldest first."""
    named = re.compile(re.escape(log.name) + r"\.(\d+)")
    found = ((named.fullmatch(one.name), one) for one in log.parent.glob("*")) if log.parent.is_dir() else ()
    return [one for _, one in sorted((int(match[1]), one) for match, one in found if match and one.is_file())]


def compacted(log: Path) -> Compacted:
    """Make Parquet of one log, and remove the log."""
    place = log.with_name(log.name + COMPACTED)
    with connected(log.stat().st_size, MEMORY) as connection, staging(place) as folder:
        lines, good, rows, structure = connection.execute(select(LOOK, lines_of(log))).fetchone()
        if not good:
            raise UsageError(
                "log-lines",
                f"no line of {log.name} is a prediction",
                hint="name a file that mlgit serve --log wrote",
                where=str(log),
            )
        whole = folder / "rows"
        query = rows_of(log, json.loads(structure))
        connection.execute(f"COPY ({query}) TO {quoted_text(str(whole))} (FORMAT parquet, COMPRESSION zstd)")
        ((written,),) = connection.execute(
            select(["count(*)"], f"read_parquet({quoted_text(literal_path(whole))})")
        ).fetchall()
        if written != rows:
            raise ValueError(f"{rows:,} rows were answered, and {written:,} written")
        on_the_disk(whole)
        put(whole, place)
        on_the_disk(place.parent)
    log.unlink()
    return Compacted(log=log.name, parquet=place.name, lines=lines, torn=lines - good, rows=rows)


def lines_of(log: Path) -> str:
    """Return the FROM part for the lines of a log as `json`, NULL for one that is none."""
    return (
        f"read_json_objects({quoted_text(literal_path(log))}, format='newline_delimited', ignore_errors=true, "
        f"compression='none', maximum_object_size={LONGEST_LINE})"
    )


def rows_of(log: Path, structure: Mapping[str, Any]) -> str:
    """Return the query for the rows of a log whose lines are built so."""
    one = f"json_transform(json, {quoted_text(json.dumps(with_types(structure)))}) AS one"
    return select(columns_of(structure), f"({select([one], lines_of(log), f'WHERE {GOOD}')})")


def columns_of(structure: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns of a row in SQL."""
    inputs, outputs = structure["inputs"], structure["outputs"]
    yield "make_timestamp(CAST(one.at * 1000000 AS BIGINT)) AS answered_at"
    yield from (f"one.{name} AS {name}" for name in PLAIN)
    yield "unnest(range(len(one.outputs.predictions))) AS row"
    for name in inputs if isinstance(inputs, dict) else ():
        yield f"unnest(one.inputs.{quoted_name(name)}) AS {quoted_name(f'input_{name}')}"
    yield "one.redacted AS redacted"
    yield "unnest(one.outputs.predictions) AS prediction"
    if "probabilities" in outputs:
        yield "unnest(one.outputs.probabilities) AS probabilities"
    if "classes" in outputs:
        yield "one.outputs.classes AS classes"


def with_types(structure: Any) -> Any:
    """Return a structure in which what is null everywhere is a text."""
    if isinstance(structure, dict):
        return {name: with_types(one) for name, one in structure.items()}
    if isinstance(structure, list):
        return [with_types(one) for one in structure]
    return "VARCHAR" if structure == NO_TYPE else structure


def on_the_disk(place: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
