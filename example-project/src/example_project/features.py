"""What the model learns from: one SQL expression a feature, over the columns of data/extracted.parquet.

An expression looks at one row alone, so that a row means the same in training, in testing and in use.
To add a feature, add a line to `own_features`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from settings import RESERVED, Column, Settings, free_name
from sql import quoted

LARGEST = 3.0e38


@dataclass(frozen=True)
class Feature:
    """A column of the prepared tables: `sql` gives a number, the text of a category, or words."""

    name: str
    kind: Literal["number", "category", "text"]
    sql: str


def own_features() -> list[Feature]:
    """Return the features that you add, such as Feature("area", "number", '"width" * "height"')."""
    return []


def features(settings: Settings) -> list[Feature]:
    """Return all features, numbers first, words last: the order of the model's inputs."""
    taken = {*RESERVED, *(column.name.casefold() for column in settings.columns)}
    found = [feature for column in settings.columns for feature in column_features(column, taken)]
    found += own_features()
    return [feature for kind in ("number", "category", "text") for feature in found if feature.kind == kind]


def column_features(column: Column, taken: set[str]) -> list[Feature]:
    """Return what is made of one column."""
    name = quoted(column.name)
    if column.kind == "date":
        return date_features(column.name, taken)
    if column.kind == "category":
        return [Feature(column.name, "category", f"coalesce({name}, 'missing')")]
    if column.kind == "text":
        return [Feature(column.name, "text", f"coalesce({name}, '')")]
    return [Feature(column.name, "number", f"CAST({name} AS DOUBLE)")]


def date_features(column: str, taken: set[str]) -> list[Feature]:
    """Return the numbers of a date: days since 1970, month, day of the year, day of the week (Monday is 1) and hour."""
    date = quoted(column)
    parts = {
        "days": f"epoch({date}) / 86400.0",
        "month": f"month({date})",
        "yearday": f"dayofyear({date})",
        "weekday": f"isodow({date})",
        "hour": f"hour({date})",
    }
    return [Feature(free_name(f"{column}_{part}", taken), "number", sql) for part, sql in parts.items()]


def fitted(feature: Feature) -> str:
    """Return the SQL that gives a computed feature its type: text, or a 32-bit number as ONNX takes it."""
    name = quoted(feature.name)
    if feature.kind != "number":
        return f"CAST({name} AS VARCHAR) AS {name}"
    bounded = f"CASE WHEN {name} > {LARGEST} THEN {LARGEST} WHEN {name} < -{LARGEST} THEN -{LARGEST} ELSE {name} END"
    return f"CAST({bounded} AS FLOAT) AS {name}"
