"""What a check found, and what the verbs of data bring about: values that the terminal, a file and CI show in their ways."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.data.profile import Profile

RuleName = Literal[
    "file", "columns", "rows", "type", "nulls", "range", "categories", "unique", "spread", "text", "order", "repeated",
    "leak", "key", "overlap", "pattern", "calendar",
]  # fmt: skip


class Example(Struct, frozen=True, kw_only=True):
    """A row that breaks a rule.

    `row` counts the rows of the table from 0, as ids do; where the table is a folder, those of its `file`; `line` is the line of a CSV, from 1. `value` is what stands
    there, cut to 80 characters; None where nothing does.
    """

    row: int
    line: int | None = None
    value: str | None = None
    file: str = ""


class RuleResult(Struct, frozen=True, kw_only=True):
    """One rule, held against the table.

    `column` is empty for rules of the whole table. `failed` counts the rows that break it and `checked` those that it
    was held against; a rule with an allowance passes although some rows failed. `judged` is false where the table is too
    small to tell chance from a fault: it is no failure, and it is no proof that the rule is kept. `message` is one sentence, `hint`
    says what to do, `line` is where in the file to look when no row can be named. `setting` is the key of the schema.
    """

    rule: RuleName
    passed: bool
    judged: bool = True
    column: str = ""
    failed: int = 0
    checked: int = 0
    message: str = ""
    hint: str = ""
    setting: str = ""
    line: int | None = None
    examples: tuple[Example, ...] = ()


def spread_result(column: str, key: str, said: tuple[str, str], *, kept: bool) -> RuleResult:
    """Return the result on how a column spreads, by the key of the schema that it is held against; `said` is the sentence and the hint where it is not kept."""
    message, hint = ("", "") if kept else said
    return RuleResult(
        rule="spread",
        passed=kept,
        column=column,
        message=message,
        hint=hint,
        setting=f"columns.{column}.{key}",
    )


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

    @property
    def unjudged(self) -> tuple[RuleResult, ...]:
        """The rules that the table is too small for."""
        return tuple(result for result in self.results if not result.judged)


SAFE = frozenset({"columns", "rows", "nulls"})
"""Rules whose sentence tells names and numbers alone."""
BEFORE = dict.fromkeys(("unique", "order", "calendar"), ", as ")
"""Rules whose sentence does so up to the values of a row."""
BY_SETTING = ("spread", "file")
"""Rules of many kinds: which one it is tells the setting."""
HIDDEN = "(not shown)"


def without_values(report: CheckReport) -> CheckReport:
    """Return a report that says how often and where rules are broken, and no value of the table."""
    return replace(report, results=tuple(hidden(one, report.table) for one in report.results))


def hidden(result: RuleResult, table: str) -> RuleResult:
    """Return what came of a rule without a value of the table."""
    if result.passed and result.judged:
        return result
    examples = tuple(replace(one, value=one.value and HIDDEN) for one in result.examples)
    if result.rule in SAFE:
        return replace(result, examples=examples)
    what = f"{result.column!r}" if result.column else "the table"
    rows = f" in {result.failed:,} of {result.checked:,} rows" if result.checked and result.failed else ""
    verb = "is not judged by" if result.passed else "breaks"
    kind = result.setting.rpartition(".")[2] if result.rule in BY_SETTING else ""
    told, found, _ = result.message.partition(BEFORE.get(result.rule, "\n"))
    return replace(
        result,
        message=told if found else f"{what} {verb} the rule {(kind or result.rule)!r}{rows}",
        hint=f"mlgit data check {table} shows the values on your own machine",
        examples=examples,
    )


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
        lines.append(f"    {place_of(one, path)}: {value_said(one)}")
    if result.examples and result.failed > len(result.examples):
        lines.append(f"    ... and {result.failed - len(result.examples):,} more")
    if result.hint:
        lines.append(f"    hint: {result.hint}")
    return lines


def place_of(one: Example, path: str) -> str:
    """Return where a row stands: its file, which is the table's where that is one, and its line or number."""
    file = one.file or path
    return f"{file}:{one.line}" if one.line else f"{file}, row {one.row:,} (from 0)"


def value_said(one: Example) -> str:
    """Return what stands in a row that breaks a rule, with every character visible."""
    return "nothing" if one.value is None else repr(one.value)


def unjudged_line(result: RuleResult, path: str) -> str:
    """Return one rule that a table is too small for, on one line: it is something to look at, and no failure."""
    places = [f"{place_of(one, path)} {value_said(one)}" for one in result.examples]
    more = ", ..." if result.failed > len(places) else ""
    return f"  {result.message}" + (f": {', '.join(places)}{more}" if places else "")


class Proposal(Struct, frozen=True, kw_only=True):
    """An inferred schema and where it went.

    `written` is the file that was written, empty when none was: for a file that belongs to no table, and when the
    schema that exists says the same. `existing` is the path and text of the schema that stands, left as it is.
    """

    profile: Profile
    text: str
    written: str = ""
    existing: tuple[str, str] | None = None


class SchemaUpdate(Struct, frozen=True, kw_only=True):
    """A standing schema beside the same with what the data of its table ask for.

    `written` says whether it was put in its place; `left` are rules that stay broken, since a person wrote them.
    """

    table: str
    path: str
    before: str
    after: str
    written: bool
    left: tuple[RuleResult, ...] = ()


class SplitResult(Struct, frozen=True, kw_only=True):
    """The test set of a table.

    `rows` counts the rows with a label, `held_out` the ids in the file. `drawn` says whether it was drawn now; else
    it stood before, and `gone` counts its ids that the table has no more. `kept` counts, after a new draw, the ids
    that were held out before too (None when there was no split).
    """

    path: str
    rows: int
    held_out: int
    drawn: bool
    gone: int = 0
    kept: int | None = None


class Extent(Struct, frozen=True, kw_only=True):
    """How large a table is; rows are None where they cannot be counted."""

    bytes: int
    rows: int | None = None


class TableUpdate(Struct, frozen=True, kw_only=True):
    """What came of fetching one table anew."""

    table: str
    path: str
    source: Annotated[str, Meta(description="`dvc import`, `dvc import-url` or `command`.")]
    state: Annotated[
        Literal["new data", "unchanged", "refused"],
        Meta(description="`refused`: the data break their schema, and the tree is as it was."),
    ]
    before: Annotated[Extent | None, Meta(description="Null when the table was not here.")] = None
    after: Extent | None = None
    check: CheckReport | None = None
    changed: Annotated[tuple[str, ...], Meta(description="The files that are another now.")] = ()


class UpdateReport(Struct, frozen=True, kw_only=True):
    """What came of fetching tables anew."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    tables: tuple[TableUpdate, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no table was refused."""
        return all(one.state != "refused" for one in self.tables)
