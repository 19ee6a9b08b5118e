"""The values of one column of a request held against its rule, and turned into what the model takes. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct

from mlgit.data.contradictions import TODAY
from mlgit.data.profile import Storage
from mlgit.data.report import RuleName
from mlgit.data.schema import ColumnRule
from mlgit.data.storage import PATTERNS
from mlgit.serving.arrays import is_numbers, listed, offences, whole_numbers
from mlgit.text import value_text

LONGEST_VALUE = 80
DATE, TIME = re.compile(PATTERNS["date"]).fullmatch, re.compile(PATTERNS["timestamp"]).fullmatch
"""What a date and a time look like in a table."""
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


Check = Callable[[Sequence[Any], list[Finding]], Sequence[Any]]
"""Returns the values of a column as the model takes them, and adds what is wrong to the findings."""


def check_of(name: str, rule: ColumnRule, missing: frozenset[str]) -> Check:
    """Return the check of one column."""
    convert = converter(rule)
    empty = rule.nullable
    allowed = None if is_open(rule) else frozenset(rule.categories or ())
    whole = rule.type in ("integer", "float") and allowed is None

    def check(values: Sequence[Any], findings: list[Finding]) -> Sequence[Any]:
        if whole and is_numbers(values):
            broken_ones = of_array(name, rule, values)
            findings.extend(broken_ones)
            return values if broken_ones or rule.type == "float" else whole_numbers(values)
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


def is_open(rule: ColumnRule) -> bool:
    """Tell whether a row may hold a value that the schema does not list."""
    return rule.categories is None or rule.open


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
        if not whole:
            value = float(value)
        elif kind is float:
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
    """Return a date written YYYY-MM-DD; ISO's other forms, such as 2024-W05-3, are none in a table either."""
    text = text.strip()
    try:
        return date.fromisoformat(text) if DATE(text) else None
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """Return a time as a table writes it, naive in UTC; an offset is none that the table may have."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text) if TIME(text) else None
    except ValueError:
        return None
    if found is None:
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
