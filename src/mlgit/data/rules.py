"""The schema as SQL: every rule becomes one condition that is true for the rows that break it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mlgit.data.plain import LARGEST_INTEGER
from mlgit.data.prepared import Place, fitting
from mlgit.data.profile import Storage, Value
from mlgit.data.report import Example, RuleName
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.sql import quoted_list, quoted_text
from mlgit.data.storage import TYPES

TWICE = 2.0
POINTS = 0.02
"""So many times the share seen, and at least so much more, is no alarm however many rows there are."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What the reference showed of a rule: `seen` of its `rows` broke it.

    A share up to `floor` is never an alarm. `pairs` says that rows are broken by what they share with another, `usual`
    that a few such rows are nothing to speak of.
    """

    seen: int
    rows: int
    floor: float = 0.0
    pairs: bool = False
    usual: bool = False


def some_seen(seen: int, rows: int, *, usual: bool = False) -> Evidence:
    """Return the evidence of what some rows of the reference may have been: twice their share, or two points more, is no alarm."""
    share = seen / rows
    floor = max(TWICE * share, share + POINTS) if seen else 0.0
    return Evidence(seen=seen, rows=rows, floor=floor, usual=usual)


class Cells(Struct, frozen=True, kw_only=True):
    """How the reference spread over cells: a condition and a share of rows for each, the rest lies in none of them.

    `names` say what lies in each cell; `rising` that they are cuts, each holding the ones before; `dated` that they are
    days, which may move on but not back. `least` is the share of rows that has to lie elsewhere for a check to fail.
    """

    conditions: tuple[str, ...]
    shares: tuple[float, ...]
    names: tuple[str, ...]
    rows: int
    rising: bool = False
    dated: bool = False
    least: float = 0.25


class Rule(Struct, frozen=True, kw_only=True):
    """One rule on one column, the one at `index`.

    `broken` is the condition of a row that breaks it, empty for `unique`, which no row breaks alone; `checked` is the
    condition of a row that it is held against; `share` is the share of rows that may break it. `stored_as` is the
    type that a Parquet file gives the column, when no value of that type fits the schema. A rule with `evidence` or
    `cells` is judged beside the reference; `setting` is its key in the schema. `shown` is the SQL of what stands in a row
    that breaks it, `other` a second column, `key` the places of those that name a row together.
    """

    name: RuleName
    column: str
    index: int
    broken: str
    checked: str
    share: float = 0.0
    stored_as: str = ""
    evidence: Evidence | None = None
    cells: Cells | None = None
    setting: str = ""
    shown: str = ""
    other: str = ""
    key: tuple[int, ...] = ()
    span: tuple[int, int] | None = None

    @property
    def counted(self) -> tuple[str, ...]:
        """The aggregates of this rule: rows that break it, rows that it is held against, rows in each cell.

        `count_if` takes a third of the time of a count with a filter; where no condition can be told it is NULL, for 0.
        """
        conditions = (self.checked, *(self.cells.conditions if self.cells else ()))
        counts = tuple(f"count_if({condition})" for condition in conditions)
        return (f"count_if({self.broken})" if self.broken else self.repeats, *counts)

    @property
    def repeats(self) -> str:
        """The aggregate of rows that repeat another; to mark numbers in a span takes a fifth of the time of a set."""
        if self.span:
            low, high = (f"{end}::BIGINT" for end in self.span)
            inside = f"CASE WHEN {self.shown} BETWEEN {low} AND {high} THEN {self.shown} END"
            return f"count({self.shown}) - bit_count(bitstring_agg({inside}, {low}, {high}))"
        return f"count({self.shown}) - count(DISTINCT {self.shown})"

    @property
    def once(self) -> tuple[str, str, str]:
        """What no two rows share: the columns, the condition that a row has them, and their text."""
        values = [f"v{index}" for index in self.key or (self.index,)]
        texts = ", ".join(f"CAST({value} AS VARCHAR)" for value in values)
        return (
            ", ".join(values),
            " AND ".join(f"{value} IS NOT NULL" for value in values),
            f"concat_ws(', ', {texts})",
        )


Verdict = Literal["kept", "broken", "not judged"]


class Broken(Struct, frozen=True, kw_only=True):
    """A rule that some rows break: how many, of how many, and which.

    `values` are, for categories, the values that are not allowed with the rows that hold them; `cells` are the rows in
    each cell, of which `cell` differs most, `moved` the share that lies elsewhere and `reason` what became of it: constant,
    spread, stale, hole. `fewest` is how many rows would have been judged.
    """

    rule: Rule
    failed: int
    checked: int
    verdict: Verdict = "kept"
    fewest: int | None = None
    cells: tuple[int, ...] = ()
    cell: int = 0
    moved: float = 0.0
    reason: str = ""
    examples: tuple[Example, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


def column_rules(schema: Schema, place: Place) -> list[Rule]:
    """Return the rules on one column: its type and its missing values always, the others as set."""
    setting, column, index = schema.columns[place.name], place.name, place.index
    present, good, value = f"p{index}", f"g{index}", f"v{index}"
    found = [
        Rule(
            name="type",
            column=column,
            index=index,
            broken=f"{present} AND NOT {good}",
            checked=present,
            stored_as=place.stored_as if fitting("", setting.type, place.stored) == "false" else "",
            setting="type",
        ),
        nulls_rule(schema, place),
    ]
    bounds = outside(value, setting)
    if bounds:
        found.append(
            Rule(name="range", column=column, index=index, broken=bounds, checked=good, setting="min")
        )
    if setting.pattern:
        found.append(pattern_rule(schema, place, setting))
    if setting.categories is not None:
        found.append(categories_rule(schema, place, setting))
    if setting.unique:
        found.append(
            Rule(
                name="unique",
                column=column,
                index=index,
                broken="",
                checked=good,
                setting="unique",
                shown=value,
                span=place.span,
            )
        )
    return found


def pattern_rule(schema: Schema, place: Place, setting: ColumnRule) -> Rule:
    """Return the rule on how texts are written."""
    text = f"s{place.index}"
    return Rule(
        name="pattern",
        column=place.name,
        index=place.index,
        broken=f"g{place.index} AND NOT regexp_full_match({text}, {quoted_text(setting.pattern)})",
        checked=f"g{place.index}",
        evidence=Evidence(seen=0, rows=schema.reference.rows) if schema.reference else None,
        setting="pattern",
    )


def nulls_rule(schema: Schema, place: Place) -> Rule:
    """Return the rule on missing values: by its share, else beside the reference; an id and the target have none."""
    setting, index = schema.columns[place.name], place.index
    evidence = None
    if schema.reference and setting.max_null_share is None:
        needed = place.name in (schema.id, schema.target) and not setting.nulls_seen
        evidence = None if needed else some_seen(setting.nulls_seen, schema.reference.rows)
    return Rule(
        name="nulls",
        column=place.name,
        index=index,
        broken=f"NOT p{index}",
        checked="true",
        share=setting.max_null_share or 0.0,
        evidence=evidence,
        setting="nulls_seen" if evidence else "max_null_share",
    )


def categories_rule(schema: Schema, place: Place, setting: ColumnRule) -> Rule:
    """Return the rule on values that are no category of the schema; a new class of the target is always one too many."""
    index = place.index
    known = f"coalesce(v{index} IN {category_list(setting.categories or (), setting.type)}, false)"
    firm = place.name == schema.target and not setting.seen_once
    judged = schema.reference is not None and setting.max_new_share is None and not firm
    return Rule(
        name="categories",
        column=place.name,
        index=index,
        broken=f"g{index} AND NOT {known}",
        checked=f"g{index}",
        share=setting.max_new_share or 0.0,
        evidence=Evidence(seen=unseen(setting), rows=schema.reference.rows)
        if judged and schema.reference
        else None,
        setting="categories",
    )


def unseen(setting: ColumnRule) -> int:
    """Return how many rows of as many as the reference may hold a category that it does not.

    Those seen once say how many (Good, 1953, https://doi.org/10.1093/biomet/40.3-4.237); rows of one such category come
    together, so there is room for half as many again.
    """
    return setting.seen_once + (setting.seen_once + 1) // 2


def outside(value: str, setting: ColumnRule) -> str:
    """Return the SQL condition that a value lies outside of the bounds, NULL for none; empty when there are none."""
    if setting.type in ("string", "boolean"):
        return ""
    parts = [
        f"{value} {sign} {limit(bound, setting.type)}"
        for bound, sign in ((setting.min, "<"), (setting.max, ">"))
        if bound is not None
    ]
    return " OR ".join(parts)


def limit(bound: Value, storage: Storage) -> str:
    """Return a bound in SQL: a whole number among such as it is, which spares a cast of every value."""
    if storage == "integer":
        whole = isinstance(bound, int) and abs(bound) <= LARGEST_INTEGER
        return str(bound) if whole else f"CAST({quoted_text(str(bound))} AS DOUBLE)"
    return f"CAST({quoted_text(str(bound))} AS {TYPES[storage]})"


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
