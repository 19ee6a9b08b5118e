"""Predictions of whole tables: read, checked and asked in pieces, so that memory does not grow with the table.

A file is checked before its first row is asked, by the same rules as a request; the output takes its place when it is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from mlgit.data.columns import places_of
from mlgit.data.contradictions import dated
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.folder import ENDINGS
from mlgit.data.opened import held, prepare, stored_types
from mlgit.data.rules import Place, category_list, outside, prepared
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.source import Source, lines_of, open_source, refused
from mlgit.data.sql import connected, quoted_name, quoted_text, select
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.serving.predictor import Answers, Columns
from mlgit.serving.predictor import named as answers_by_name
from mlgit.serving.served import Served
from mlgit.serving.validation import is_open, nullable
from mlgit.world.exhausted import exhausted
from mlgit.world.files import is_stream, put_where_asked, refuse_folder, resolved
from mlgit.world.staging import scratch, staging

PIECE = 65_536
"""Rows that are asked together."""
MEMORY = "512MB"
WHY = {
    "type": "is not written as its type",
    "nulls": "has no value",
    "range": "is outside of its range",
    "categories": "is not in the schema's list",
}


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


def predict(served: Served, path: Path, shown: str, output: Path) -> Done:
    """Write what a model says of every row of a table to a CSV, or to Parquet where the name says so.

    Raises `UsageError` (`predict-...`, `data-...`) for rows that break a rule; then nothing is written.
    """
    files = files_of(path, shown)
    refuse_folder(output)
    with connected(ANY_BYTES) as connection:
        connection.execute(f"SET memory_limit={quoted_text(MEMORY)}")
        rows = 0
        for number, file in enumerate(files):
            name = shown if file == path else f"{shown}/{file.name}"
            source = open_source(file, name, largest=ANY_BYTES, several=True)
            rows += one_file(connection, served, source, first=not number, several=len(files) > 1)
        write(connection, output)
    return Done(
        model=served.release.name,
        version=served.release.version,
        rows=rows,
        files=len(files),
        output=str(output),
    )


def one_file(connection: Any, served: Served, source: Source, *, first: bool, several: bool) -> int:
    """Ask the model about one file and keep its answers in the table `answers`; return how many rows it has."""
    schema = schema_of(served)
    require_columns(served, source, schema)
    try:
        prepare(connection, source)
        places = [
            place
            for place in places_of(source, schema, stored_types(connection, source))
            if place.name in (*served.columns, schema.id)
        ]
        table = prepared(schema, places)
        names = {place.name: place.index for place in places}
        asked = [place for place in places if place.name in served.columns]
        require_good(connection, source, table, [one for place in asked for one in conditions(place, schema)])
        wanted = [f"v{names[name]}" for name in served.columns if name in names]
        key = f"s{names[schema.id]}" if schema.id in names else "CAST(row_at AS VARCHAR)"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE typed AS {select(['row_at', f'{key} AS key', *wanted], table)}"
        )
        connection.execute(f"DROP {'TABLE' if held(source) else 'VIEW'} source")
    except UsageError:
        raise
    except Exception as error:
        raise refused(source, error) from error
    ((rows,),) = connection.execute("SELECT count(*) FROM typed").fetchall()
    for start in range(0, rows, PIECE):
        found = connection.execute(
            "SELECT * FROM typed WHERE row_at >= ? AND row_at < ? ORDER BY row_at", [start, start + PIECE]
        ).fetchnumpy()
        nothing = [None] * len(found["row_at"])
        columns = {
            name: plain(found[f"v{names[name]}"], schema.columns[name]) if name in names else nothing
            for name in served.columns
        }
        keep(
            connection,
            answered(served, columns, int(found["row_at"][0]), source),
            found["key"],
            schema.id or "row",
            source.path.name if several else "",
            first and not start,
        )
    return int(rows)


def answered(served: Served, columns: Columns, start: int, source: Source) -> Answers:
    """Return what a model says of a piece of a table; raises `UsageError` (`predict-model`) with the first row it fails on."""
    try:
        return served.predict(columns)
    except Exception as error:  # the user's model, or a value in another form than its column's
        row = start + first_failing(served, columns)
        line = lines_of(source, [row]).get(row)
        why = str(error).strip().partition("\n")[0][:300]
        raise UsageError(
            "predict-model",
            f"the model failed in row {row:,}: {type(error).__name__}: {why}",
            hint="nothing was written; what the model cannot take belongs into the schema of its table",
            where=f"{source.shown}:{line}" if line else source.shown,
        ) from error


def first_failing(served: Served, columns: Columns) -> int:
    """Return the first row of a piece that the model fails on, by halves; the first of all where no row fails alone."""
    low, high = 0, max(len(values) for values in columns.values())
    while high - low > 1:
        middle = (low + high) // 2
        try:
            served.predict({name: values[low:middle] for name, values in columns.items()})
        except Exception:  # the user's model
            high = middle
        else:
            low = middle
    return low


def schema_of(served: Served) -> Schema:
    """Return the schema of the table, or the rules that the model itself gives."""
    own = served.release.schema or Schema(version=1, columns={}, extra_columns="allow")
    merged = msgspec.structs.replace(own, columns={**own.columns, **served.validator.rules})
    return dated(merged, datetime.now(UTC).date())


def require_columns(served: Served, source: Source, schema: Schema) -> None:
    """Raise `UsageError` (`predict-columns`) for a table that lacks a column, or has one that nobody knows."""
    rules = served.validator.rules
    lacking = [name for name, rule in rules.items() if name not in source.names and not nullable(rule)]
    strange = [
        name for name in source.names if name not in schema.columns and schema.extra_columns == "forbid"
    ]
    if lacking or strange:
        which = (
            f"has no column {lacking[0]!r}"
            if lacking
            else f"has the column {strange[0]!r}, which the schema has not"
        )
        raise UsageError(
            "predict-columns", f"the table {which}", hint="mlgit data check names all", where=source.shown
        )


class Condition(Struct, frozen=True, kw_only=True):
    """What is true in SQL for a row that breaks a rule, and the name of the text that stands there."""

    column: str
    rule: str
    broken: str
    text: str


def conditions(place: Place, schema: Schema) -> list[Condition]:
    """Return the rules that no row may break, as a request is held against them."""
    rule, number = schema.columns[place.name], place.index
    present, good, value = f"p{number}", f"g{number}", f"v{number}"
    broken = {"type": f"{present} AND NOT {good}"}
    if not nullable(rule):
        broken["nulls"] = f"NOT {present}"
    if bounds := outside(value, rule):
        broken["range"] = bounds
    if not is_open(rule):
        listed = category_list(rule.categories or (), rule.type)
        broken["categories"] = f"{good} AND NOT coalesce({value} IN {listed}, false)"
    return [
        Condition(column=place.name, rule=name, broken=sql, text=f"s{number}") for name, sql in broken.items()
    ]


def require_good(connection: Any, source: Source, table: str, strict: Sequence[Condition]) -> None:
    """Raise `UsageError` (`predict-rows`) with the first row that breaks a rule."""
    if not strict:
        return
    counted = [f"count(*) FILTER (WHERE {one.broken})" for one in strict]
    counts = connection.execute(select(counted, table)).fetchone()
    for one, count in zip(strict, counts, strict=True):
        if count:
            where = f"WHERE {one.broken} ORDER BY row_at LIMIT 1"
            row, value = connection.execute(select(["row_at", one.text], table, where)).fetchone()
            raise row_broken(source, one, int(row), value, count)


def row_broken(source: Source, one: Condition, row: int, value: str | None, count: int) -> UsageError:
    """Return the error for a table with rows that break a rule."""
    line = lines_of(source, [row]).get(row)
    shown = "" if value is None else f" {value[:80]!r}"
    return UsageError(
        "predict-rows",
        f"{one.column}{shown} {WHY[one.rule]} in row {row:,} (rule {one.rule}); {count:,} rows break it",
        hint="mlgit data check names all; nothing was written",
        where=f"{source.shown}:{line}" if line else source.shown,
    )


def plain(values: Any, rule: ColumnRule) -> Any:
    """Return a column of DuckDB as a model takes it: numbers as an array with NaN, everything else as a list with None."""
    import numpy as np

    if values.dtype.kind == "M":
        values = values.astype("datetime64[D]" if rule.type == "date" else "datetime64[us]")
    if values.dtype.kind not in "iuf":
        return values.tolist()
    if not np.ma.isMaskedArray(values) or not np.ma.is_masked(values):
        return np.asarray(values)
    return np.ma.filled(values.astype("float64"), np.nan)


def keep(connection: Any, answers: Answers, keys: Any, key: str, file: str, first: bool) -> None:
    """Add answers to the table `answers`, made by the first of them."""
    import numpy as np

    said: dict[str, Any] = {key: np.asarray(keys), **answers_by_name(answers)}
    if file:
        said = {"file": np.full(len(keys), file, object), **said}
    connection.register("piece", {f"c{number}": values for number, values in enumerate(said.values())})
    named = ", ".join(f"c{number} AS {quoted_name(name)}" for number, name in enumerate(said))
    verb = "CREATE OR REPLACE TEMP TABLE answers AS" if first else "INSERT INTO answers"
    connection.execute(f"{verb} SELECT {named} FROM piece")  # noqa: S608 - names are quoted
    connection.unregister("piece")


def write(connection: Any, output: Path) -> None:
    """Write the answers where nobody looks, and move them to their place when they are whole."""
    form = "parquet" if output.suffix.lower() in (".parquet", ".pq") else "csv, HEADER"
    try:
        with scratch() if is_stream(output) else staging(resolved(output)) as folder:
            whole = folder / "answers"
            connection.execute(f"COPY answers TO {quoted_text(str(whole))} (FORMAT {form})")
            put_where_asked(whole, output)
    except MlgitError:
        raise
    except Exception as error:
        raise exhausted(error) or ExternalError(
            "predict-output",
            f"{output.name} cannot be written: {str(error)[:200]}",
            hint="-o names the file",
            where=str(output),
        ) from error
