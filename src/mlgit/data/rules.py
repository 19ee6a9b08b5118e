"""The schema as SQL: every rule becomes one condition that is true for the rows that break it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from mlgit.data.profile import Storage, Value
from mlgit.data.report import Example, RuleName
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.sql import quoted_list, quoted_text, select
from mlgit.data.storage import TYPES, looks_like

WIDENINGS: frozenset[tuple[Storage, Storage]] = frozenset({("integer", "float"), ("date", "timestamp")})
"""What a Parquet file may hold for what the schema says: a narrower type loses nothing."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a column of the schema stands in the file, and its type there (None: text of a CSV) as DuckDB names it."""

    name: str
    index: int
    stored: Storage | None = None
    stored_as: str = ""


class Rule(Struct, frozen=True, kw_only=True):
    """One rule on one column, the one at `index`.

    `broken` is the condition of a row that breaks it, empty for `unique`, which no row breaks alone; `checked` is the
    condition of a row that it is held against; `share` is the share of rows that may break it. `stored_as` is the
    type that a Parquet file gives the column, when no value of that type fits the schema.
    """

    name: RuleName
    column: str
    index: int
    broken: str
    checked: str
    share: float = 0.0
    stored_as: str = ""


class Broken(Struct, frozen=True, kw_only=True):
    """A rule that some rows break: how many, of how many, and which.

    `values` are, for categories, the values that are not allowed with the rows that hold them.
    """

    rule: Rule
    failed: int
    checked: int
    examples: tuple[Example, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


def prepared(schema: Schema, places: Iterable[Place]) -> str:
    """Return the FROM part that the rules are written on: `row_at`, and four columns for the one at each index.

    `s0` is its value as text, `p0` whether there is a value, `g0` whether it also is of the schema's type, and `v0`
    the value in that type.
    """
    parts = ["row_at"]
    for place in places:
        column, number, wanted = f"c{place.index}", place.index, schema.columns[place.name].type
        text = column if place.stored in (None, "string") else f"CAST({column} AS VARCHAR)"
        filled = f"trim({text}) NOT IN {quoted_list(('', *schema.missing))}"
        if place.stored == "float":
            filled = f"NOT isnan({column})"
        present = f"coalesce({filled}, false)"
        good = f"coalesce({filled} AND {fitting(column, wanted, place.stored)}, false)"
        parts.append(f"{text} AS s{number}, {present} AS p{number}, {good} AS g{number}")
        parts.append(f"CASE WHEN {good} THEN {in_type(column, wanted, place.stored)} END AS v{number}")
    return f"({select(parts, 'source')})"


def rules_of(schema: Schema, places: Iterable[Place]) -> list[Rule]:
    """Return the rules on the columns that the file holds, in its order."""
    return [rule for place in places for rule in column_rules(schema.columns[place.name], place)]


def column_rules(setting: ColumnRule, place: Place) -> list[Rule]:
    """Return the rules on one column: its type and its missing values always, the others as set."""
    column, index = place.name, place.index
    present, good, value = f"p{index}", f"g{index}", f"v{index}"
    found = [
        Rule(
            name="type",
            column=column,
            index=index,
            broken=f"{present} AND NOT {good}",
            checked=present,
            stored_as=place.stored_as if fitting("", setting.type, place.stored) == "false" else "",
        ),
        Rule(
            name="nulls",
            column=column,
            index=index,
            broken=f"NOT {present}",
            checked="true",
            share=setting.max_null_share,
        ),
    ]
    bounds = outside(value, setting)
    if bounds:
        found.append(Rule(name="range", column=column, index=index, broken=bounds, checked=good))
    if setting.categories is not None:
        known = f"coalesce({value} IN {category_list(setting.categories, setting.type)}, false)"
        found.append(
            Rule(
                name="categories",
                column=column,
                index=index,
                broken=f"{good} AND NOT {known}",
                checked=good,
                share=setting.max_new_share,
            )
        )
    if setting.unique:
        found.append(Rule(name="unique", column=column, index=index, broken="", checked=good))
    return found


def fitting(column: str, wanted: Storage, stored: Storage | None) -> str:
    """Return the SQL condition that a present value is of the type that the schema names."""
    if wanted == "string":
        return "true"
    if stored is None:
        return looks_like(column, wanted)
    if stored == wanted or (stored, wanted) in WIDENINGS:
        return "true"
    if (stored, wanted) == ("float", "integer"):
        return f"({column} = trunc({column}))"
    return "false"


def in_type(column: str, wanted: Storage, stored: Storage | None) -> str:
    """Return the SQL of a value in the schema's type; only asked for values that fit."""
    if wanted == "string":
        return f"CAST({column} AS VARCHAR)"
    source = f"trim({column})" if stored is None else column
    return f"TRY_CAST({source} AS {TYPES[wanted]})"


def outside(value: str, setting: ColumnRule) -> str:
    """Return the SQL condition that a value lies outside of the bounds, empty when there are none."""
    kind = TYPES[setting.type]
    parts = [
        f"{value} {sign} CAST({quoted_text(str(bound))} AS {'DOUBLE' if kind == 'BIGINT' else kind})"
        for bound, sign in ((setting.min, "<"), (setting.max, ">"))
        if bound is not None
    ]
    return f"coalesce({' OR '.join(parts)}, false)" if parts else ""


def category_list(categories: tuple[Value, ...], kind: Storage) -> str:
    """Return the right side of an SQL `IN` for the values allowed; an empty list allows nothing."""
    if not categories:
        return "(NULL)"
    if kind == "string":
        return quoted_list(str(value) for value in categories)
    return (
        "("
        + ", ".join(str(value).lower() if isinstance(value, bool) else repr(value) for value in categories)
        + ")"
    )
