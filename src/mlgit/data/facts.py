"""Count: what the aggregate queries say of every column."""

from __future__ import annotations

from typing import Any

from mlgit.data.kinds import Facts
from mlgit.data.limits import OUTERMOST
from mlgit.data.sql import COLUMNS_A_QUERY, select
from mlgit.data.storage import Storing, typed


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
