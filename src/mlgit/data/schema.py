"""The schema of a table: what every next version of it has to keep. Written once from a profile, then the user's.

The class and the file `schemas/<table>.yaml` have the same keys; docs/reference/schema-file.md tells them.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from mlgit.data.limits import null_share
from mlgit.data.profile import Column, Profile, Storage, Value
from mlgit.errors import UsageError
from mlgit.text import quoted

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?")
LONGEST_PLAIN_KEY = 900


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one column has to keep.

    `max_null_share` is the largest share of rows without a value, from 0 to 1; `min` and `max` bound numbers and, as
    ISO text, dates (both inclusive); `categories` lists the values allowed, `max_new_share` the share of rows that
    may hold another one; `unique` forbids a value in two rows; an `optional` column may be missing from the file.
    """

    type: Storage
    max_null_share: float = 0.0
    min: int | float | str | None = None
    max: int | float | str | None = None
    categories: tuple[Value, ...] | None = None
    max_new_share: float = 0.0
    unique: bool = False
    optional: bool = False


class RowsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rows the table may have, both inclusive; no `max` is no upper bound."""

    min: int = 1
    max: int | None = None


class Schema(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one table.

    `target` and `id` name the column to predict and the one that names the rows; without `id`, rows go by number. `group`
    names what several rows belong to, `time` what they are ordered by: `mlgit data split` holds out whole groups, or the
    latest rows.
    `missing` are the words that stand for "no value" beside nothing at all. `extra_columns` says whether columns
    that are not named here are allowed.
    """

    version: Literal[1]
    columns: dict[str, ColumnRule]
    target: str = ""
    id: str = ""
    group: str = ""
    time: str = ""
    missing: tuple[str, ...] = ()
    rows: RowsRule = field(default_factory=RowsRule)
    extra_columns: Literal["forbid", "allow"] = "forbid"


