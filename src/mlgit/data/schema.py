"""The schema of a table: what every next version of it has to keep. Written once from a profile, then the user's.

The class and the file `schemas/<table>.yaml` have the same keys; docs/reference/schema-file.md tells them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from mlgit.data.calendar_parts import Part
from mlgit.data.contradictions import contradiction
from mlgit.data.observed import Cut
from mlgit.data.profile import Storage, Value
from mlgit.errors import UsageError
from mlgit.text import quoted

LONGEST_PLAIN_KEY = 900


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one column has to keep.

    `max_null_share` is the largest share of rows without a value, from 0 to 1; `min` and `max` bound numbers and, as
    ISO text, dates (both inclusive; `today` is a bound, too); `categories` lists the values allowed, `max_new_share`
    the share of rows that may hold another one; `pattern` is how every text is written, a regular expression (RE2) of the
    whole of it; `unique` forbids a value in two rows; an `optional` column may be
    missing from the file; `references` names the column (`customers.id`) that has to hold every value;
    `pii` marks what is about a person: it stays out of logs of predictions.

    What the reference showed is no law, a table is judged by it as far as both are large enough: `nulls_seen` rows had no
    value, `seen_once` categories stood in one row, `cuts` are values with the share of rows up to them, `shares` the most
    frequent categories, `told` how much of the target the column tells by itself (of the target: how much the place of a row tells, of unique ids how much their order does), `top_share` rows held the
    most frequent number, `odd_texts_seen` texts looked broken or days stood for none, `json` says whether numbers stood in quotes. A
    share that a person writes goes first.
    """

    type: Storage
    max_null_share: float | None = None
    nulls_seen: int = 0
    min: int | float | str | None = None
    max: int | float | str | None = None
    cuts: tuple[Cut, ...] = ()
    categories: tuple[Value, ...] | None = None
    pattern: str = ""
    max_new_share: float | None = None
    seen_once: int = 0
    shares: tuple[tuple[str, float], ...] = ()
    told: float | None = None
    top_share: float | None = None
    widest_gap: float | None = None
    step: tuple[Cut, ...] = ()
    json: Literal["bare", "quoted"] | None = None
    lengths: tuple[tuple[int, float], ...] = ()
    letters: tuple[tuple[str, float], ...] = ()
    odd_texts_seen: int = 0
    unique: bool = False
    optional: bool = False
    references: str = ""
    pii: bool = False

    @property
    def nullable(self) -> bool:
        """Whether a row may have no value: by the share that is allowed, else by what the reference showed."""
        return bool(self.nulls_seen if self.max_null_share is None else self.max_null_share)

    @property
    def open(self) -> bool:
        """Whether a row may hold a category that is not listed."""
        return bool(self.seen_once if self.max_new_share is None else self.max_new_share)


class RowsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rows the table may have, both inclusive; no `max` is no upper bound."""

    min: int = 1
    max: int | None = None


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sample that the schema was inferred from: `rows`, and how many of them repeated an earlier one but for ids.

    `byte_order_mark` and `last_line_ends` say how its file started and ended, `delimiter` what stood between the values of
    every CSV (nothing says that it was none, or not looked at), `folders` are the columns that folders named (`year=2024`): rows of two of them are held against each other without these.
    """

    rows: int
    repeated_rows: int = 0
    byte_order_mark: bool = False
    last_line_ends: bool = True
    delimiter: Annotated[str, Meta(max_length=1)] = ""
    folders: tuple[str, ...] = ()


class Schema(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one table.

    `target` and `id` name the column to predict and the one that names the rows; without `id`, rows go by number. `key`
    names columns that together stand for one row only, as a store and a day. `group`
    names what several rows belong to, `time` what they are ordered by: `mlgit data split` holds out whole groups, or the
    latest rows.
    `missing` are the words that stand for "no value" beside nothing at all. `extra_columns` says whether columns
    that are not named here are allowed, `column_order` whether they may stand in any order. `ordered` are pairs of
    columns of which the first is never larger, `calendar` columns that are a part of a date (column, part, date). Without a `reference`, what was not seen is not allowed.
    """

    version: Literal[1]
    columns: dict[str, ColumnRule]
    target: str = ""
    id: str = ""
    key: tuple[str, ...] = ()
    group: str = ""
    time: str = ""
    missing: tuple[str, ...] = ()
    rows: RowsRule = field(default_factory=RowsRule)
    extra_columns: Literal["forbid", "allow"] = "forbid"
    column_order: Literal["any", "fixed"] = "any"
    ordered: tuple[tuple[str, str], ...] = ()
    calendar: tuple[tuple[str, Part, str], ...] = ()
    reference: Reference | None = None


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
    parts = {"target": schema.target, "id": schema.id, "group": schema.group, "time": schema.time}
    for key, column in parts.items():
        if column and column not in schema.columns:
            raise invalid(document, (key,), f"there is no column {column!r}")
    for position, column in enumerate(schema.key):
        if column not in schema.columns:
            raise invalid(document, ("key", position), f"there is no column {column!r}")
    if schema.key and len(set(schema.key)) < max(2, len(schema.key)):
        raise invalid(document, ("key",), "a key is of two columns or more, each named once; one is `unique`")
    related = {"ordered": schema.ordered, "calendar": [(one, other) for one, _, other in schema.calendar]}
    for key, pairs in related.items():
        for position, pair in enumerate(pairs):
            for column in pair:
                if column not in schema.columns:
                    raise invalid(document, (key, position), f"there is no column {column!r}")
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
