"""The answers of whole tables: kept in DuckDB, put beside the keys of their rows, and written when they are whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlgit.data.sql import literal_path, quoted_name, quoted_text, select
from mlgit.errors import ExternalError, MlgitError
from mlgit.world.exhausted import exhausted
from mlgit.world.files import is_stream, put_where_asked, resolved
from mlgit.world.staging import scratch, staging

PARQUET = (".parquet", ".pq")
"""How the name of a file of answers in Parquet ends."""


def keep(connection: Any, said: Mapping[str, Any], *, first: bool) -> None:
    """Add answers to the table `answers`, made by the first of them; its columns are `a0`, `a1`, ..."""
    columns = {f"a{number}": as_texts(values) for number, values in enumerate(said.values())}
    connection.register("piece", columns)
    verb = "CREATE OR REPLACE TEMP TABLE answers AS" if first else "INSERT INTO answers"
    connection.execute(f"{verb} {select(['*'], 'piece')}")
    connection.unregister("piece")


def as_texts(values: Any) -> Any:
    """Return texts as objects: of an array of texts DuckDB makes an ENUM, which takes no other text later."""
    return values.astype(object) if values.dtype.kind == "U" else values


def beside_keys(key: str, names: Sequence[str], file: str = "") -> str:
    """Return the query for the keys of the view `typed` with the answers of its rows; `file` is said of each row where there is one."""
    parts = [
        *([f"{quoted_text(file)} AS file"] if file else []),
        f"key AS {quoted_name(key)}",
        *(f"a{number} AS {quoted_name(name)}" for number, name in enumerate(names)),
    ]
    return select(parts, f"({select(['key'], 'typed')}) POSITIONAL JOIN answers")


def copied(connection: Any, query: str, place: Path) -> str:
    """Write what a query gives to a Parquet file and return the query that reads it."""
    connection.execute(f"COPY ({query}) TO {quoted_text(str(place))} (FORMAT parquet, COMPRESSION lz4_raw)")
    return select(["*"], f"read_parquet({quoted_text(literal_path(place))}, hive_partitioning=false)")


def write(connection: Any, query: str, output: Path) -> None:
    """Write what a query gives where nobody looks, and move it to its place when it is whole; CSV, or Parquet by its name.

    Raises `ExternalError` (`predict-output`).
    """
    form = "parquet" if output.suffix.lower() in PARQUET else "csv, HEADER"
    try:
        with scratch() if is_stream(output) else staging(resolved(output)) as folder:
            whole = folder / "answers"
            connection.execute(f"COPY ({query}) TO {quoted_text(str(whole))} (FORMAT {form})")
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