def infer(profile: Profile) -> Schema:
    """Return the schema that this table keeps, and that fresh rows of the same source will keep too."""
    return Schema(
        version=1,
        target=profile.target,
        id=profile.id_column or "",
        group=profile.group_column or "",
        time=profile.time_column or "",
        missing=profile.missing,
        rows=RowsRule(min=max(1, profile.rows // 2)),
        columns={column.name: rule_of(column, profile.rows) for column in profile.columns},
    )


def rule_of(column: Column, rows: int) -> ColumnRule:
    """Return the rule of one column: no limits on ids, times and texts, which differ in every fresh sample."""
    bounded = column.kind == "number" and column.role in ("feature", "target")
    flag = column.kind == "boolean" and column.storage == "integer"
    listed = column.kind == "category" and bool(column.categories)
    return ColumnRule(
        type=column.storage,
        max_null_share=1.0 if column.nulls == rows else null_share(column.nulls, rows),
        min=0 if flag else column.lower if bounded else None,
        max=1 if flag else column.upper if bounded else None,
        categories=column.categories if listed else None,
        max_new_share=column.new_share if listed else 0.0,
        unique=column.unique and column.kind == "identifier",
    )


def write(schema: Schema, table: str, rows: int) -> str:
    """Return the text of `schemas/<table>.yaml` with a header that tells how to edit it; `rows` were looked at."""
    table = " ".join(table.split())
    lines = [
        f"# What the table {quoted(table)} has to keep, inferred from {rows:,} rows. `mlgit data check` compares",
        "# the file with it and names every row that differs. It is yours: edit it, and Git shows who allowed what.",
        "# A column: type, max_null_share, min, max, categories, max_new_share, unique, optional.",
        "# `mlgit help schema-file` explains every key.",
        "version: 1",
        *([f"target: {quoted(schema.target)}"] if schema.target else []),
        *([f"id: {quoted(schema.id)}"] if schema.id else []),
        *([f"group: {quoted(schema.group)}"] if schema.group else []),
        *([f"time: {quoted(schema.time)}"] if schema.time else []),
        *([f"missing: [{', '.join(quoted(word) for word in schema.missing)}]"] if schema.missing else []),
        f"rows: {{min: {schema.rows.min}{'' if schema.rows.max is None else f', max: {schema.rows.max}'}}}",
        f"extra_columns: {schema.extra_columns}",
        "columns:",
    ]
    for name, rule in schema.columns.items():
        key = quoted(name)
        lines.extend([f"  {key}:"] if len(key) <= LONGEST_PLAIN_KEY else [f"  ? {key}", "  :"])
        lines.extend(f"    {line}" for line in rule_lines(rule))
    return "\n".join(lines) + "\n"


def rule_lines(rule: ColumnRule) -> list[str]:
    """Return the keys of one column that say more than nothing."""
    lines = [f"type: {rule.type}"]
    for name in ("max_null_share", "min", "max", "max_new_share", "unique", "optional"):
        value = getattr(rule, name)
        if value is not None and (value is not False) and (name in ("min", "max") or value):
            lines.append(f"{name}: {scalar(value)}")
    if rule.categories == ():
        lines.append("categories: []")
    elif rule.categories is not None:
        lines.append("categories:")
        lines.extend(f"  - {scalar(value)}" for value in rule.categories)
    return lines


def scalar(value: Value) -> str:
    """Return a value as a YAML scalar that reads back as exactly that value."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def read(content: bytes | str, name: str) -> Schema:
    """Return the schema of a file; raises `UsageError` (`schema-invalid`, `yaml-...`) with the line of a mistake."""
    from mlgit import yamlfile

    document = yamlfile.read(content, name)
    value = document.value
    if not isinstance(value, dict):
        raise UsageError(
            "schema-invalid",
            "the file holds no schema",
            hint="write one: mlgit data schema TABLE",
            where=name,
        )
    columns = value.get("columns")
    if isinstance(columns, dict):
        for column, rule in columns.items():
            mistake = contradiction(converted(rule, ColumnRule, document, ("columns", column)))
            if mistake:
                raise invalid(document, ("columns", column), mistake)
    schema: Schema = converted(value, Schema, document, ())
    parts = {"target": schema.target, "id": schema.id, "group": schema.group, "time": schema.time}
    for key, column in parts.items():
        if column and column not in schema.columns:
            raise invalid(document, (key,), f"there is no column {column!r}")
    if schema.rows.min < 0 or (schema.rows.max is not None and schema.rows.max < schema.rows.min):
        raise invalid(document, ("rows",), "min has to be 0 or more, and not more than max")
    return schema


def converted(value: Any, kind: Any, document: Any, path: tuple[str, ...]) -> Any:
    """Return `value` as `kind`; raises `UsageError` with the key and line of the first mistake."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        from mlgit.config.words import mistake

        steps, what = mistake(value, kind, error)
        raise invalid(document, (*path, *steps), what) from error


def invalid(document: Any, path: tuple[str | int, ...], said: str) -> UsageError:
    """Return the error for a mistake at a place of the file."""
    shown = ".".join(str(step) for step in path) or "the top"
    return UsageError(
        "schema-invalid",
        f"{shown}: {said}",
        hint="`mlgit help schema-file` lists every key and what it takes",
        where=document.place(*path),
    )


def contradiction(rule: ColumnRule) -> str:
    """Say what in a column's rule cannot be meant, or nothing."""
    for name in ("max_null_share", "max_new_share"):
        if not 0 <= getattr(rule, name) <= 1:
            return f"{name} is a share and has to lie between 0 and 1"
    bounds = [bound for bound in (rule.min, rule.max) if bound is not None]
    if bounds and rule.type in ("string", "boolean"):
        return f"min and max bound numbers and dates, not the type {rule.type}"
    if any(not bound_fits(rule.type, bound) for bound in bounds):
        return 'min and max of a date are quoted text ("2024-01-31"), those of a number are finite numbers'
    if len(bounds) == 2 and rule.min > rule.max:  # type: ignore[operator]
        return "min is larger than max"
    if rule.max_new_share and rule.categories is None:
        return "max_new_share needs categories"
    if rule.categories is not None and rule.type in ("date", "timestamp"):
        return f"categories do not go with the type {rule.type}"
    if any(not category_fits(rule.type, value) for value in rule.categories or ()):
        return f"every category has to be a {rule.type}; put texts in quotes"
    return ""


def bound_fits(kind: Storage, bound: int | float | str) -> bool:
    """Tell whether a bound is of the column's type."""
    if kind in ("date", "timestamp"):
        return isinstance(bound, str) and bool(ISO_DAY.fullmatch(bound))
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
