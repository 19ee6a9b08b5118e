"""A hole in time: the widest gap between the moments of some rows, beside the widest of the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from msgspec import Struct

from mlgit.data.leakage import SAMPLE
from mlgit.data.prepared import Place
from mlgit.data.report import RuleResult, spread_result
from mlgit.data.schema import Schema

FEWEST = 100
TAIL = 0.05
"""Of both ends so many rows are left out: there gaps are wide by chance."""
TIMES, SHARE = 5.0, 0.03
"""A hole is so many times as wide as any gap was, and takes this share of the time that the rows cover."""
NOISE = 8.0
"""Among rows at random moments the widest gap takes about ln(rows) / rows of the time; so many times that is no chance."""
DAY = 86_400.0


class Gap(Struct, frozen=True, kw_only=True):
    """The widest gap of a column, from the row before it to the row after, in days; `share` of the time covered by `rows` rows."""

    column: str = ""
    start: str = ""
    end: str = ""
    days: float = 0.0
    share: float = 0.0
    rows: int = 0


def widest_gap(values: Sequence[Any], column: str = "") -> Gap | None:
    """Return the widest gap between the moments of rows, those at the ends left out; None for other values and for few."""
    moments = sorted(moment(value) for value in values if isinstance(value, date))
    if len(moments) < FEWEST:
        return None
    cut = int(TAIL * len(moments))
    inner = moments[cut : len(moments) - cut]
    before, after = max(pairwise(inner), key=lambda pair: pair[1] - pair[0])
    return Gap(
        column=column,
        start=str(before),
        end=str(after),
        days=(after - before).total_seconds() / DAY,
        share=(after - before) / ((inner[-1] - inner[0]) or (after - before) or datetime.resolution),
        rows=len(moments),
    )


def moment(value: date) -> datetime:
    """Return a day or a time as a time without a zone."""
    whole = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return whole.replace(tzinfo=None)


def gaps(schema: Schema, columns: Sequence[Place], rows: Sequence[Sequence[Any]]) -> list[Gap]:
    """Return the widest gap of every column whose gap was kept."""
    pairs = zip(columns, zip(*rows, strict=True), strict=False)
    kept = [(place.name, values) for place, values in pairs if schema.columns[place.name].widest_gap]
    return [gap for name, values in kept if (gap := widest_gap(values, name))]


def span_text(days: float) -> str:
    """Return a span of time in the largest unit of which it is one at least."""
    units = (("days", 1), ("hours", 24), ("minutes", 24 * 60), ("seconds", 24 * 3600))
    name, parts = next((one for one in units if days * one[1] >= 1), units[-1])
    return f"{days * parts:,.1f} {name}"


def gap_result(gap: Gap, schema: Schema, schema_shown: str) -> RuleResult:
    """Return whether the time that the rows cover has no hole that it had not before; among fewer rows gaps are wider."""
    before = schema.columns[gap.column].widest_gap or 0.0
    usual = max(SHARE, NOISE * math.log(gap.rows) / gap.rows)
    fewer = max(1.0, min(schema.reference.rows if schema.reference else 0, SAMPLE) / gap.rows)
    hole = gap.days > TIMES * fewer * before and gap.share >= usual
    key = f"columns.{gap.column}.widest_gap"
    message = (
        f"{gap.column!r} has a hole of {span_text(gap.days)}, from {gap.start} to {gap.end}; "
        f"the widest in the reference was {span_text(before)}"
    )
    hint = f"fetch what is missing; if the data are right, change {key} in {schema_shown}"
    return spread_result(gap.column, "widest_gap", (message, hint), kept=not hole)
