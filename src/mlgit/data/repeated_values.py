"""One value in far more rows than any was in the reference: filled in, rounded, or a sensor that hangs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mlgit.data.prepared import Place
from mlgit.data.report import RuleResult, spread_result
from mlgit.data.schema import Schema

FEWEST = 100
TIMES, POINTS = 2.5, 0.03
"""The most frequent value may be so many times as frequent as it was, and so much more."""
ERRORS = 4.0
"""Standard errors by which the share has to lie above that."""

Most = tuple[str, object, float]
"""A column, its most frequent value, and the least share of the rows that holds it, chance set aside."""


def most_frequent(values: Sequence[Any]) -> tuple[object, float, int]:
    """Return the most frequent value (of times the one of the day), its share of the filled rows from 0 to 1, and how many those are."""
    counts = Counter(
        value.time() if isinstance(value, datetime) else value for value in values if value is not None
    )
    filled = counts.total()
    if not filled:
        return None, 0.0, 0
    value, count = counts.most_common(1)[0]
    return value, count / filled, filled


def repeated_values(schema: Schema, columns: Sequence[Place], rows: Sequence[Sequence[Any]]) -> list[Most]:
    """Return every column whose share was kept with what some rows of the table say of it."""
    found: list[Most] = []
    for place, values in zip(columns, zip(*rows, strict=True), strict=False):
        if schema.columns[place.name].top_share is None:
            continue
        value, share, filled = most_frequent(values)
        if filled >= FEWEST:
            found.append((place.name, value, share - ERRORS * math.sqrt(share * (1 - share) / filled)))
    return found


def repeated_value_result(most: Most, schema: Schema, schema_shown: str) -> RuleResult:
    """Return whether a value stands in no more rows than some did in the reference."""
    column, value, share = most
    before = schema.columns[column].top_share or 0.0
    kept = share <= max(TIMES * before, before + POINTS)
    key = f"columns.{column}.top_share"
    message = f"{column!r} is {value!s} in over {share:.0%} of the rows; no value was in more than {before:.1%} in the reference"
    hint = f"look for a filled-in value, rounding, or a sensor that hangs; if the data are right, change {key} in {schema_shown}"
    return spread_result(column, "top_share", (message, hint), kept=kept)
