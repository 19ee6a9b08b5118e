"""Rows of a request held against the schema of the table: each finding names the column, the rule and the row. Pure.

A rule that allows a share of missing values or of new categories, or a reference that had some, allows them in a request; what is
not allowed in any row of the table is refused in any row of a request. `unique` is about a table and is not asked here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct

from mlgit.data.contradictions import TODAY
from mlgit.data.profile import Storage
from mlgit.data.report import RuleName
from mlgit.data.schema import ColumnRule, Schema
from mlgit.serving.arrays import is_numbers, listed, offences
from mlgit.serving.predictor import Input
from mlgit.text import value_text

MOST_FINDINGS = 20
LONGEST_VALUE = 80
WORDS: dict[Storage, str] = {
    "integer": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "string": "a text",
    "date": "a date such as 2024-01-31",
    "timestamp": "a time such as 2024-01-31T12:00:00",
}


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that breaks a rule; `row` counts the rows of the request from 0, None for a rule of all of them."""

    column: Annotated[str, Meta(description="The column, empty for a rule of the whole request.")]
    rule: RuleName
    message: str
    row: int | None = None


class Refused(Exception):  # noqa: N818 - a result of checking, told to whoever asked
    """Rows that a schema does not allow."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = tuple(findings[:MOST_FINDINGS])
        self.count = len(findings)


class Validator:
    """The rules of a request: the columns that a model takes, by the schema or, where there is none, by the model itself."""

    def __init__(self, schema: Schema | None, inputs: Iterable[Input]) -> None:
        rules = schema.columns if schema else {}
        missing = frozenset(("", *(schema.missing if schema else ())))
        self.rules = {one.name: rule_for(one, rules.get(one.name)) for one in inputs}
        self.known = frozenset((*rules, *self.rules))
        self._closed = schema is None or schema.extra_columns == "forbid"
        self._checks = {name: check_of(name, rule, missing) for name, rule in self.rules.items()}

    def from_rows(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
        """Return the columns of rows; raises `Refused`."""
        if self._closed:
            findings = [
                unknown(name, number)
                for number, row in enumerate(rows)
                if not row.keys() <= self.known
                for name in sorted(row.keys() - self.known)
            ]
            if findings:
                raise Refused(findings)
        return self._checked({name: [row.get(name) for row in rows] for name in self._checks})

    def from_columns(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Return columns that are allowed; all have to be of one length. Raises `Refused`."""
        findings = (
            [unknown(name, None) for name in sorted(columns.keys() - self.known)] if self._closed else []
        )
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            findings.append(Finding(column="", rule="rows", message="the columns are not of one length"))
        if findings:
            raise Refused(findings)
        nothing = [None] * next(iter(lengths), 0)
        return self._checked({name: columns.get(name, nothing) for name in self._checks})

    def _checked(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        findings: list[Finding] = []
        found = {name: check(columns[name], findings) for name, check in self._checks.items()}
        if findings:
            raise Refused(findings)
        return found


def rule_for(one: Input, rule: ColumnRule | None) -> ColumnRule:
    """Return the rule of a column that a model takes, also where the schema has none."""
    if rule is None:
        return ColumnRule(type=one.storage or "float", max_null_share=1.0 if one.nullable else 0.0)
    if not one.nullable and nullable(rule):
        import msgspec

        return msgspec.structs.replace(rule, max_null_share=0.0)
    return rule


def nullable(rule: ColumnRule) -> bool:
    """Tell whether a row may have no value in a column."""
    return rule.nullable


def is_open(rule: ColumnRule) -> bool:
    """Tell whether a row may hold a value that the schema does not list."""
    return rule.categories is None or rule.open


def unknown(name: str, row: int | None) -> Finding:
    """Return the finding of a column that nobody knows."""
    return Finding(
        column=name[:LONGEST_VALUE], rule="columns", row=row, message=f"there is no column {shown(name)}"
    )


Check = Callable[[Sequence[Any], list[Finding]], Sequence[Any]]
"""Returns the values of a column as the model takes them, and adds what is wrong to the findings."""


def check_of(name: str, rule: ColumnRule, missing: frozenset[str]) -> Check:
    """Return the check of one column."""
    convert = converter(rule)
    empty = nullable(rule)
    allowed = None if is_open(rule) else frozenset(rule.categories or ())
    whole = rule.type in ("integer", "float") and allowed is None

    def check(values: Sequence[Any], findings: list[Finding]) -> Sequence[Any]:
        if whole and is_numbers(values):
            findings.extend(of_array(name, rule, values))
            return values
        found: list[Any] = []
        for row, value in enumerate(listed(values)):
            if value is None or (type(value) is str and value.strip() in missing):
                if not empty:
                    findings.append(broken(name, "nulls", row, "has to have a value"))
                found.append(None)
                continue
            taken = convert(value)
            if taken is None:
                findings.append(
                    broken(name, "type", row, f"has to be {WORDS[rule.type]}, and is {shown(value)}")
                )
            elif taken is OUTSIDE:
                findings.append(
                    broken(name, "range", row, f"has to be {bounds_text(rule)}, and is {shown(value)}")
                )
            elif allowed is not None and taken not in allowed:
                findings.append(
                    broken(name, "categories", row, f"is {shown(value)}, which the schema does not list")
                )
            found.append(taken)
        return found

    return check


def of_array(name: str, rule: ColumnRule, values: Any) -> list[Finding]:
    """Return what is wrong with a column that comes as an array of numbers."""
    said = {
        "nulls": "has to have a value",
        "type": f"has to be {WORDS[rule.type]}, and is",
        "range": f"has to be {bounds_text(rule)}, and is",
    }
    return [
        broken(
            name, which, int(row), said[which] + ("" if which == "nulls" else f" {shown(values[row].item())}")
        )
        for which, mask in offences(values, rule).items()
        for row in mask.nonzero()[0]
    ]


OUTSIDE = object()
"""What a converter returns for a value out of bounds."""


def converter(rule: ColumnRule) -> Callable[[Any], Any]:
    """Return what turns one value of a request into the value of a column: None where it is of another type."""
    if rule.type == "string":
        return lambda value: value if type(value) is str else None
    if rule.type == "boolean":
        return lambda value: value if type(value) is bool else None
    if rule.type in ("date", "timestamp"):
        return times(rule)
    return numbers(rule)


def numbers(rule: ColumnRule) -> Callable[[Any], Any]:
    """Return the converter of numbers; a whole number may be written as 3.0."""
    whole = rule.type == "integer"
    lowest, highest = (-(2**63), 2**63 - 1) if whole else (-1.7976931348623157e308, 1.7976931348623157e308)
    lower = rule.min if isinstance(rule.min, int | float) else -math.inf
    upper = rule.max if isinstance(rule.max, int | float) else math.inf

    def number(value: Any) -> Any:
        kind = type(value)
        if (kind is not float and kind is not int) or not lowest <= value <= highest:
            return None
        if whole and kind is float:
            if not value.is_integer():
                return None
            value = int(value)
        return value if lower <= value <= upper else OUTSIDE

    return number


def times(rule: ColumnRule) -> Callable[[Any], Any]:
    """Return the converter of dates and times: ISO text, times without an offset or in UTC."""
    parse: Callable[[str], Any] = day if rule.type == "date" else instant
    lower, upper = (parse(str(bound)) if bound is not None else None for bound in (rule.min, rule.max))

    def time(value: Any) -> Any:
        taken = parse(value) if type(value) is str else None
        highest = parse(str(tomorrow())) if rule.max == TODAY else upper
        if taken is None or not ((lower and taken < lower) or (highest and taken > highest)):
            return taken
        return OUTSIDE

    return time


def tomorrow() -> date:
    """Return the day after today, in UTC: no time zone is ahead of it."""
    return datetime.now(UTC).date() + timedelta(days=1)


def day(text: str) -> date | None:
    """Return a date written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """Return a time as ISO writes it, naive in UTC; an offset is none that the table may have."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if found.tzinfo is None:
        return found
    return found.astimezone(UTC).replace(tzinfo=None) if not found.utcoffset() else None


def bounds_text(rule: ColumnRule) -> str:
    """Return in words between what a value has to be."""
    if rule.min is None or rule.max is None:
        return f"at least {rule.min}" if rule.max is None else f"at most {rule.max}"
    return f"between {rule.min} and {rule.max}"


def broken(column: str, rule: RuleName, row: int, what: str) -> Finding:
    """Return the finding of one value."""
    return Finding(column=column, rule=rule, row=row, message=f"{column} {what}")


def shown(value: Any) -> str:
    """Return a value in a few characters."""
    if isinstance(value, str):
        return repr(value[:LONGEST_VALUE])
    return (
        "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else value_text(value)
    )[:LONGEST_VALUE]
