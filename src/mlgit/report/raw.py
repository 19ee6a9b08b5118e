"""The raw file of a table as arrays, each value cast to what its column holds. Nothing is cast on hope. Needs DuckDB."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlgit.report.columns import Columns

TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file and what is read of it: the columns, and the target and the id by name and type."""

    path: Path
    columns: Columns
    delimiter: str
    target: tuple[str, str]
    id: tuple[str, str] | None
    group: str | None
    numeric: bool

    @property
    def types(self) -> dict[str, str]:
        """The type that each column is cast to by its name; what is written in a form of its own stays text."""
        named = dict.fromkeys(self.columns.numbers, "float") | dict.fromkeys(self.columns.booleans, "boolean")
        named |= dict.fromkeys(self.columns.dates, "timestamp")
        named |= dict.fromkeys((*self.columns.categories, *self.columns.texts), "string")
        named |= dict.fromkeys(self.columns.forms, "string")
        pairs = [pair for pair in (self.target, self.id) if pair is not None]
        return named | dict(pairs) | ({self.group: "string"} if self.group is not None else {})


@dataclass(frozen=True, kw_only=True)
class Selected:
    """The rows of a file that have a label, sorted by id, as arrays of NumPy: `columns` by name."""

    ids: Any
    labels: Any
    groups: Any
    columns: dict[str, Any]


def selected(source: Source) -> Selected:
    """Return what a source names.

    Raises `ValueError` naming the column, the value and the row of the first value that does not fit.
    """
    import duckdb

    with duckdb.connect() as connection:
        try:
            connection.execute(f"CREATE VIEW raw AS FROM {reader(source)}")
        except (duckdb.Error, OSError, UnicodeDecodeError, csv.Error) as error:
            raise unreadable(source, error) from error
        check_columns(connection, source)
        named = list(source.columns.names)
        parts = [f"{id_value(source)} AS i", f"{label_value(source)} AS l"]
        parts += [f"{value(name, source)} AS c{place}" for place, name in enumerate(named)]
        if source.group is not None:
            parts.append(f"{value(source.group, source)} AS g")
        rows = f"SELECT {', '.join(parts)} FROM raw"  # noqa: S608 - names are quoted
        query = f"SELECT * FROM ({rows}) WHERE l IS NOT NULL ORDER BY i"  # noqa: S608
        try:
            found = connection.execute(query).fetchnumpy()
        except duckdb.Error as error:
            raise unfit(connection, source, error) from error
    return Selected(
        ids=plain(found["i"]),
        labels=label_array(found["l"], source),
        groups=plain(found["g"]) if source.group is not None else None,
        columns={name: plain(found[f"c{place}"]) for place, name in enumerate(named)},
    )


def label_array(values: Any, source: Source) -> Any:
    """Return the labels; raises `ValueError` for one that is not written in its form."""
    form = source.columns.forms.get(source.target[0])
    if form is None or not source.numeric:
        return plain(values)
    only = Columns(numbers=["label"], forms={"label": form})
    return np.array(only.features({"label": plain(values)})["label"])


def plain(values: Any) -> Any:
    """Return texts with None where there is no value, anything else as it is."""
    if values.dtype != object or not hasattr(values, "filled"):
        return values
    found = np.array(values.data, dtype=object)
    found[np.ma.getmaskarray(values)] = None
    return found


def reader(source: Source) -> str:
    """Return the SQL that reads the file; every value of a CSV is text at first."""
    path = text(str(source.path))
    if source.path.suffix.lower() == ".parquet":
        return f"read_parquet({path}, hive_partitioning=false)"
    with source.path.open(encoding="utf-8-sig", newline="") as stream:
        names = next(csv.reader(stream, delimiter=source.delimiter), [])
    columns = "{" + ", ".join(f"{text(name)}: 'VARCHAR'" for name in names) + "}"
    return (
        f"read_csv({path}, columns={columns}, delim={text(source.delimiter)}, header=true, "
        "auto_detect=false, quote='\"', escape='\"', hive_partitioning=false)"
    )


def check_columns(connection: Any, source: Source) -> None:
    """Raise `ValueError` when a column is not in the file."""
    present = {row[0] for row in connection.execute("DESCRIBE raw").fetchall()}
    absent = [name for name in source.types if name not in present]
    if absent:
        names = ", ".join(repr(name) for name in absent)
        raise ValueError(f"{source.path} has no column {names}; run: mlgit data check")


def value(name: str, source: Source, cast: str = "CAST") -> str:
    """Return the SQL of a column's value as its type; no value is NULL."""
    kind, column = TYPES[source.types[name]], quoted(name)
    words = ", ".join(text(word) for word in ("", *source.columns.missing))
    present = f"CASE WHEN trim(CAST({column} AS VARCHAR)) IN ({words}) THEN NULL ELSE {column} END"
    if kind == "VARCHAR":
        return f"CAST({present} AS VARCHAR)"
    is_csv = source.path.suffix.lower() != ".parquet"
    if kind == "TIMESTAMP" and not is_csv:
        return f"make_timestamp(epoch_us({column}))"  # UTC, where a cast would take this machine's time zone
    typed = f"{cast}({f'trim({present})' if is_csv else column} AS {kind})"
    return f"nullif({typed}, 'nan'::DOUBLE)" if kind == "DOUBLE" else typed


def label_value(source: Source) -> str:
    """Return the SQL of the label: a number, or a class as text."""
    found = value(source.target[0], source)
    number = source.numeric and source.target[0] not in source.columns.forms
    return f"CAST({found} AS {'DOUBLE' if number else 'VARCHAR'})"


def id_value(source: Source) -> str:
    """Return the SQL of a row's id: a whole number or a text, or the number of the row from 0."""
    if source.id is None:
        return "row_number() OVER () - 1"
    found = value(source.id[0], source)
    return found if source.id[1] == "integer" else f"CAST({found} AS VARCHAR)"


def unfit(connection: Any, source: Source, error: Exception) -> ValueError:
    """Return the error that names the first value that does not fit its column."""
    import duckdb

    words = ", ".join(text(word) for word in ("", *source.columns.missing))
    for name, kind in source.types.items():
        cell = f"CAST({quoted(name)} AS VARCHAR) AS cell"
        fit = f"{value(name, source, 'TRY_CAST')} AS fit"
        cells = f"SELECT row_number() OVER () AS number, {cell}, {fit} FROM raw"  # noqa: S608 - names are quoted
        wrong = f"fit IS NULL AND trim(cell) NOT IN ({words})"
        query = f"SELECT number, cell FROM ({cells}) WHERE {wrong} LIMIT 1"  # noqa: S608 - names are quoted
        try:
            found = connection.execute(query).fetchone()
        except duckdb.Error:
            continue
        if found:
            return ValueError(
                f"{source.path}: column {name!r} has {found[1]!r} in row {found[0]:,}, which is no {kind}; "
                "run: mlgit data check"
            )
    return unreadable(source, error)


def unreadable(source: Source, error: Exception) -> ValueError:
    """Return the error for a file that is no table, with the first line of what its reader says."""
    said = (str(error) or type(error).__name__).splitlines()[0]
    return ValueError(f"{source.path} cannot be read ({said}); run: mlgit data check")


def quoted(name: str) -> str:
    """Return the name of a column as SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL."""
    return "'" + value.replace("'", "''") + "'"
