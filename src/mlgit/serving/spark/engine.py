"""`mlgit predict --engine spark`: a table that Spark reads, asked in its workers, and a folder of answers that Spark writes.

Which Spark that is, its own configuration says (`SPARK_CONF_DIR`, `SPARK_REMOTE`); without any it is this machine (`local[*]`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from msgspec import structs

from mlgit.data.envelope import ANY_BYTES
from mlgit.data.opening import open_source
from mlgit.data.sql import connected
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.serving.batch import MEMORY, Done, one_file, refuse_own_input
from mlgit.serving.served import Served
from mlgit.serving.spark.session import last_lines, session
from mlgit.serving.spark.shipped import shipped
from mlgit.serving.spark.tables import Table, is_address, opened, path_of, require_readable, written
from mlgit.serving.spark.worker import FILE, MARK, Task, answers
from mlgit.serving.tables.rules import require_columns, schema_of
from mlgit.world.staging import scratch

FIRST = 100
"""Rows that are asked here, to know what an answer looks like."""


def predict(served: Served, path: str, output: str, folder: Path, environment: Mapping[str, str]) -> Done:
    """Write what a model says of every row of a table to a new folder, of CSV where its name says so, else of Parquet.

    `path` and `output` are below `folder`, or addresses that Spark knows (`s3a://...`). Raises `UsageError` (`predict-...`) for
    rows that break a rule, and then nothing is written, and `ExternalError` (`spark-...`).
    """
    require_readable(path, output, folder)
    if not (is_address(path) or is_address(output)):
        refuse_own_input(folder / output, folder / path, served.release.path)
    schema = schema_of(served)
    if not schema.id:
        raise UsageError(
            "spark-id",
            "rows that Spark reads have no number, and the schema names no id for them",
            hint="`id: COLUMN` in the schema of the table; or --engine duckdb",
        )
    with session(environment) as spark, refusals(served, path, folder):
        table = opened(spark, path, folder)
        require_columns(served, table.source(), schema)
        if schema.id not in table.names:
            raise UsageError("predict-columns", f"the table has no column {schema.id!r}", where=path)
        task = Task(
            model=shipped(served.release), names=table.names, text=table.text, several=len(table.files) > 1
        )
        task = structs.replace(task, form=form_of(table, task))
        rows = written(table.frame.mapInArrow(partial(answers, task), columns_text(task)), output, folder)
    release = served.release
    return Done(model=release.name, version=release.version, rows=rows, files=len(table.files), output=output)


def form_of(table: Table, task: Task) -> tuple[tuple[str, str], ...]:
    """Return the names and types of answers, from the first rows of a table; raises `UsageError` (`predict-empty`)."""
    first = table.frame.limit(FIRST).toArrow()
    found = list(answers(task, iter(first.combine_chunks().to_batches())))
    if not found:
        raise UsageError("predict-empty", "the table has no rows", where=table.shown)
    return tuple((one.name, str(one.type)) for one in found[0].schema)


def columns_text(task: Task) -> str:
    """Return the columns of an answer as Spark writes its schemas."""
    kinds = {
        "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "float": "float", "double": "double",
        "bool": "boolean", "string": "string", "date32[day]": "date", "timestamp[us]": "timestamp_ntz",
    }  # fmt: skip
    return ", ".join(f"`{name.replace('`', '``')}` {kinds.get(kind, 'string')}" for name, kind in task.form)


@contextmanager
def refusals(served: Served, path: str, folder: Path) -> Iterator[None]:
    """Turn what comes back of a worker into the error it was; where the file is here, with the row and the line in it."""
    try:
        yield
    except MlgitError:
        raise
    except Exception as error:  # pyspark raises classes of its own for each reason
        found = str(error).split(MARK)
        if len(found) < 2:
            raise ExternalError(
                "spark-failed",
                f"Spark failed: {last_lines(str(error).partition('JVM stacktrace:')[0])}",
                hint="nothing was written",
                where=path,
            ) from error
        said = json.loads(found[1])
        ask_here(served, said[FILE], folder)
        raise UsageError(said["code"], said["message"], hint=said["hint"], where=said[FILE]) from error


def ask_here(served: Served, file: str, folder: Path) -> None:
    """Ask about one file as `mlgit predict` does without Spark, which names the row and its line; nothing where it is not here."""
    place = path_of(file)
    if place is None or not place.is_file():
        return
    shown = str(place.relative_to(folder)) if place.is_relative_to(folder) else str(place)
    with connected(ANY_BYTES, MEMORY) as connection, scratch() as room:
        one_file(connection, served, open_source(place, shown, largest=ANY_BYTES, several=True), room, "")
