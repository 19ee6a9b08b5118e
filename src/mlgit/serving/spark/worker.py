"""What a worker of Spark does with the rows that arrive: the rules of a request and the model, as for a table on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.columns import places_of
from mlgit.data.source import Source
from mlgit.data.sql import connected, numbered, select
from mlgit.errors import MlgitError, UsageError
from mlgit.serving.batch import MEMORY, answered, failed_in
from mlgit.serving.predictor import named
from mlgit.serving.served import Served
from mlgit.serving.spark.shipped import Shipped, loaded
from mlgit.serving.tables.answers import beside_keys, keep
from mlgit.serving.tables.rules import first_broken, row_broken, schema_of
from mlgit.serving.tables.typed import Plan, Typed, plan_of, viewed

MARK = "mlgit-refused:"
"""What stands before a refusal in the text of an exception, which is all that Spark brings back of one."""
FILE = "file"


class RefusedInWorkerError(Exception):
    """A row that breaks a rule, or that the model fails on, with the file in which it is."""

    def __init__(self, error: MlgitError, file: str) -> None:
        said = {"code": error.code, "message": error.message, "hint": error.hint, "file": file}
        super().__init__(MARK + json.dumps(said) + MARK)


class Task(Struct, frozen=True, kw_only=True):
    """What every worker is told.

    `names` are the columns of the table, and `text` says that they all come as text. `form` is what an answer looks like (names
    and types of Arrow; empty: as a batch has them). `several` asks for the name of the file in each answer.
    """

    model: Shipped
    names: tuple[str, ...]
    text: bool
    form: tuple[tuple[str, str], ...] = ()
    several: bool = False


def answers(task: Task, batches: Iterator[Any]) -> Iterator[Any]:
    """Yield for each batch of Arrow (`c0`, `c1`, ..., and last the file of each row) the keys of its rows with their answers.

    Raises `RefusedInWorkerError`.
    """
    import pyarrow

    served = loaded(task.model)
    form = pyarrow.schema([(name, pyarrow.type_for_alias(kind)) for name, kind in task.form])
    with connected(0, MEMORY) as connection:
        for batch in batches:
            if not batch.num_rows:
                continue
            table = pyarrow.Table.from_batches([batch])
            for low, rows in runs(table.column(FILE).to_pylist()):
                found = of_file(connection, served, task, table.slice(low, rows))
                yield from (found.cast(form) if task.form else found).to_batches()


def runs(files: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where the rows of each file begin, and how many follow."""
    low = 0
    for at in range(1, len(files) + 1):
        if at == len(files) or files[at] != files[low]:
            yield low, at - low
            low = at


def of_file(connection: Any, served: Served, task: Task, table: Any) -> Any:
    """Return the keys and answers of rows of one file; raises `RefusedInWorkerError`."""
    file = str(table.column(FILE)[0])
    connection.register("arrived", naive(table.drop_columns([FILE])))
    try:
        return asked(connection, served, task, file)
    except MlgitError as error:
        raise RefusedInWorkerError(error, file) from error
    finally:
        connection.unregister("arrived")


def asked(connection: Any, served: Served, task: Task, file: str) -> Any:
    """Return what the model says of the rows that arrived; raises `UsageError` (`predict-rows`, `predict-model`)."""
    schema = schema_of(served)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {numbered('arrived')}")
    types = [str(row[1]) for row in connection.execute("DESCRIBE source").fetchall()[1:]]
    places = places_of(columns_of(task, file), schema, None if task.text else types)
    plan = plan_of(places, schema, served.columns)
    rows, broken = viewed(connection, plan.values)
    if broken:
        raise refused(connection, schema.id, plan, file)
    names: tuple[str, ...] = ()
    for piece in Typed(schema=schema, places=plan.places, rows=rows).pieces(connection, served.columns):
        start = piece.start

        def failed(row: int, error: Exception, start: int = start) -> UsageError:
            found = select(["key"], "typed", f"WHERE row_at = {start + row:d}")
            ((key,),) = connection.execute(found).fetchall()
            return failed_in(f"the row whose {schema.id} is {key!r}", error, file)

        said = named(answered(served, piece, failed))
        keep(connection, said, first=not piece.start)
        names = tuple(said)
    shown = file.rpartition("/")[2] if task.several else ""
    return connection.sql(beside_keys(str(schema.id), names, shown)).to_arrow_table()


def columns_of(task: Task, file: str) -> Source:
    """Return what the rules ask of a file: the names of its columns."""
    return Source(path=Path(file), shown=file, file_format="parquet", bytes=0, names=task.names, rows=0)


def refused(connection: Any, key: str | None, plan: Plan, file: str) -> UsageError:
    """Return the error for rows that break a rule; Spark does not number rows, so they are named by their id."""
    one, row, value, count = first_broken(connection, plan.table, plan.strict, plan.key)
    return row_broken(one, f"the row whose {key} is {row!r}", value, f"{count:,} rows near it break it", file)


def naive(table: Any) -> Any:
    """Return a table whose times are those of UTC without saying so: Spark sends them with the zone of its session."""
    import pyarrow

    kinds = [
        pyarrow.field(one.name, pyarrow.timestamp("us"))
        if pyarrow.types.is_timestamp(one.type) and one.type.tz
        else one
        for one in table.schema
    ]
    return table.cast(pyarrow.schema(kinds))
