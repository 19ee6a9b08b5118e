"""A file of predictions as columns: CSV by one pass over its bytes, Parquet through DuckDB."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.errors import UsageError
from mlgit.stats.arrays import Array
from mlgit.world.exhausted import exhausted
from mlgit.world.staging import scratch

if TYPE_CHECKING:
    import duckdb

LONGEST = 1_000
"""Characters of a value; more is no id and no class."""
MOST_ROWS = 5_000_000
MOST_COLUMNS = 2_000
MOST_CELLS = 40_000_000
"""Of a Parquet file, whose bytes say nothing of what they unfold to; 320 MB of numbers."""
MOST_TEXT = 75_000_000
"""Characters of a column at the width of its longest value (four bytes each), where that is not what it mostly holds."""
UNEVEN = 5
"""How many times longer than the mean the longest value of a column of `MOST_TEXT` may be."""
REQUIRED = ("id", "label")
NO_LABEL = "-"
"""The label of items of which none is told."""
PARQUET = (".parquet", ".pq")
FOREIGN = (
    *(".tsv", ".json", ".jsonl", ".ndjson", ".gz", ".zip", ".xlsx", ".arrow", ".feather", ".pkl"),
    *(".npy", ".npz", ".orc", ".avro"),
)
"""The endings of other tables, of which a reader of CSV says nothing that helps."""
WITHOUT_LABEL = "write what is true of each item as label; a model whose gates ask for scores of your own alone needs none, and no task: either"
HINT = "its columns are id, label, prediction, and score or score_<class>, one row an item: mlgit help gates"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of one length by their names: text, or numbers where the file is typed (Parquet)."""

    path: str
    columns: Mapping[str, Array]

    @property
    def rows(self) -> int:
        """The number of items."""
        return len(next(iter(self.columns.values())))


def read_table(content: bytes, path: str, *, only: tuple[str, ...] = (), labelled: bool = True) -> Table:
    """Return the columns of a file; raises `UsageError` (`predictions-...`) with the line of what is wrong.

    The ending of the path says what it is. `id` and `label` must be there, and no name may stand twice. `only` names
    the columns to keep, all when it is empty. With `labelled` False the label may be missing and is then the same of every item.
    """
    name = path.lower()
    if name.endswith(FOREIGN):
        raise refused(path, 0, "it is neither CSV nor Parquet by its ending", "write it as .csv or .parquet")
    read = parquet_columns if name.endswith(PARQUET) else csv_columns
    columns = read(content, path, only)
    if not labelled and "id" in columns and "label" not in columns:
        columns["label"] = np.full(len(columns["id"]), NO_LABEL)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        hint = WITHOUT_LABEL if missing[0] == "label" else HINT
        raise refused(path, 1, f"the column {missing[0]} is missing", hint)
    table = Table(path=path, columns=columns)
    if not table.rows:
        raise refused(path, 1, "it holds no rows")
    return table


def csv_columns(content: bytes, path: str, only: tuple[str, ...] = ()) -> dict[str, Array]:
    """Return the columns of a CSV as text: UTF-8, commas, a header, `"` around what needs it."""
    text = decoded(content, path)
    if not text.endswith("\n"):
        text += "\n"
    if '"' in text:
        return quoted_columns(text, path, only)
    header = text[: text.index("\n")].split(",")
    refuse_header(header, path)
    width = len(header)
    cells = plain_cells(text, width, path)
    return {
        name: column(cells[place + width :: width], path)
        for place, name in enumerate(header)
        if not only or name in only
    }


def plain_cells(text: str, width: int, path: str) -> list[str]:
    """Return all cells, header included, of a CSV without quotes in which every line has `width` of them."""
    raw = np.frombuffer(text.encode(), dtype=np.uint8)
    separators = np.flatnonzero((raw == ord(",")) | (raw == ord("\n")))
    ends = np.flatnonzero(raw[separators] == ord("\n"))
    widths = np.diff(ends, prepend=-1)
    if (widths != width).any():
        line = int(np.argmax(widths != width))
        raise refused(path, line + 1, f"the line has {int(widths[line])} value(s), the header {width}")
    cells = text[:-1].replace("\n", ",").split(",")
    if int(np.diff(separators, prepend=-1).max()) > LONGEST:
        refuse_long(cells, width, path)
    return cells


