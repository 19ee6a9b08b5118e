"""Stage extract: the raw table with typed columns, written to data/extracted.parquet.

The first column is `id`, the second `label`; rows without a label are left out. Nothing is cast on hope: a value that
does not fit its column's type ends the stage and is named with its row.
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from settings import EXTRACTED, DataError, Settings, run_stage
from sql import quoted, text

TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "number": "DOUBLE",
    "category": "VARCHAR",
    "text": "VARCHAR",
}


def open_raw(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make the raw file known as the view `raw`; every value of a CSV is text at first, nothing is guessed."""
    path = text(str(settings.raw))
    source = f"read_parquet({path}, hive_partitioning=false)"
    if settings.delimiter:
        columns = "{" + ", ".join(f"{text(name)}: 'VARCHAR'" for name in header(settings)) + "}"
        source = (
            f"read_csv({path}, columns={columns}, delim={text(settings.delimiter)}, header=true, "
            "auto_detect=false, quote='\"', escape='\"', hive_partitioning=false)"
        )
    try:
        connection.execute(f"CREATE VIEW raw AS SELECT * FROM {source}")
    except duckdb.Error as error:
        raise unreadable(settings, error) from error


def header(settings: Settings) -> list[str]:
    """Return the names in the first line of a CSV."""
    try:
        with settings.raw.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream, delimiter=settings.delimiter), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(settings, error) from error


def check_columns(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raise `DataError` when a column that params.yaml names is not in the raw file."""
    present = {row[0] for row in connection.execute("DESCRIBE raw").fetchall()}
    wanted = [settings.target, settings.group_column, *(column.source for column in settings.columns)]
    absent = [name for name in [settings.id_column, *wanted] if name is not None and name not in present]
    if absent:
        names = ", ".join(repr(name) for name in absent)
        raise DataError(f"{settings.raw} has no column {names}; run: mlgit data check")


def value(name: str, kind: str, settings: Settings, cast: str = "CAST", form: str = "") -> str:
    """Return the SQL of a column's value as the type that belongs to `kind`; no value is NULL.

    `form` is how a number or a date is written that stands as text: `decimal-comma`, `thousands-comma`, or a date's format.
    """
    column = quoted(name)
    words = ", ".join(text(word) for word in ("", *settings.missing))
    present = f"CASE WHEN trim(CAST({column} AS VARCHAR)) IN ({words}) THEN NULL ELSE {column} END"
    if TYPES[kind] == "VARCHAR":
        return f"CAST({present} AS VARCHAR)"
    if form.startswith("%"):
        return f"{'try_' if cast == 'TRY_CAST' else ''}strptime(trim({present}), {text(form)})"
    if form == "decimal-comma":
        return f"{cast}(replace(replace(trim({present}), '.', ''), ',', '.') AS DOUBLE)"
    if form == "thousands-comma":
        return f"{cast}(replace(trim({present}), ',', '') AS DOUBLE)"
    if TYPES[kind] == "TIMESTAMP" and not settings.delimiter:
        return f"make_timestamp(epoch_us({column}))"  # UTC, where a cast would take this machine's time zone
    typed = f"{cast}({f'trim({present})' if settings.delimiter else column} AS {TYPES[kind]})"
    return f"nullif({typed}, 'nan'::DOUBLE)" if TYPES[kind] == "DOUBLE" else typed


def kind_of(kind: str) -> str:
    """Return the storage of a feature's kind: dates keep their time of day."""
    return "timestamp" if kind == "date" else kind


def typed_columns(settings: Settings) -> dict[str, str]:
    """Return the SQL of every column of the extracted table by its name there, the id left out."""
    number = "number" if settings.target_form else settings.target_type
    label = value(settings.target, number, settings, form=settings.target_form)
    label_type = "VARCHAR" if settings.classifies else "DOUBLE"
    columns = {"label": f"CAST({label} AS {label_type})"}
    if settings.group_column is not None:
        columns["group"] = value(settings.group_column, "string", settings)
    for column in settings.columns:
        columns[column.name] = value(column.source, kind_of(column.kind), settings, form=column.form)
    return columns


def id_value(settings: Settings) -> str:
    """Return the SQL of a row's id: the id column (a whole number or a text), or the number of the row from 0."""
    if settings.id_column is None:
        return "row_number() OVER () - 1"
    found = value(settings.id_column, settings.id_type, settings)
    return found if settings.id_type == "integer" else f"CAST({found} AS VARCHAR)"


def extract(connection: duckdb.DuckDBPyConnection, settings: Settings, target: Path) -> tuple[int, int]:
    """Write the extracted table and return how many rows it has, and how many had no label.

    Raises `DataError` naming the column, the value and the row of the first value that does not fit.
    """
    open_raw(connection, settings)
    check_columns(connection, settings)
    columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in typed_columns(settings).items())
    query = f"SELECT * FROM (SELECT {id_value(settings)} AS id, {columns} FROM raw) WHERE label IS NOT NULL"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        ((rows,),) = connection.execute(f"COPY ({query}) TO {text(str(target))} (FORMAT parquet)").fetchall()
        ((rows_of_file,),) = connection.execute("SELECT count(*) FROM raw").fetchall()
    except duckdb.Error as error:
        raise unfit(connection, settings, error) from error
    return rows, rows_of_file - rows


def unfit(connection: duckdb.DuckDBPyConnection, settings: Settings, error: duckdb.Error) -> DataError:
    """Return the error that names the first value that does not fit its column."""
    kinds = {column.source: kind_of(column.kind) for column in settings.columns}
    forms = {
        **{column.source: column.form for column in settings.columns},
        settings.target: settings.target_form,
    }
    kinds[settings.target] = "number" if settings.target_form else settings.target_type
    if settings.id_column is not None:
        kinds[settings.id_column] = settings.id_type
    for name, kind in kinds.items():
        present = value(name, "string", settings)
        fits = value(name, kind, settings, cast="TRY_CAST", form=forms.get(name, ""))
        cells = f"SELECT row_number() OVER () AS number, {present} AS cell, {fits} AS fit FROM raw"
        try:
            found = connection.execute(
                f"SELECT number, cell FROM ({cells}) WHERE cell IS NOT NULL AND fit IS NULL LIMIT 1"
            ).fetchone()
        except duckdb.Error:
            continue
        if found:
            return DataError(
                f"{settings.raw}: column {name!r} has {found[1]!r} in row {found[0]:,}, which is no {kind}; "
                "run: mlgit data check"
            )
    return unreadable(settings, error)


def unreadable(settings: Settings, error: Exception) -> DataError:
    """Return the error for a file that is no table, with the first line of what its reader says."""
    said = (str(error) or type(error).__name__).splitlines()[0]
    return DataError(f"{settings.raw} cannot be read ({said}); run: mlgit data check")


def main(settings: Settings) -> None:
    """Extract, and say how many rows there are."""
    with duckdb.connect() as connection:
        rows, unlabelled = extract(connection, settings, EXTRACTED)
    if rows == 0:
        raise DataError(f"{settings.raw} has no row with a value of {settings.target!r}")
    print(f"{rows:,} rows, {len(settings.columns)} columns; left out without a label: {unlabelled:,}")


if __name__ == "__main__":
    run_stage(main)
