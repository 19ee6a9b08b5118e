"""The rules of a request as SQL over a whole table: what no row may break, and the first row that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from mlgit.data.contradictions import dated
from mlgit.data.prepared import Place
from mlgit.data.rules import category_list, outside
from mlgit.data.schema import Schema
from mlgit.data.source import Source, lines_of
from mlgit.data.sql import select
from mlgit.errors import UsageError
from mlgit.serving.checks import WORDS, is_open
from mlgit.serving.served import Served

WHY = {
    "type": "is not written as its type",
    "nulls": "has no value",
    "range": "is outside of its range",
    "categories": "is not in the schema's list",
}


class Condition(Struct, frozen=True, kw_only=True):
    """What is true in SQL for a row that breaks a rule, and the name of the text that stands there."""

    column: str
    rule: str
    broken: str
    text: str
    why: str


def schema_of(served: Served) -> Schema:
    """Return the schema of the table, or the rules that the model itself gives."""
    own = served.release.schema or Schema(version=1, columns={}, extra_columns="allow")
    merged = msgspec.structs.replace(own, columns={**own.columns, **served.validator.rules})
    return dated(merged, datetime.now(UTC).date())


def require_columns(served: Served, source: Source, schema: Schema) -> None:
    """Raise `UsageError` (`predict-columns`) for a table that lacks a column, or has one that nobody knows."""
    lacking = [name for name in served.validator.needed if name not in source.names]
    strange = [
        name for name in source.names if name not in schema.columns and schema.extra_columns == "forbid"
    ]
    if lacking or strange:
        which = (
            f"has no column {lacking[0]!r}"
            if lacking
            else f"has the column {strange[0]!r}, which the schema has not"
        )
        raise UsageError(
            "predict-columns", f"the table {which}", hint="mlgit data check names all", where=source.shown
        )


def conditions(places: Iterable[Place], schema: Schema) -> list[Condition]:
    """Return the rules that no row may break, as a request is held against them."""
    return [
        Condition(
            column=place.name,
            rule=rule,
            broken=broken,
            text=f"s{place.index}",
            why=stored_otherwise(place, schema) if rule == "type" else WHY[rule],
        )
        for place in places
        for rule, broken in conditions_of(place, schema).items()
    ]


def conditions_of(place: Place, schema: Schema) -> dict[str, str]:
    """Return of one column what is true in SQL for a row that breaks a rule, by the rule."""
    rule, number = schema.columns[place.name], place.index
    present, good, value = f"p{number}", f"g{number}", f"v{number}"
    broken = {"type": f"{present} AND NOT {good}"}
    if not rule.nullable:
        broken["nulls"] = f"NOT {present}"
    if bounds := outside(value, rule):
        broken["range"] = f"coalesce({bounds}, false)"
    if not is_open(rule):
        listed = category_list(rule.categories or (), rule.type)
        broken["categories"] = f"{good} AND NOT coalesce({value} IN {listed}, false)"
    return broken


def stored_otherwise(place: Place, schema: Schema) -> str:
    """Return why a value of a column is not of its type: how it is written, or how the file stores the column."""
    wanted = schema.columns[place.name].type
    if place.stored in (None, wanted):
        return WHY["type"]
    return f"is stored as {place.stored_as}, and has to be {WORDS[wanted]}"


def refuse_first(connection: Any, source: Source, table: str, strict: Sequence[Condition]) -> None:
    """Raise `UsageError` (`predict-rows`) with the first row of the first rule that is broken."""
    one, row, value, count = first_broken(connection, table, strict, "row_at")
    line = lines_of(source, [int(row)]).get(int(row))
    where = f"{source.shown}:{line}" if line else source.shown
    raise row_broken(one, f"row {int(row):,}", value, f"{count:,} rows break it", where)


def first_broken(
    connection: Any, table: str, strict: Sequence[Condition], named: str
) -> tuple[Condition, Any, str | None, int]:
    """Return the first rule that is broken, what is `named` in SQL of its first row, the text there, and how many rows break it."""
    counts = connection.execute(select([f"count_if({one.broken})" for one in strict], table)).fetchone()
    one, count = next(pair for pair in zip(strict, counts, strict=True) if pair[1])
    where = f"WHERE {one.broken} ORDER BY row_at LIMIT 1"
    ((row, value),) = connection.execute(select([named, one.text], table, where)).fetchall()
    return one, row, value, count


def row_broken(one: Condition, row: str, value: str | None, more: str, where: str) -> UsageError:
    """Return the error for a row, as it is named, that breaks a rule."""
    shown = "" if value is None else f" {value[:80]!r}"
    return UsageError(
        "predict-rows",
        f"{one.column}{shown} {one.why} in {row} (rule {one.rule}); {more}",
        hint="mlgit data check names all; nothing was written",
        where=where,
    )
