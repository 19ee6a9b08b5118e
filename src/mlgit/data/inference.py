"""Infer a schema: from a profile, and from what the reference showed where that was looked at."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from mlgit.data.calendar_parts import moving
from mlgit.data.contradictions import TODAY
from mlgit.data.limits import null_share
from mlgit.data.observed import Observed, Seen
from mlgit.data.profile import Column, Profile
from mlgit.data.schema import ColumnRule, Reference, RowsRule, Schema

NEVER_NEGATIVE = re.compile(
    r"(?i)(?:.*[_\W\d])?(?:price|amount|cost|count|age|qty|quantity|income|salary|area|distance|weight|height|length|width|"
    r"size|duration|fare|fee|speed|volume|population|tenure|mileage|rooms|stock|sales|seconds|minutes|hours|days|years)s?"
    r"(?:[_\W\d].*)?"
)
"""Names of what is never below zero."""
SKEWED = 3.0
"""A column that reaches so many times farther above its median than below starts at zero for a reason."""
NEAR = 0.1
"""Of the span: head-room that reaches farther below zero than this comes from a tail that zero does not stop."""
FEWEST_FLAGS = 30
SHORTEST_SPAN = timedelta(days=365)


def infer(profile: Profile, observed: Observed | None = None) -> Schema:
    """Return the schema that this table keeps, and that fresh rows of the same source will keep too.

    With what the table showed, fresh rows are judged by what both tables are large enough to tell; without it, by shares
    with head-room.
    """
    rows = RowsRule(min=max(1, profile.rows // 2))
    plain = Schema(
        version=1,
        target=profile.target,
        id=profile.id_column or "",
        group=profile.group_column or "",
        time=profile.time_column or "",
        missing=profile.missing,
        rows=rows,
        columns={column.name: rule_of(column, profile.rows) for column in profile.columns},
    )
    if observed is None:
        return plain
    from msgspec.structs import replace

    return replace(
        plain,
        column_order="fixed",
        key=observed.key,
        ordered=observed.ordered,
        calendar=observed.calendar,
        reference=Reference(
            rows=observed.rows,
            repeated_rows=observed.repeated,
            byte_order_mark=observed.marked,
            last_line_ends=observed.ended,
            delimiter=observed.delimiter,
            folders=observed.folders,
        ),
        columns={
            column.name: judged_rule(
                plain.columns[column.name],
                column,
                observed.columns[column.name],
                observed.rows - column.nulls,
                moves=moving(column.name, column.distinct, observed.calendar, observed.folders),
            )
            for column in profile.columns
        },
    )


def rule_of(column: Column, rows: int) -> ColumnRule:
    """Return the rule of one column: no limits on ids, times and texts, which differ in every fresh sample."""
    bounded = column.kind == "number" and column.role in ("feature", "target")
    flag = column.kind == "boolean" and column.storage == "integer"
    listed = column.kind == "category" and bool(column.categories)
    share = 1.0 if column.nulls == rows else null_share(column.nulls, rows)
    return ColumnRule(
        type=column.storage,
        max_null_share=share or None,
        min=0 if flag else column.lower if bounded else None,
        max=1 if flag else column.upper if bounded else None,
        categories=column.categories if listed else None,
        max_new_share=(column.new_share or None) if listed else None,
        unique=column.unique and column.kind == "identifier",
    )


def judged_rule(
    plain: ColumnRule, column: Column, seen: Seen, filled: int, *, moves: bool = False
) -> ColumnRule:
    """Return the rule of one column with what the reference showed in place of shares; of one that `moves` on no values."""
    from msgspec.structs import replace

    if moves and column.kind != "date":
        return ColumnRule(type=plain.type, nulls_seen=column.nulls, told=told_before(column, seen))
    if column.kind == "boolean" and column.storage == "integer" and rarely_one(column, seen, filled):
        plain = replace(plain, min=None, max=None, categories=(0, 1))
    low, high = plain.min, plain.max
    if column.kind == "date":
        low, high = days(column, seen)
    elif plain.min is not None or plain.max is not None:
        low = never_negative(column, seen, plain.min)
    return replace(
        plain,
        max_null_share=None,
        nulls_seen=column.nulls,
        min=low,
        max=high,
        cuts=seen.cuts,
        max_new_share=None,
        seen_once=seen.once if plain.categories is not None else 0,
        shares=seen.shares,
        odd_texts_seen=seen.odd,
        top_share=seen.top,
        widest_gap=seen.gap,
        step=seen.step,
        json=seen.json,
        lengths=() if seen.pattern else seen.lengths,
        letters=() if seen.pattern else seen.letters,
        pattern=seen.pattern,
        told=told_before(column, seen),
    )


def rarely_one(column: Column, seen: Seen, filled: int) -> bool:
    """Tell whether one of two whole numbers stood in so few rows that they may be counts: a two is no fault then by itself."""
    return column.role != "target" and len(seen.shares) == 2 and seen.shares[-1][1] * filled < FEWEST_FLAGS


def told_before(column: Column, seen: Seen) -> float | None:
    """Return how much of the target a column told; of the target itself, whose 0 says something, what the places of rows did, and of ids their order."""
    if column.role == "target" or (column.kind == "identifier" and column.unique):
        return seen.told
    return seen.told or None if column.role in ("feature", "left-out") else None


def never_negative(column: Column, seen: Seen, low: Any) -> Any:
    """Return the lower bound of a number, which is not below zero for what is never negative."""
    if not isinstance(column.minimum, (int, float)) or column.minimum < 0 or (low is not None and low >= 0):
        return low
    zero = 0 if column.storage == "integer" else 0.0
    if skewed(seen) or (NEVER_NEGATIVE.fullmatch(column.name) and near_zero(column, low)):
        return zero
    return low


def near_zero(column: Column, low: Any) -> bool:
    """Tell whether head-room reaches so little below zero that zero may be the end; a normal tail reaches through it."""
    if (
        low is None
        or not isinstance(column.minimum, (int, float))
        or not isinstance(column.maximum, (int, float))
    ):
        return False
    return bool(-low <= NEAR * (column.maximum - column.minimum))


def skewed(seen: Seen) -> bool:
    """Tell whether a column of non-negative numbers reaches far above its median and hardly below it."""
    values = [value for value, _ in seen.cuts if not isinstance(value, str)]
    middle = next((value for value, share in seen.cuts if share >= 0.5 and not isinstance(value, str)), None)
    if middle is None or len(values) < len(seen.cuts):
        return False
    return values[-1] - middle > SKEWED * (middle - values[0])


def days(column: Column, seen: Seen) -> tuple[str | None, str | None]:
    """Return bounds of dates: as far again as they reached, at least a year; today where none lay in the future."""
    try:
        first, last = (date.fromisoformat(str(value)[:10]) for value in (column.minimum, column.maximum))
        span = max(last - first, SHORTEST_SPAN)
        low = str(first - span) if first - date(1, 1, 1) > span else None
        if not seen.future:
            return low, TODAY
        return low, str(last + span) if date(9000, 1, 1) - last > span else None
    except ValueError:
        return None, None
