"""What in a column's rule cannot be meant."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.data.patterns import unreadable
from mlgit.data.profile import Storage, Value

if TYPE_CHECKING:
    from mlgit.data.schema import ColumnRule, Schema

TODAY = "today"
"""The bound of a date that moves on."""
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?")


def contradiction(rule: ColumnRule) -> str:
    """Say what in a column's rule cannot be meant, or nothing."""
    for name in ("max_null_share", "max_new_share", "top_share"):
        if not 0 <= (getattr(rule, name) or 0) <= 1:
            return f"{name} is a share and has to lie between 0 and 1"
    bounds = [bound for bound in (rule.min, rule.max) if bound is not None]
    if bounds and rule.type in ("string", "boolean"):
        return f"min and max bound numbers and dates, not the type {rule.type}"
    if any(not bound_fits(rule.type, bound) for bound in bounds):
        return 'min and max of a date are quoted text ("2024-01-31"), those of a number are finite numbers'
    if len(bounds) == 2 and TODAY not in bounds and rule.min > rule.max:  # type: ignore[operator]
        return "min is larger than max"
    if rule.max_new_share and rule.categories is None:
        return "max_new_share needs categories"
    if rule.categories is not None and rule.type in ("date", "timestamp"):
        return f"categories do not go with the type {rule.type}"
    if any(not category_fits(rule.type, value) for value in rule.categories or ()):
        return f"every category has to be a {rule.type}; put texts in quotes"
    if any(not bound_fits(rule.type, value) or not 0 <= share <= 1 for value, share in rule.cuts):
        return "cuts are pairs of a value of the column's type and the share of rows up to it"
    if rule.pattern and rule.type != "string":
        return f"pattern is about texts, not the type {rule.type}"
    if unreadable(rule.pattern):
        return unreadable(rule.pattern)
    if rule.references and "." not in rule.references:
        return "references names a table and a column: customers.id"
    return ""


def bound_fits(kind: Storage, bound: int | float | str) -> bool:
    """Tell whether a bound is of the column's type."""
    if kind in ("date", "timestamp"):
        return isinstance(bound, str) and (bound == TODAY or bool(ISO_DAY.fullmatch(bound)))
    return not isinstance(bound, str) and abs(bound) != float("inf") and bound == bound


def category_fits(kind: Storage, value: Value) -> bool:
    """Tell whether a category is of the column's type."""
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return not isinstance(value, (str, bool))


def dated(schema: Schema, today: date | None) -> Schema:
    """Return the schema with the day after `today` for its moving bounds, so that no time zone matters; none without it."""
    day = str(today + timedelta(days=1)) if today else None
    columns = {
        name: replace(
            rule, min=day if rule.min == TODAY else rule.min, max=day if rule.max == TODAY else rule.max
        )
        for name, rule in schema.columns.items()
    }
    return replace(schema, columns=columns)
