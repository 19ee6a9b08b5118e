"""What a check found: one value that the terminal, a file and CI show in their ways."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

RuleName = Literal["file", "columns", "rows", "type", "nulls", "range", "categories", "unique"]


class Example(Struct, frozen=True, kw_only=True):
    """A row that breaks a rule.

    `row` counts the rows of the table from 0, as ids do; `line` is the line of a CSV, from 1. `value` is what stands
    there, cut to 80 characters; None where nothing does.
    """

    row: int
    line: int | None = None
    value: str | None = None


class RuleResult(Struct, frozen=True, kw_only=True):
    """One rule, held against the table.

    `column` is empty for rules of the whole table. `failed` counts the rows that break it and `checked` those that it
    was held against; a rule with an allowance passes although some rows failed. `message` is one sentence, `hint`
    says what to do, `line` is where in the file to look when no row can be named. `setting` is the key of the schema.
    """

    rule: RuleName
    passed: bool
    column: str = ""
    failed: int = 0
    checked: int = 0
    message: str = ""
    hint: str = ""
    setting: str = ""
    line: int | None = None
    examples: tuple[Example, ...] = ()


class CheckReport(Struct, frozen=True, kw_only=True):
    """One table held against its schema; `passed` when every rule passed.

    `path` and `schema` are relative to the repository. `rows` is None when the file cannot be read as a table.
    `notes` are sentences on what differs and is allowed.
    """

    table: str
    path: str
    schema: str
    passed: bool
    rows: int | None
    results: tuple[RuleResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[RuleResult, ...]:
        """The rules that are broken."""
        return tuple(result for result in self.results if not result.passed)


class DataReport(Struct, frozen=True, kw_only=True):
    """The file that `mlgit data check --report` writes; it holds no time, so that equal data give equal bytes."""

    version: Literal[1] = 1
    passed: bool
    tables: tuple[CheckReport, ...]


def data_report(tables: tuple[CheckReport, ...]) -> DataReport:
    """Return the report of several tables."""
    return DataReport(tables=tables, passed=all(table.passed for table in tables))


def failure_lines(result: RuleResult, path: str) -> list[str]:
    """Return the lines of one broken rule."""
    place = f"{path}:{result.line}: " if result.line else ""
    lines = [f"  {place}{result.message}"]
    for one in result.examples:
        row = f"{path}:{one.line}" if one.line else f"{path}, row {one.row:,} (from 0)"
        lines.append(f"    {row}: {'nothing' if one.value is None else repr(one.value)}")
    if result.examples and result.failed > len(result.examples):
        lines.append(f"    ... and {result.failed - len(result.examples):,} more")
    if result.hint:
        lines.append(f"    hint: {result.hint}")
    return lines
