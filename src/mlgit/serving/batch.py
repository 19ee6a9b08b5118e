"""Predictions of whole tables: read, checked and asked in pieces, so that memory does not grow with the table.

A table is checked before its first row is asked, by the same rules as a request; the output takes its place when it is whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.envelope import ANY_BYTES
from mlgit.data.folder import ENDINGS
from mlgit.data.opening import open_source, refused
from mlgit.data.source import Source, lines_of
from mlgit.data.sql import connected
from mlgit.errors import MlgitError, UsageError
from mlgit.serving.predictor import Answers, Columns, named
from mlgit.serving.served import Served
from mlgit.serving.tables.answers import PARQUET, beside_keys, copied, keep, write
from mlgit.serving.tables.rules import require_columns, schema_of
from mlgit.serving.tables.typed import Piece, typed
from mlgit.world.files import is_stream, refuse_folder, resolved
from mlgit.world.staging import scratch

ASKED = 65_536
"""Rows that are asked together."""
WRITTEN = ("", ".csv", *PARQUET)
"""Endings of a file of answers."""
MEMORY = "512MB"


class Done(Struct, frozen=True, kw_only=True):
    """What was predicted: the version, how many rows of how many files, and where the answers are."""

    model: str
    version: str
    rows: int
    files: int
    output: str


def files_of(path: Path, shown: str) -> list[Path]:
    """Return the tables at a path, in order; raises `UsageError` (`predict-no-table`)."""
    found = (
        sorted(one for one in path.iterdir() if one.name.lower().endswith(ENDINGS))
        if path.is_dir()
        else [path]
    )
    if not found or not path.exists():
        raise UsageError(
            "predict-no-table",
            "there is no table",
            hint="a file of CSV, JSON lines or Parquet, or a folder of them",
            where=shown,
        )
    return found


def refuse_own_input(output: Path, *inputs: Path) -> None:
    """Raise `UsageError` (`predict-over-input`) where answers would be written over what they are made of, or into its folder."""
    place = resolved(output)
    for one in map(resolved, inputs):
        if place == one or (one.is_dir() and place.is_relative_to(one)):
            raise UsageError(
                "predict-over-input",
                "the answers would be written over what they are made of"
                if place == one
                else f"the answers would be written into {one.name}, which they are made of",
                hint="-o names another place",
                where=str(output),
            )


def refuse_standing(output: Path) -> None:
    """Raise `UsageError` (`predict-output-stands`) where something stands at a place that nobody named."""
    if os.path.lexists(output):
        raise UsageError(
            "predict-output-stands",
            f"{output.name} is there already, and nothing says that it may be replaced",
            hint=f"-o {output.name} replaces it; -o OUT writes another file",
            where=str(output),
        )


def refuse_ending(output: Path) -> None:
    """Raise `UsageError` (`predict-output-form`) for a name that promises another form than CSV and Parquet."""
    if (output.suffix.lower() not in WRITTEN and not is_stream(output)) or output.name == "-":
        raise UsageError(
            "predict-output-form",
            f"answers are written as CSV or Parquet, and {output.name} is named like neither",
            hint="-o OUT.csv, -o OUT.parquet, or -o /dev/stdout",
            where=str(output),
        )


def predict(served: Served, path: Path, shown: str, output: Path) -> Done:
    """Write what a model says of every row of a table to a CSV, or to Parquet where the name says so.

    Raises `UsageError` (`predict-...`, `data-...`) for rows that break a rule; then nothing is written.
    """
    files = files_of(path, shown)
    refuse_own_input(output, path, *files, served.release.path)
    refuse_folder(output)
    refuse_ending(output)
    rows, parts = 0, []
    with connected(ANY_BYTES, MEMORY) as connection, scratch() as folder:
        for number, file in enumerate(files):
            name = shown if file == path else f"{shown}/{file.name}"
            narrow = len(served.columns) == 1
            source = open_source(file, name, largest=ANY_BYTES, several=True, narrow=narrow)
            found, query = one_file(connection, served, source, folder, file.name if len(files) > 1 else "")
            rows += found
            parts.append(copied(connection, query, folder / f"{number}.parquet") if len(files) > 1 else query)
        write(connection, " UNION ALL BY NAME ".join(parts), output)
    return Done(
        model=served.release.name,
        version=served.release.version,
        rows=rows,
        files=len(files),
        output=str(output),
    )


def one_file(connection: Any, served: Served, source: Source, folder: Path, file: str) -> tuple[int, str]:
    """Ask the model about one file; return how many rows it has, and the query for its answers.

    `file` is its name in the output. Raises `UsageError` (`predict-...`, `data-...`).
    """
    schema = schema_of(served)
    require_columns(served, source, schema)
    names: tuple[str, ...] = ()
    try:
        table = typed(connection, source, schema, served.columns, folder)
        for piece in table.pieces(connection, served.columns):
            said = named(answered(served, piece, lambda row, error: model_failed(source, row, error)))
            keep(connection, said, first=not piece.start)
            names = tuple(said)
    except MlgitError:
        raise
    except Exception as error:
        raise refused(source, error) from error
    return table.rows, beside_keys(schema.id or "row", names, file)


def answered(served: Served, piece: Piece, failed: Callable[[int, Exception], UsageError]) -> Answers:
    """Return what a model says of a piece; raises what `failed` makes of the first row that it fails on."""
    found = []
    for low in range(0, piece.rows, ASKED):
        columns = part(piece.columns, low, low + ASKED)
        try:
            found.append(served.predict(columns))
        except Exception as error:  # the user's model, or a value in another form than its column's
            row = piece.start + low + first_failing(served, columns)
            raise failed(row, error) from error
    return joined(found)


def part(columns: Columns, low: int, high: int) -> Columns:
    """Return some rows of columns."""
    return {name: values[low:high] for name, values in columns.items()}


def joined(found: Sequence[Answers]) -> Answers:
    """Return answers one after the other."""
    import numpy as np

    first = found[0]
    if len(found) == 1:
        return first
    return Answers(
        predictions=np.concatenate([one.predictions for one in found]),
        probabilities=None
        if first.probabilities is None
        else np.concatenate([one.probabilities for one in found]),
        classes=first.classes,
    )


def model_failed(source: Source, row: int, error: Exception) -> UsageError:
    """Return the error for a model that fails in a row."""
    line = lines_of(source, [row]).get(row)
    where = f"{source.shown}:{line}" if line else source.shown
    return failed_in(f"row {row:,}", error, where)


def failed_in(row: str, error: Exception, where: str) -> UsageError:
    """Return the error for a model that fails in a row, as it is named."""
    why = str(error).strip().partition("\n")[0][:300]
    return UsageError(
        "predict-model",
        f"the model failed in {row}: {type(error).__name__}: {why}",
        hint="nothing was written; what the model cannot take belongs into the schema of its table",
        where=where,
    )


def first_failing(served: Served, columns: Columns) -> int:
    """Return the first row of a piece that the model fails on, by halves; the first of all where no row fails alone."""
    low, high = 0, max(map(len, columns.values()))
    while high - low > 1:
        middle = (low + high) // 2
        try:
            served.predict(part(columns, low, middle))
        except Exception:  # the user's model
            high = middle
        else:
            low = middle
    return low
