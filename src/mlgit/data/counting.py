"""What is counted of the columns of a file in DuckDB: how each is stored, and the facts that its description is made of."""

from __future__ import annotations

from typing import Any

from mlgit.data.kinds import Facts
from mlgit.data.limits import OUTERMOST
from mlgit.data.profile import Column
from mlgit.data.source import Source, read_from
from mlgit.data.sql import COLUMNS_A_QUERY, numbered, select
from mlgit.data.storage import Storing, parquet_storings, storings, typed
from mlgit.data.target import MOST_NUMBER_CLASSES


def typed_columns(connection: Any, source: Source) -> list[Storing]:
    """Make `typed`: columns `t0`... in their own types, and `row_at`, the number of the row from 0.

    A CSV is parsed and cast once, into a table; a Parquet file, which may unpack to many times its size, is a view.
    """
    stored = load(connection, source)
    text = source.text
    parts = [f"{typed(f'c{index}', storing, text=text)} AS t{index}" for index, storing in enumerate(stored)]
    connection.execute(
        f"CREATE TEMP {'TABLE' if text else 'VIEW'} typed AS {select(['row_at', *parts], 'source')}"
    )
    if text:
        connection.execute("DROP TABLE source")
    return stored


def load(connection: Any, source: Source) -> list[Storing]:
    """Make the table (of a CSV) or view `source` with `row_at` and `c0`... and return how the columns are stored."""
    width = len(source.names)
    place = read_from(source)
    if source.text:
        connection.execute(f"CREATE TEMP TABLE source AS {numbered(place)}")
        return storings(connection, source.first_rows, width)
    connection.execute(f"CREATE TEMP VIEW source AS {numbered(place)}")
    described = connection.execute("DESCRIBE source").fetchall()
    return parquet_storings([str(row[1]) for row in described[1:]])


def column_facts(connection: Any, stored: list[Storing], *, text: bool) -> tuple[int, list[Facts]]:
    """Return the number of rows and the facts of every column.

    One query looks at 25 columns, and one counts the distinct values of each: DuckDB plans a query on 200 columns
    ten times longer than it runs.
    """
    rows = int(connection.execute(select(["count(*)"], "typed")).fetchone()[0])
    values: list[Any] = []
    for start in range(0, len(stored), COLUMNS_A_QUERY):
        parts = []
        for index, storing in enumerate(stored[start : start + COLUMNS_A_QUERY], start):
            parts.extend(fact_expressions(f"t{index}", storing))
        values.extend(connection.execute(select(parts, "typed")).fetchone())
    facts = []
    for index, storing in enumerate(stored):
        count, low, high, length, spaced, infinite, lowest, highest = values[8 * index : 8 * index + 8]
        distinct = 0 if storing.foreign else distinct_values(connection, index, storing, text=text)
        facts.append(
            Facts(
                nulls=rows - count,
                distinct=distinct,
                minimum=low,
                maximum=high,
                length=length or 0.0,
                spaced=spaced or 0.0,
                infinite=infinite,
                lowest=tuple(lowest or ()),
                highest=tuple(highest or ()),
            )
        )
    return rows, facts


def distinct_values(connection: Any, index: int, storing: Storing, *, text: bool) -> int:
    """Return how many different values a column has.

    The view on a Parquet file is gone around: planning all its columns for each of them takes longer than reading.
    """
    value = f"t{index}" if text else typed(f"c{index}", storing, text=False)
    distinct = select([f"DISTINCT {value} AS value"], "typed" if text else "source")
    row = connection.execute(select(["count(value)"], f"({distinct})")).fetchone()
    return int(row[0])


def fact_expressions(name: str, storing: Storing) -> list[str]:
    """Return the eight expressions that make the `Facts` of a column."""
    if storing.foreign:
        return [f"count({name})", "NULL", "NULL", "NULL", "NULL", "0", "NULL", "NULL"]
    text = storing.storage == "string"
    number = storing.storage in ("integer", "float")
    bounded = storing.storage not in ("string", "boolean")
    return [
        f"count({name})",
        f"min({name})" if bounded else "NULL",
        f"max({name})" if bounded else "NULL",
        f"avg(length({name}))" if text else "NULL",
        f"avg(CAST(contains(trim({name}), ' ') AS INTEGER))" if text else "NULL",
        f"count(*) FILTER (WHERE isinf({name}))" if storing.storage == "float" else "0",
        f"min({name}, {OUTERMOST})" if number else "NULL",
        f"max({name}, {OUTERMOST})" if number else "NULL",
    ]


def whole_numbers(connection: Any, column: Column, position: int) -> tuple[tuple[int, int], ...]:
    """Return the values of a number column with their rows when all are whole and few; nothing otherwise."""
    if column.storage not in ("integer", "float") or column.distinct > MOST_NUMBER_CLASSES:
        return ()
    present = f"WHERE t{position} IS NOT NULL GROUP BY 1"
    rows = connection.execute(select([f"t{position}", "count(*)"], "typed", present)).fetchall()
    if any(value != int(value) for value, _ in rows):
        return ()
    return tuple((int(value), int(count)) for value, count in rows)


def class_counts(connection: Any, position: int) -> tuple[tuple[str, int], ...]:
    """Return the classes as text with their rows, sorted by text."""
    rows = connection.execute(
        select(
            [f"CAST(t{position} AS VARCHAR)", "count(*)"],
            "typed",
            f"WHERE t{position} IS NOT NULL GROUP BY 1",
        )
    ).fetchall()
    return tuple(sorted((str(text), int(count)) for text, count in rows))