def refuse_long(cells: list[str], width: int, path: str) -> None:
    """Refuse a value of more characters than any id or class has."""
    for place, value in enumerate(cells):
        if len(value) > LONGEST:
            raise refused(path, place // width + 1, f"a value is longer than {LONGEST:,} characters")


def quoted_columns(text: str, path: str, only: tuple[str, ...] = ()) -> dict[str, Array]:
    """Return the columns of a CSV in which some values are quoted."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(row) != len(rows[0]):
                raise refused(
                    path, reader.line_num, f"the line has {len(row)} value(s), the header {len(rows[0])}"
                )
    except csv.Error as error:
        raise refused(path, reader.line_num, str(error)) from error
    refuse_header(rows[0], path)
    refuse_long([value for row in rows for value in row], len(rows[0]), path)
    return {
        name: column([row[place] for row in rows[1:]], path)
        for place, name in enumerate(rows[0])
        if not only or name in only
    }


def decoded(content: bytes, path: str) -> str:
    """Return the text of a CSV; what would be read differently by different programs is refused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(path, content.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from error
    text = text.replace("\r\n", "\n")
    for letter, name in (
        ("\0", "a zero byte"),
        ("\r", "a carriage return inside a line"),
        ("\ufeff", "a byte-order mark inside"),
    ):
        if letter in text:
            raise refused(path, text.count("\n", 0, text.index(letter)) + 1, f"it holds {name}")
    if not text:
        raise refused(path, 1, "it is empty")
    return text


def refuse_header(header: list[str], path: str) -> None:
    """Refuse names that stand twice or are hidden by blanks."""
    if len(header) > MOST_COLUMNS:
        raise refused(path, 1, f"it has more than {MOST_COLUMNS:,} columns")
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise refused(path, 1, f"the column {name} stands twice")
        if name != name.strip() or not name:
            raise refused(path, 1, f"the column name {name!r} is empty or has blanks around it")
        seen.add(name)


def column(values: list[str], path: str) -> Array:
    """Return the values of one column as an array of text."""
    if len(values) > MOST_ROWS:
        raise refused(path, MOST_ROWS + 1, f"it has more than {MOST_ROWS:,} rows")
    refuse_uneven(len(values), max(map(len, values), default=0), sum(map(len, values)), path)
    return np.array(values, dtype=np.str_) if values else np.empty(0, dtype=np.str_)


def refuse_uneven(rows: int, longest: int, total: int, path: str) -> None:
    """Refuse a column whose few long values would take memory in every row: an array is as wide as its longest value."""
    if rows * longest > MOST_TEXT and longest * rows > UNEVEN * total:
        said = (
            f"one value has {longest:,} characters, the others {total // rows:,} on average, in {rows:,} rows"
        )
        raise refused(path, 0, said)


def parquet_columns(content: bytes, path: str, only: tuple[str, ...] = ()) -> dict[str, Array]:
    """Return the columns of a Parquet file: numbers with fractions as numbers, all else as text."""
    try:
        import duckdb
    except ImportError as error:
        raise UsageError(
            "duckdb-missing",
            f"{path} is Parquet, which needs DuckDB",
            hint='pip install "mlgit[data]"',
            where=path,
        ) from error
    with scratch() as folder:
        place = folder / "predictions.parquet"
        place.write_bytes(content)
        try:
            with duckdb.connect() as connection:
                relation = connection.read_parquet(str(place))
                names, kinds = relation.columns, [str(kind) for kind in relation.types]
                refuse_header(parquet_header(connection, str(place)), path)
                kept = [
                    projected(*pair) for pair in zip(names, kinds, strict=True) if not only or pair[0] in only
                ]
                if not kept:
                    return {}
                chosen = relation.project(", ".join(kept))
                refuse_bomb(chosen, path)
                found = chosen.fetchnumpy()
        except duckdb.Error as error:
            words = str(error).splitlines()[0].replace(str(place), path)
            told = refused(path, 0, f"it cannot be read: {words}")
            raise exhausted(error) or told from error
    return {name: parquet_column(values, path) for name, values in found.items()}


def refuse_bomb(chosen: duckdb.DuckDBPyRelation, path: str) -> None:
    """Refuse columns that would unfold to more than a file of predictions holds, before any of them is fetched."""
    rows = int(chosen.aggregate("count(*)").fetchall()[0][0])
    if rows > MOST_ROWS or rows * len(chosen.columns) > MOST_CELLS:
        said = f"it has {rows:,} rows of {len(chosen.columns):,} columns, more than {MOST_ROWS:,} or {MOST_CELLS:,} values"
        raise refused(path, 0, said)
    texts = [
        '"' + name.replace('"', '""') + '"'
        for name, kind in zip(chosen.columns, chosen.types, strict=True)
        if str(kind) == "VARCHAR"
    ]
    for name in texts:
        longest, total = chosen.aggregate(f"max(length({name})), sum(length({name}))").fetchall()[0]
        if (longest or 0) > LONGEST:
            raise refused(path, 0, f"a value is longer than {LONGEST:,} characters")
        refuse_uneven(rows, int(longest or 0), int(total or 0), path)
        if int(total or 0) > MOST_TEXT:
            raise refused(path, 0, f"a column holds more than {MOST_TEXT:,} characters")


def parquet_header(connection: duckdb.DuckDBPyConnection, place: str) -> list[str]:
    """Return the names of the columns as the file has them: DuckDB gives one that stands twice another name."""
    query = "SELECT name, num_children FROM parquet_schema(?)"
    left, names = [1], []
    for name, children in connection.execute(query, [place]).fetchall():
        left[-1] -= 1
        names += [name] if len(left) == 2 else []
        left += [children] if children else []
        while left and not left[-1]:
            left.pop()
    return names


def projected(name: str, kind: str) -> str:
    """Return the SQL of one column: no nulls, fractions as doubles, the rest as text."""
    shown = '"' + name.replace('"', '""') + '"'
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        return f"coalesce(CAST({shown} AS DOUBLE), 'NaN'::DOUBLE) AS {shown}"
    return f"coalesce(CAST({shown} AS VARCHAR), '') AS {shown}"


def parquet_column(values: Array, path: str) -> Array:
    """Return a column as DuckDB gave it, text with the limits of a CSV."""
    if values.dtype.kind == "f":
        return np.asarray(values, dtype=np.float64)
    texts = [str(value) for value in values.tolist()]
    if any("\0" in text for text in texts):
        raise refused(path, 0, "a value holds a zero byte")
    refuse_long(texts, 1, path)
    return column(texts, path)


def refused(path: str, line: int, what: str, hint: str = HINT) -> UsageError:
    """Return the error for a file of predictions that cannot be used."""
    place = f"{path}:{line}" if line else path
    return UsageError(
        "predictions-invalid", f"{path} is no file of predictions: {what}", hint=hint, where=place
    )
