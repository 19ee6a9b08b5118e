"""Hold a table against its schema: one aggregate query over the file, and a second only for rows that fail."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from mlgit.data.columns import column_results, delimiter_results, ends_results, places_of
from mlgit.data.contradictions import dated
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.findings import finding, without_echoes
from mlgit.data.gaps import gap_result
from mlgit.data.json_ways import writing_results
from mlgit.data.leaks import leak_result, without_second_order
from mlgit.data.measuring import measured
from mlgit.data.opened import held, prepare, stored_types, with_numbers, with_spans
from mlgit.data.opening import open_source, refuse_lost_rows, refused
from mlgit.data.question import Answer
from mlgit.data.repeated_values import repeated_value_result
from mlgit.data.report import CheckReport, RuleResult
from mlgit.data.roundings import rounding_result
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.sql import COLUMNS_A_QUERY, connected
from mlgit.errors import UsageError

NOT_ABOUT_DATA = ("data-missing", "data-folder", "data-special", "data-too-large")


def check_table(
    path: Path,
    schema: Schema,
    *,
    table: str,
    shown: str,
    schema_shown: str,
    today: date | None = None,
    memory: str = "",
) -> CheckReport:
    """Return the report of a file of a table, or a folder of such; `shown` and `schema_shown` are the paths as the user knows them.

    No day may lie after `today` where the schema says so; without it, that is not looked at.

    A file that is no whole table is check failed about the data, so it is a finding; a file that is not there raises
    `UsageError`, one that the file system refuses `ExternalError`.
    """
    try:
        source = open_source(path, shown, largest=ANY_BYTES, several=True)
    except UsageError as error:
        if error.code in NOT_ABOUT_DATA:
            raise
        return report(table, shown, schema_shown, None, [unusable(error, shown)], ())
    schema = dated(schema, today)
    with connected(source.bytes, memory) as connection:
        try:
            return checked(connection, source, schema, table, schema_shown)
        except UsageError as error:
            return report(table, shown, schema_shown, None, [unusable(error, source.shown)], ())


def checked(connection: Any, source: Source, schema: Schema, table: str, schema_shown: str) -> CheckReport:
    """Return the report of a file that is a whole table."""
    try:
        prepare(connection, source)
        places = places_of(source, schema, stored_types(connection, source))
        places = with_spans(connection, source, schema, places)
        places = with_numbers(connection, source, schema, places)
        wide = not (held(source) or source.file_format == "parquet")
        found = measured(connection, source, schema, places, len(source.names) if wide else COLUMNS_A_QUERY)
        refuse_lost_rows(source, found.rows)
    except UsageError:
        raise
    except Exception as error:
        raise refused(source, error) from error
    structure, notes = column_results(source, schema, schema_shown)
    results = [
        *ends_results(source, schema),
        *delimiter_results(source, schema, schema_shown),
        *writing_results(source, schema, schema_shown),
        *structure,
        *rule_results(found, schema, schema_shown),
    ]
    return report(table, source.shown, schema_shown, found.rows, results, notes)


def rule_results(found: Answer, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the result of every rule of an answer."""
    rows = found.rows
    return [
        rows_result(rows, schema, schema_shown),
        *(finding(entry, schema, schema_shown, rows) for entry in without_echoes(found.broken)),
        *drawn_results(found, schema, schema_shown),
    ]


def drawn_results(found: Answer, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the results of what drawn rows tell: leaks, most frequent numbers and gaps in time (but of columns that are known to spread otherwise), roundings."""
    said = {one.rule.column for one in found.broken if one.verdict == "broken"}
    return [
        *leak_results(found, schema, schema_shown),
        *(repeated_value_result(one, schema, schema_shown) for one in found.most if one[0] not in said),
        *(rounding_result(one, schema_shown) for one in found.roundings),
        *(gap_result(one, schema, schema_shown) for one in found.gaps if one.column not in said),
    ]


def leak_results(found: Answer, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the results of the columns that may tell the target; where it spreads otherwise, that they tell less is no news."""
    said = any(one.rule.column == schema.target and one.verdict == "broken" for one in found.broken)
    return without_second_order(
        [
            leak_result(column, share, schema, schema_shown, rows=found.rows, less=not said)
            for column, share in found.leaks
        ],
        schema,
    )


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


def unusable(error: UsageError, shown: str) -> RuleResult:
    """Return the finding for a file that is no whole table; of a folder, the sentence names the file."""
    place, _, line = error.where.rpartition(":")
    inside = error.where.startswith(f"{shown}/")
    named = inside and error.where not in error.message
    return RuleResult(
        rule="file",
        passed=False,
        message=f"{error.where}: {error.message}" if named else error.message,
        hint=error.hint,
        line=int(line) if place and line.isdigit() and not inside else None,
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
