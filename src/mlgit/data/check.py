"""Hold a table against its schema: one aggregate query over the file, and a second only for rows that fail."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mlgit.data.columns import column_results, ends_results, places_of
from mlgit.data.contradictions import dated
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.findings import finding, without_echoes
from mlgit.data.judged_rules import rules_of, table_rules
from mlgit.data.judging import alpha_of, judged
from mlgit.data.leakage import SAMPLE as LEAK_SAMPLE
from mlgit.data.leaks import leak_result, leaks_of, told_columns
from mlgit.data.observing import drawn
from mlgit.data.report import CheckReport, Example, RuleResult
from mlgit.data.rules import Broken, Place, Rule, prepared
from mlgit.data.schema import Schema
from mlgit.data.source import Source, lines_of, open_source, refuse_lost_rows, refused
from mlgit.data.sql import COLUMNS_A_QUERY, connected, numbered, reading, select
from mlgit.errors import UsageError

HELD_BYTES = 250_000_000
EXAMPLES = 5
NEW_VALUES = 20
LONGEST_SHOWN = 80
NOT_ABOUT_DATA = ("data-missing", "data-folder", "data-special", "data-too-large")


def check_table(
    path: Path, schema: Schema, *, table: str, shown: str, schema_shown: str, today: date | None = None
) -> CheckReport:
    """Return the report of a CSV or Parquet file; `shown` and `schema_shown` are the paths as the user knows them.

    No day may lie after `today` where the schema says so; without it, that is not looked at.

    A file that is no whole table is check failed about the data, so it is a finding; a file that is not there raises
    `UsageError`, one that the file system refuses `ExternalError`.
    """
    try:
        source = open_source(path, shown, largest=ANY_BYTES)
    except UsageError as error:
        if error.code in NOT_ABOUT_DATA:
            raise
        return report(table, shown, schema_shown, None, [unusable(error)], ())
    schema = dated(schema, today)
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
        wide = not (held(source) or source.file_format == "parquet")
        rows, broken, leaks = measured(
            connection, source, schema, places, len(source.names) if wide else COLUMNS_A_QUERY
        )
        refuse_lost_rows(source, rows)
    except UsageError:
        raise
    except Exception as error:
        raise refused(source, error) from error
    structure, notes = column_results(source, schema, schema_shown)
    results = [*ends_results(source, schema), *structure, rows_result(rows, schema, schema_shown)]
    results.extend(finding(entry, schema, schema_shown, rows) for entry in without_echoes(broken))
    results.extend(leak_result(column, share, schema, schema_shown) for column, share in leaks)
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


def measured(
    connection: Any, source: Source, schema: Schema, places: list[Place], step: int
) -> tuple[int, list[Broken], list[tuple[str, float]]]:
    """Return the rows of the table, for every rule what breaks it, and how much the columns tell of the target.

    All is asked in one query, as long as the columns fit into one.
    """
    together = table_rules(schema, places)
    alpha = alpha_of([*rules_of(schema, places), *together])
    rows = 0
    broken: list[Broken] = []
    leaks: list[tuple[str, float]] = []
    whole = len(places) <= step
    for start in range(0, max(len(places), 1), step):
        chunk = places[start : start + step]
        rules = [*rules_of(schema, chunk), *(together if whole else [])]
        rows, found, leaks = measure(connection, source, schema, chunk, rules, alpha, leaking=whole)
        broken.extend(found)
    if not whole and (together or schema.target):
        rows, found, leaks = measure(connection, source, schema, places, together, alpha, leaking=True)
        broken.extend(found)
    return rows, broken, leaks


def measure(
    connection: Any,
    source: Source,
    schema: Schema,
    places: list[Place],
    rules: list[Rule],
    alpha: float,
    *,
    leaking: bool,
) -> tuple[int, list[Broken], list[tuple[str, float]]]:
    """Return the rows of the table and what breaks these rules, in one query and one more for each broken one."""
    columns = told_columns(schema, places) if leaking else []
    parts = [part for rule in rules for part in rule.counted]
    if columns:
        drawn_rows = drawn(source.rows, LEAK_SAMPLE)
        parts.append(
            f"list(row({', '.join(f'v{place.index}' for place in columns)})) FILTER (WHERE {drawn_rows})"
        )
    found = connection.execute(select(["count(*)", *parts], prepared(schema, places))).fetchone()
    counts = iter(found[1:])
    broken = []
    for rule in rules:
        failed, held, *cells = (int(next(counts)) for _ in rule.counted)
        broken.append(judged(rule, failed, held, tuple(cells), alpha))
    leaks = leaks_of(schema, columns, found[-1] or []) if columns else []
    by_index = {place.index: place for place in places}
    return (
        int(found[0]),
        [with_rows(connection, source, from_part(schema, by_index, places, one.rule), one) for one in broken],
        leaks,
    )


def from_part(schema: Schema, by_index: dict[int, Place], places: list[Place], rule: Rule) -> str:
    """Return the FROM part with the columns that a rule is about."""
    if rule.name == "repeated":
        return prepared(schema, places)
    needed = [place for place in places if place.name == rule.other]
    return prepared(schema, [by_index[rule.index], *needed])


def with_rows(connection: Any, source: Source, table: str, broken: Broken) -> Broken:
    """Return what is known of a rule, with rows that break it where it is not kept."""
    rule = broken.rule
    values = new_values(connection, table, rule) if rule.name == "categories" and broken.failed else ()
    if broken.verdict == "kept" and not values:
        return broken
    if rule.cells is not None or not broken.failed:
        return with_range(connection, table, broken) if broken.reason == "spread" else broken
    if rule.name == "unique":
        found = repeated(connection, table, rule)
    elif rule.name == "repeated":
        found = equal_rows(connection, table, rule)
    else:
        found = first_rows(connection, table, rule)
    lines = lines_of(source, [row for row, _ in found])
    examples = tuple(
        Example(row=row, line=lines.get(row), value=None if value is None else value[:LONGEST_SHOWN])
        for row, value in found
    )
    return replace(broken, examples=examples, values=values)


def with_range(connection: Any, table: str, broken: Broken) -> Broken:
    """Return a spread whose values all lie in one place as constant, when they are one value."""
    if len([count for count in broken.cells if 0 < count < broken.checked]) > 0:
        return broken
    value = f"v{broken.rule.index}"
    low, high = connection.execute(select([f"min({value})", f"max({value})"], table)).fetchone()
    return replace(broken, reason="constant", values=((str(low), broken.checked),)) if low == high else broken


def first_rows(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return the first rows that break a rule, with the value that stands there."""
    found = connection.execute(
        select(
            ["row_at", rule.shown or f"s{rule.index}"],
            table,
            f"WHERE {rule.broken} ORDER BY row_at LIMIT {EXAMPLES}",
        )
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


def equal_rows(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return rows that are equal to an earlier one but for ids, with the number of the first like them."""
    groups = connection.execute(
        select(
            [f"min(row_at, {EXAMPLES})"],
            table,
            f"GROUP BY {rule.shown} HAVING count(*) > 1 ORDER BY min(row_at) LIMIT {EXAMPLES}",
        )
    ).fetchall()
    found: list[tuple[int, str | None]] = [
        (int(row), f"equal to row {rows[0]}") for (rows,) in groups for row in rows[1:]
    ]
    return found[:EXAMPLES]


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
