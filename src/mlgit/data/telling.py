"""Rows drawn from a table whose columns have types: what each column tells of the target, and its most frequent number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlgit.data.leakage import SAMPLE, told, told_by_id, told_by_place
from mlgit.data.observed import Cut
from mlgit.data.profile import Column
from mlgit.data.repeated_values import most_frequent
from mlgit.data.sql import drawn, select


def drawn_values(
    connection: Any, table: str, columns: Sequence[Column], rows: int
) -> dict[int, tuple[Any, ...]]:
    """Return the values of each column that can tell something or be told, of the same ones of so many rows, in their order."""
    wanted = [
        i for i, one in enumerate(columns) if one.role == "target" or able_to_tell(one) or names_rows(one)
    ]
    if not wanted:
        return {}
    chosen = f"WHERE {drawn(rows, SAMPLE)} ORDER BY row_at"
    found = connection.execute(select([f"t{index}" for index in wanted], table, chosen)).fetchall()
    return dict(zip(wanted, zip(*found, strict=True), strict=False))


def told_of(columns: Sequence[Column], task: str, values: Mapping[int, Sequence[Any]]) -> dict[int, float]:
    """Return how much of the target each column tells by itself, and at its own position how much the places of the rows do."""
    position = next((i for i, one in enumerate(columns) if one.role == "target"), None)
    if position is None or position not in values:
        return {}
    target, classes = values[position], task != "regression"
    asked = {i: told_by_id if names_rows(columns[i]) else told for i in values}
    shares = {i: asked[i](one, target, classes=classes) for i, one in values.items() if i != position}
    shares[position] = told_by_place(target, classes=classes)
    return {index: float(f"{share or 0.0:.3f}") for index, share in shares.items()}


def tops_of(
    columns: Sequence[Column], cuts: Mapping[int, tuple[Cut, ...]], values: Mapping[int, Sequence[Any]]
) -> dict[int, float]:
    """Return the share of the most frequent value of each number, and time of the day, that has cuts."""
    wanted = [
        i for i in values if i in cuts and (columns[i].kind == "number" or columns[i].storage == "timestamp")
    ]
    return {index: float(f"{most_frequent(values[index])[1]:.4f}") for index in wanted}


def names_rows(column: Column) -> bool:
    """Tell whether a column is an id, another one in every row: its order may tell the target."""
    return column.kind == "identifier" and column.unique


def able_to_tell(column: Column) -> bool:
    """Tell whether a column could be learned from: no id and no free text."""
    return column.kind in ("number", "date", "boolean") or bool(column.categories)
