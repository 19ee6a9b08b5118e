"""The file `schemas/<table>.yaml`: a schema as the text that a person reviews and edits, and read back with the line of a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mlgit.data.contradictions import contradiction
from mlgit.data.profile import Value
from mlgit.data.schema import ColumnRule, Reference, Schema
from mlgit.errors import UsageError
from mlgit.text import quoted

LONGEST_PLAIN_KEY = 900


def write(schema: Schema, table: str, rows: int) -> str:
    """Return the text of `schemas/<table>.yaml` with a header that tells how to edit it; `rows` were looked at."""
    table = " ".join(table.split())
    lines = [
        f"# What the table {quoted(table)} has to keep, inferred from {rows:,} rows. `mlgit data check` compares",
        "# the file with it and names every row that differs. It is yours: edit it, and Git shows who allowed what.",
        "# A column: type, max_null_share, min, max, categories, max_new_share, pattern, unique, optional, references; and what",
        "# the reference showed: nulls_seen, cuts (a value, the share of rows up to it), seen_once, shares, told, top_share.",
        "# `mlgit help schema-file` explains every key.",
        "version: 1",
        *([f"target: {quoted(schema.target)}"] if schema.target else []),
        *([f"id: {quoted(schema.id)}"] if schema.id else []),
        *([f"key: {pair_text(schema.key)}"] if schema.key else []),
        *([f"group: {quoted(schema.group)}"] if schema.group else []),
        *([f"time: {quoted(schema.time)}"] if schema.time else []),
        *([f"missing: [{', '.join(quoted(word) for word in schema.missing)}]"] if schema.missing else []),
        f"rows: {{min: {schema.rows.min}{'' if schema.rows.max is None else f', max: {schema.rows.max}'}}}",
        f"extra_columns: {schema.extra_columns}",
        *([f"column_order: {schema.column_order}"] if schema.column_order != "any" else []),
        *([f"reference: {reference_text(schema.reference)}"] if schema.reference else []),
        *([f"ordered: [{', '.join(pair_text(pair) for pair in schema.ordered)}]"] if schema.ordered else []),
        *([f"calendar: [{', '.join(pair_text(one) for one in schema.calendar)}]"] if schema.calendar else []),
        "columns:",
    ]
    for name, rule in schema.columns.items():
        key = quoted(name)
        lines.extend([f"  {key}:"] if len(key) <= LONGEST_PLAIN_KEY else [f"  ? {key}", "  :"])
        lines.extend(f"    {line}" for line in rule_lines(rule))
    return "\n".join(lines) + "\n"


def reference_text(reference: Reference) -> str:
    """Return the reference as a flow mapping with the keys that say more than nothing."""
    parts = [f"rows: {reference.rows}"]
    if reference.repeated_rows:
        parts.append(f"repeated_rows: {reference.repeated_rows}")
    if reference.byte_order_mark:
        parts.append("byte_order_mark: true")
    if not reference.last_line_ends:
        parts.append("last_line_ends: false")
    if reference.delimiter:
        parts.append(f"delimiter: {quoted(reference.delimiter)}")
    if reference.folders:
        parts.append(f"folders: {pair_text(reference.folders)}")
    return "{" + ", ".join(parts) + "}"


def pair_text(pair: tuple[Value, ...]) -> str:
    """Return a few values as a flow list."""
    return f"[{', '.join(scalar(value) for value in pair)}]"


LAWS = ("max_null_share", "min", "max", "max_new_share", "pattern", "unique", "optional", "references", "pii")
EVIDENCE = (
    "nulls_seen",
    "cuts",
    "seen_once",
    "shares",
    "told",
    "top_share",
    "widest_gap",
    "step",
    "json",
    "lengths",
    "letters",
    "odd_texts_seen",
)
ALWAYS_SAID = ("min", "max", "max_null_share", "max_new_share", "told", "top_share")
"""Keys whose 0 says something."""


def rule_lines(rule: ColumnRule) -> list[str]:
    """Return the keys of one column that say more than nothing: the laws, then what the reference showed."""
    lines = [f"type: {rule.type}", *key_lines(rule, LAWS)]
    if rule.categories == ():
        lines.append("categories: []")
    elif rule.categories is not None:
        lines.append("categories:")
        lines.extend(f"  - {scalar(value)}" for value in rule.categories)
    return [*lines, *key_lines(rule, EVIDENCE)]


def key_lines(rule: ColumnRule, names: tuple[str, ...]) -> list[str]:
    """Return a line for each of these keys that says more than nothing."""
    lines = []
    for name in names:
        value = getattr(rule, name)
        if isinstance(value, tuple):
            lines.extend([f"{name}: [{', '.join(pair_text(pair) for pair in value)}]"] if value else [])
        elif value is not None and value is not False and (name in ALWAYS_SAID or value):
            lines.append(f"{name}: {scalar(value)}")
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
    for place, column in columns_named(schema):
        if column not in schema.columns:
            raise invalid(document, place, f"there is no column {column!r}")
    if schema.key and len(set(schema.key)) < max(2, len(schema.key)):
        raise invalid(document, ("key",), "a key is of two columns or more, each named once; one is `unique`")
    if schema.rows.min < 0 or (schema.rows.max is not None and schema.rows.max < schema.rows.min):
        raise invalid(document, ("rows",), "min has to be 0 or more, and not more than max")
    return schema


def columns_named(schema: Schema) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every column that a schema names beside its columns, with the place where it does."""
    parts = {"target": schema.target, "id": schema.id, "group": schema.group, "time": schema.time}
    yield from (((key,), column) for key, column in parts.items() if column)
    yield from ((("key", at), column) for at, column in enumerate(schema.key))
    for at, pair in enumerate(schema.ordered):
        yield from ((("ordered", at), column) for column in pair)
    for at, (column, _, moment) in enumerate(schema.calendar):
        yield from ((("calendar", at), one) for one in (column, moment))


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
