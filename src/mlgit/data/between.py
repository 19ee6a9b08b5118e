"""Rules between two tables: keys that have to stand in the other, rows that may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgit.data.envelope import ANY_BYTES
from mlgit.data.failing_rows import examples_of
from mlgit.data.opening import open_source, refused
from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from mlgit.data.source import Source, read_from
from mlgit.data.sql import connected, numbered, quoted_list, select
from mlgit.stats.two_samples import count_chance

EXAMPLES = 5
TIMES = 3
"""Up to so many times the share of training rows that are equal to another, equal rows are none to speak of."""
FEWEST_COLUMNS = 3
OVERLAP, CHANCE = 0.01, 0.001
"""More equal rows than this share are named, and fewer where so many come so seldom by chance."""


def attached(connection: Any, path: Path, shown: str, name: str) -> Source:
    """Make a file readable as the view `name`: columns `c0`... as text, and `row_at`."""
    source = open_source(path, shown, largest=ANY_BYTES, several=True)
    place = read_from(source)
    connection.execute(f"CREATE TEMP VIEW {name} AS {numbered(place)}")
    return source


def dangling(
    here: tuple[Path, str], schema: Schema, column: str, there: tuple[Path, str], other: str
) -> RuleResult:
    """Return whether every key of a column stands in the column `other` of the table `there` (path, as shown).

    Raises `UsageError` for a file that is no whole table.
    """
    with connected(0) as connection:
        source = attached(connection, *here, "here")
        target = attached(connection, *there, "there")
        if column not in source.names or other not in target.names:
            return no_column(column, there[1], other)
        key, held = f"trim(c{source.names.index(column)})", f"trim(c{target.names.index(other)})"
        if source.file_format == "parquet" or target.file_format == "parquet":
            key, held = (
                f"CAST(c{source.names.index(column)} AS VARCHAR)",
                f"CAST(c{target.names.index(other)} AS VARCHAR)",
            )
        filled = f"coalesce({key} NOT IN {quoted_list(('', *schema.missing))}, false)"
        lost = f"{filled} AND {key} NOT IN ({select([held], 'there', f'WHERE {held} IS NOT NULL')})"
        try:
            checked, failed = connection.execute(
                select([f"count(*) FILTER (WHERE {filled})", f"count(*) FILTER (WHERE {lost})"], "here")
            ).fetchone()
            rows = (
                connection.execute(
                    select(["row_at", key], "here", f"WHERE {lost} ORDER BY row_at LIMIT {EXAMPLES}")
                ).fetchall()
                if failed
                else []
            )
        except Exception as error:
            raise refused(source, error) from error
        examples = examples_of(source, [(int(row), value) for row, value in rows])
    message = (
        f"{column!r} has {failed:,} keys that {there[1]} does not hold in {other!r}, as {rows[0][1]!r}"
        if rows
        else ""
    )
    return RuleResult(
        rule="key",
        passed=not failed,
        column=column,
        failed=int(failed),
        checked=int(checked),
        message=message,
        hint="fetch both tables at the same time, or take these rows out" if failed else "",
        setting=f"columns.{column}.references",
        examples=examples,
    )


def no_column(column: str, there: str, other: str) -> RuleResult:
    """Return the finding for a key or its counterpart that is not there."""
    return RuleResult(
        rule="key",
        passed=False,
        column=column,
        message=f"{column!r} cannot be held against {other!r} of {there}: one of them is not there",
        hint="bring the column back, or mend references in the schema",
        setting=f"columns.{column}.references",
    )


def compared(text: str, schema: Schema, name: str) -> str:
    """Return the SQL of a value in which `5` and `5.0` are the same, and so are two ways to write a time."""
    text = f"nullif(trim(CAST({text} AS VARCHAR)), '')"
    kind = schema.columns[name].type if name in schema.columns else "string"
    if kind in ("integer", "float"):
        return f"coalesce(CAST(TRY_CAST({text} AS DOUBLE) AS VARCHAR), {text})"
    if kind in ("date", "timestamp"):
        return f"coalesce(CAST(TRY_CAST({text} AS TIMESTAMP) AS VARCHAR), {text})"
    return f"lower({text})" if kind == "boolean" else text


def overlap(
    train: tuple[Path, str], test: tuple[Path, str], schema: Schema, *, ids: tuple[str, ...]
) -> RuleResult | None:
    """Return whether rows of the test table stand in the training table too, but for ids.

    None when the tables share too few columns to tell.
    """
    with connected(0) as connection:
        source = attached(connection, *test, "here")
        other = attached(connection, *train, "there")
        shared = [name for name in source.names if name in other.names and name not in ids]
        if len(shared) < FEWEST_COLUMNS:
            return None
        mine, theirs = (
            f"hash({', '.join(compared(f'c{one.names.index(name)}', schema, name) for name in shared)})"
            for one in (source, other)
        )
        known = f"{mine} IN ({select([theirs], 'there')})"
        try:
            checked, failed = connection.execute(
                select(["count(*)", f"count(*) FILTER (WHERE {known})"], "here")
            ).fetchone()
            alike, trained = connection.execute(
                select(
                    ["coalesce(sum(n) FILTER (WHERE n > 1), 0)", "coalesce(sum(n), 0)"],
                    f"({select(['count(*) AS n'], 'there', f'GROUP BY {theirs}')})",
                )
            ).fetchone()
            rows = (
                connection.execute(
                    select(["row_at"], "here", f"WHERE {known} ORDER BY row_at LIMIT {EXAMPLES}")
                ).fetchall()
                if failed
                else []
            )
        except Exception as error:
            raise refused(source, error) from error
        examples = examples_of(source, [(int(row), "in both tables") for (row,) in rows])
    by_chance = failed * trained <= TIMES * alike * checked
    few = failed <= OVERLAP * checked
    passed = by_chance or (few and count_chance(failed, checked, int(alike), int(trained)) >= CHANCE)
    return RuleResult(
        rule="overlap",
        passed=passed,
        failed=int(failed),
        checked=int(checked),
        message=""
        if passed
        else f"{failed:,} of {checked:,} rows stand in {train[1]} too, whatever their ids: a score on them says nothing",
        hint="" if passed else "take them out of one of the two tables",
        setting="",
        examples=() if passed else examples,
    )
