"""Columns, or the order of the rows or of their ids, that tell the target in this table and did not in the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from mlgit.data.leakage import BINS, LEAKED, SAMPLE, told, told_by_id, told_by_place
from mlgit.data.prepared import Place
from mlgit.data.report import RuleResult
from mlgit.data.schema import ColumnRule, Schema

TELLING, LOST = 0.5, 0.15
"""A column that told so much of the target, and tells this part of it no more, has lost its rows."""
CERTAIN, PER_TOLD = 5.0, 4.0
"""One that told less has to differ by so many standard errors; of a share told by n rows in 50 bins its square is
4 * share / n + 2 * 50 / n ** 2 at most (of classes, n are the rows that are not of the largest)."""
STRONGER = 3.0
"""What was left of the error has to shrink by so much."""


def told_columns(schema: Schema, places: list[Place]) -> list[Place]:
    """Return the columns that may tell the target, and the target last where there is one; none when there is no reference."""
    target = [place for place in places if place.name == schema.target]
    if schema.reference is None:
        return []
    able = [
        place for place in places if place.name != schema.target and looked_at(schema.columns[place.name])
    ]
    return [*able, *target]


def looked_at(rule: ColumnRule) -> bool:
    """Tell whether drawn values of a column say something: of the target, or of how its numbers are written."""
    return able_to_tell(rule) or names_rows(rule) or bool(rule.step)


def able_to_tell(rule: ColumnRule) -> bool:
    """Tell whether a column could be learned from: no id and no free text."""
    return bool(rule.cuts or rule.shares)


def names_rows(rule: ColumnRule) -> bool:
    """Tell whether a column is an id of whose order it is known what it told."""
    return rule.unique and rule.told is not None and not able_to_tell(rule)


def leaks_of(schema: Schema, columns: list[Place], rows: Sequence[Sequence[Any]]) -> list[tuple[str, float]]:
    """Return every column that was looked at with the share of the target that it tells now; the target with what places tell.

    `rows` stand in their order.
    """
    if not rows or columns[-1].name != schema.target:
        return []
    values = list(zip(*rows, strict=True))
    rule = schema.columns[schema.target]
    classes = rule.categories is not None or bool(rule.shares)
    asked = [told_by_id if names_rows(schema.columns[place.name]) else told for place in columns[:-1]]
    shares = [ask(one, values[-1], classes=classes) for ask, one in zip(asked, values, strict=False)]
    shares.append(told_by_place(values[-1], classes=classes))
    return [(place.name, share) for place, share in zip(columns, shares, strict=True) if share is not None]


def leak_result(
    column: str, share: float, schema: Schema, schema_shown: str, *, rows: int, less: bool = True
) -> RuleResult:
    """Return whether a column that tells `share` of the target told as much before, in a table of so many rows; `less` says whether less is a fault.

    Of the target itself it is what the places of the rows tell, of ids what their order does: that less is never a fault.
    """
    if column == schema.target or names_rows(schema.columns[column]):
        return order_result(column, share, schema, schema_shown)
    before = schema.columns[column].told or 0.0
    leaked = share > LEAKED and STRONGER * (1.0 - share) < 1.0 - before
    lost = (
        less
        and share < LOST * before
        and (before >= TELLING or surely_less(share, before, schema, column, rows))
    )
    if lost:
        message = f"{column!r} tells {share:.0%} of {schema.target!r}, {before:.0%} in the reference: its values or the labels stand in other rows"
        hint = f"look at the join and the order of the rows; if it is right, set columns.{column}.told in {schema_shown}"
        return replace(leak_of(column), passed=False, message=message, hint=hint)
    message = f"{column!r} tells {share:.0%} of {schema.target!r} by itself, {before:.0%} in the reference: it holds the answer"
    hint = (
        f"take out what is only known afterwards; if it is right, set columns.{column}.told in {schema_shown}"
    )
    return replace(leak_of(column), passed=False, message=message, hint=hint) if leaked else leak_of(column)


def surely_less(share: float, before: float, schema: Schema, column: str, rows: int) -> bool:
    """Tell whether chance does not explain that a column tells less; of dates, which move on, nothing is said."""
    if schema.reference is None or schema.columns[column].type in ("date", "timestamp"):
        return False
    shares = schema.columns[schema.target].shares
    part = 1.0 - shares[0][1] if shares else 1.0
    numbers = [max(1.0, part * min(count, SAMPLE)) for count in (rows, schema.reference.rows)]
    variance = sum(PER_TOLD * before / n + 2 * BINS / n**2 for n in numbers)
    return before - share > CERTAIN * math.sqrt(variance)


def order_result(column: str, share: float, schema: Schema, schema_shown: str) -> RuleResult:
    """Return whether the rows, or their ids, stand in the order of the target, and did not before; where that was not looked at, they may.

    Of a target that wanders with time the order told much before, and how much is chance: nothing is said.
    """
    target, before = schema.target, schema.columns[column].told
    if before is None or before >= TELLING or share <= LEAKED or STRONGER * (1.0 - share) >= 1.0 - before:
        return leak_of(column)
    if column != target:
        message = f"{column!r} goes in the order of {target!r}: it tells {share:.0%} of it, {before:.0%} in the reference"
        hint = (
            "leave it out of what is learned from, and look how the rows were put together; "
            f"if it is right, set columns.{column}.told in {schema_shown}"
        )
        return replace(leak_of(column), passed=False, message=message, hint=hint)
    message = f"the rows stand in the order of {target!r}: their place tells {share:.0%} of it, {before:.0%} in the reference"
    hint = (
        "shuffle them: whoever splits or trains by order sees other rows than are to come; "
        f"if it is right, set columns.{target}.told in {schema_shown}"
    )
    return replace(leak_of(target), passed=False, message=message, hint=hint)


def without_second_order(results: list[RuleResult], schema: Schema) -> list[RuleResult]:
    """Return the results, of ids in the order of the target none where the rows are known to stand so: they were numbered as they stand."""
    sorted_rows = any(one.column == schema.target and not one.passed for one in results)
    return [
        leak_of(one.column) if sorted_rows and names_rows(schema.columns[one.column]) else one
        for one in results
    ]


def leak_of(column: str) -> RuleResult:
    """Return the result of a column that tells what it told."""
    return RuleResult(rule="leak", passed=True, column=column, setting=f"columns.{column}.told")
