"""Hold a table against its schema: one aggregate query over the file, and a second only for rows that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgit.data.columns import column_results, places_of
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.findings import finding
from mlgit.data.report import CheckReport, Example, RuleResult
from mlgit.data.rules import Broken, Place, Rule, prepared, rules_of
from mlgit.data.schema import Schema
from mlgit.data.source import Source, lines_of, open_source, refuse_lost_rows, refused
from mlgit.data.sql import COLUMNS_A_QUERY, connected, numbered, reading, select
from mlgit.errors import UsageError

HELD_BYTES = 250_000_000
EXAMPLES = 5
NEW_VALUES = 20
LONGEST_SHOWN = 80
NOT_ABOUT_DATA = ("data-missing", "data-folder", "data-special", "data-too-large")


def check_table(path: Path, schema: Schema, *, table: str, shown: str, schema_shown: str) -> CheckReport:
    """Return the report of a CSV or Parquet file; `shown` and `schema_shown` are the paths as the user knows them.

    A file that is no whole table is check failed about the data, so it is a finding; a file that is not there raises
    `UsageError`, one that the file system refuses `ExternalError`.
    """
    try:
        source = open_source(path, shown, largest=ANY_BYTES)
    except UsageError as error:
        if error.code in NOT_ABOUT_DATA:
            raise
        return report(table, shown, schema_shown, None, [unusable(error)], ())
    with connected(source.bytes) as connection:
        try:
            return checked(connection, source, schema, table, schema_shown)
        except UsageError as error:
            return report(table, shown, schema_shown, None, [unusable(error)], ())


def checked(connection: Any, source: Source, schema: Schema, table: str, schema_shown: str) -> CheckReport:
    """Return the report of a file that is a whole table."""
    try:
        prepare(connection, source)
        places = places_of(source, schema, stored_types(connection, source))
        step = COLUMNS_A_QUERY if held(source) or source.file_format == "parquet" else len(source.names)
        rows, broken = 0, []
        for start in range(0, max(len(places), 1), step):
            rows, found = measure(connection, source, schema, places[start : start + step])
            broken.extend(found)
        refuse_lost_rows(source, rows)
    except UsageError:
        raise
    except Exception as error:
        raise refused(source, error) from error
    structure, notes = column_results(source, schema, schema_shown)
    results = [*structure, rows_result(rows, schema, schema_shown)]
    results.extend(finding(entry, schema, schema_shown, rows) for entry in broken)
    return report(table, source.shown, schema_shown, rows, results, notes)


def report(
    table: str, path: str, schema: str, rows: int | None, results: list[RuleResult], notes: tuple[str, ...]
) -> CheckReport:
    """Return the report of these results."""
    return CheckReport(
        table=table,
        path=path,
        schema=schema,
        passed=all(result.passed for result in results),
        rows=rows,
        results=tuple(results),
        notes=notes,
    )


def unusable(error: UsageError) -> RuleResult:
    """Return the finding for a file that is no whole table."""
    place, _, line = error.where.rpartition(":")
    return RuleResult(
        rule="file",
        passed=False,
        message=error.message,
        hint=error.hint,
        line=int(line) if place and line.isdigit() else None,
    )


def rows_result(rows: int, schema: Schema, schema_shown: str) -> RuleResult:
    """Return the result of the rule on the number of rows."""
    low, high = schema.rows.min, schema.rows.max
    if rows < low:
        key, message = "rows.min", f"{rows:,} rows, at least {low:,} expected"
    elif high is not None and rows > high:
        key, message = "rows.max", f"{rows:,} rows, at most {high:,} expected"
    else:
        return RuleResult(rule="rows", passed=True, checked=rows, setting="rows")
    hint = f"fetch the whole table; if it is right, change {key} in {schema_shown}"
    return RuleResult(rule="rows", passed=False, checked=rows, message=message, hint=hint, setting=key)


def prepare(connection: Any, source: Source) -> None:
    """Make the file readable as `source`: columns `c0`... and `row_at`, the number of the row from 0.

    A file is read where it stands, in one query; only a CSV of many columns is held in memory while it fits.
    """
    place = reading(
        source.path, len(source.names), delimiter=source.delimiter, skipped_lines=source.skipped_lines
    )
    connection.execute(f"CREATE TEMP {'TABLE' if held(source) else 'VIEW'} source AS {numbered(place)}")


def held(source: Source) -> bool:
    """Tell whether to parse a CSV once into memory: DuckDB plans one query on 200 columns longer than it runs."""
    many = len(source.names) > COLUMNS_A_QUERY
    return source.file_format == "csv" and many and source.bytes <= HELD_BYTES


def stored_types(connection: Any, source: Source) -> list[str] | None:
    """Return DuckDB's names of the types of a Parquet file's columns, None for a CSV."""
    if source.file_format == "csv":
        return None
    return [str(row[1]) for row in connection.execute("DESCRIBE source").fetchall()[1:]]


def measure(connection: Any, source: Source, schema: Schema, places: list[Place]) -> tuple[int, list[Broken]]:
    """Return the rows of the table and, for every rule on these columns, what breaks it."""
    rules = rules_of(schema, places)
    parts = ["count(*)"]
    for rule in rules:
        value = f"v{rule.index}"
        counted = (
            f"count(*) FILTER (WHERE {rule.broken})"
            if rule.broken
            else f"count({value}) - count(DISTINCT {value})"
        )
        parts.extend((counted, f"count(*) FILTER (WHERE {rule.checked})"))
    rows, *counts = connection.execute(select(parts, prepared(schema, places))).fetchone()
    by_index = {place.index: place for place in places}
    broken = [
        with_rows(connection, source, prepared(schema, [by_index[rule.index]]), rule, int(failed), int(held))
        for rule, failed, held in zip(rules, counts[::2], counts[1::2], strict=True)
    ]
    return int(rows), broken


def with_rows(connection: Any, source: Source, table: str, rule: Rule, failed: int, held: int) -> Broken:
    """Return what is known of a rule, with rows that break it when there are any."""
    if not failed:
        return Broken(rule=rule, failed=0, checked=held)
    found = (
        repeated(connection, table, rule) if rule.name == "unique" else first_rows(connection, table, rule)
    )
    lines = lines_of(source, [row for row, _ in found])
    examples = tuple(
        Example(row=row, line=lines.get(row), value=None if value is None else value[:LONGEST_SHOWN])
        for row, value in found
    )
    values = new_values(connection, table, rule) if rule.name == "categories" else ()
    return Broken(rule=rule, failed=failed, checked=held, examples=examples, values=values)


def first_rows(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return the first rows that break a rule, with the value that stands there."""
    found = connection.execute(
        select(["row_at", f"s{rule.index}"], table, f"WHERE {rule.broken} ORDER BY row_at LIMIT {EXAMPLES}")
    ).fetchall()
    return [(int(row), value) for row, value in found]


def repeated(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return rows that hold a value that another row holds too, the rows of one value together."""
    value = f"v{rule.index}"
    groups = connection.execute(
        select(
            [f"CAST({value} AS VARCHAR)", f"min(row_at, {EXAMPLES})"],
            table,
            f"WHERE {value} IS NOT NULL GROUP BY {value} HAVING count(*) > 1 ORDER BY min(row_at) LIMIT {EXAMPLES}",
        )
    ).fetchall()
    return [(int(row), text) for text, rows in groups for row in rows][:EXAMPLES]


def new_values(connection: Any, table: str, rule: Rule) -> tuple[tuple[str, int], ...]:
    """Return the values that are no category of the schema, the most frequent first, with their rows."""
    text = f"s{rule.index}"
    found = connection.execute(
        select(
            [text, "count(*)"],
            table,
            f"WHERE {rule.broken} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {NEW_VALUES}",
        )
    ).fetchall()
    return tuple((str(value), int(count)) for value, count in found)
