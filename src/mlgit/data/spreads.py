"""How each column of an open table spreads, in cells that a person reads, and the target in each cell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from msgspec import Struct

from mlgit.data.forms import number
from mlgit.data.profile import Column, Profile
from mlgit.data.sql import quoted_text, select
from mlgit.data.table_profile import CellProfile
from mlgit.stats.sums import Sums, mean_interval

CELLS = 20
SHOWN_VALUES = 12
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
DAY = 86_400.0

Ends = tuple[float | None, float | None, float | None, float | None]


class Spread(Struct, frozen=True, kw_only=True):
    """The cells of a column, and the rows of values that have none of their own."""

    cells: tuple[CellProfile, ...] = ()
    others: int = 0


def spread_of(connection: Any, profile: Profile, index: int) -> Spread:
    """Return how the column at `index` of `typed` spreads; nothing for texts, names of rows and empty columns."""
    column = profile.columns[index]
    if column.kind in ("category", "boolean"):
        return by_value(connection, profile, index)
    if column.kind not in ("number", "date"):
        return Spread()
    value = instant(column, f"t{index}") if column.kind == "date" else number(f"t{index}", column.form)
    edges = edges_of(column, ends_of(connection, value))
    if not edges:
        return Spread()
    steps = " ".join(f"WHEN {value} <= {edge!r} THEN {place}" for place, edge in enumerate(edges))
    rows = grouped(connection, profile, index, f"CASE {steps} ELSE {len(edges)} END")
    labels = labels_of(edges, dates=column.kind == "date", whole=column.storage == "integer")
    share = profile.task != "regression"
    cells = (
        CellProfile(
            label=label,
            rows=rows[place][0] if place in rows else 0,
            target=interval(rows.get(place), share),
        )
        for place, label in enumerate(labels)
    )
    return Spread(cells=tuple(cells))


def ends_of(connection: Any, value: str) -> Ends:
    """Return the smallest value, the tenth and the ninetieth percentile of the sample, and the largest."""
    low, high = connection.execute(select([f"min({value})", f"max({value})"], "typed")).fetchone()
    inner = connection.execute(select([f"quantile_disc({value}, [0.1, 0.9])"], "sample")).fetchone()[0]
    tenth, ninth = inner or (low, high)
    return low, tenth, ninth, high


def by_value(connection: Any, profile: Profile, index: int) -> Spread:
    """Return the most frequent values of a category, the target in each."""
    name = f"CAST(t{index} AS VARCHAR)"
    order = f"WHERE t{index} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    frequent = connection.execute(
        select([name, "count(*)"], "typed", f"{order} LIMIT {SHOWN_VALUES:d}")
    ).fetchall()
    places = " ".join(
        f"WHEN {name} = {quoted_text(value)} THEN {place}" for place, (value, _) in enumerate(frequent)
    )
    if not frequent:
        return Spread()
    rows = grouped(connection, profile, index, f"CASE {places} ELSE -1 END")
    share = profile.task != "regression"
    cells = (
        CellProfile(label=str(value), rows=int(count), target=interval(rows.get(place), share))
        for place, (value, count) in enumerate(frequent)
    )
    return Spread(cells=tuple(cells), others=rows[-1][0] if -1 in rows else 0)


def grouped(connection: Any, profile: Profile, index: int, cell: str) -> dict[int, tuple[int, Sums | None]]:
    """Return the rows in each cell with the sums of the target there, whole groups as one unit where there are groups."""
    target = target_value(profile, index)
    group = next((place for place, one in enumerate(profile.columns) if one.role == "group"), None)
    unit = "row_at" if group is None else f"t{group}"
    inner = [f"{cell} AS cell", f"CAST({target} AS DOUBLE) AS y", f"{unit} AS unit"]
    rows = f"({select(inner, 'typed', f'WHERE t{index} IS NOT NULL')})"
    if group is None:
        asked = ["count(y)", "count(y)", "sum(y)", "sum(y * y)", "sum(y)", "count(y)"]
        found = connection.execute(select(["cell", "count(*)", *asked], rows, "GROUP BY cell")).fetchall()
    else:
        units = select(
            ["cell", "count(*) AS r", "count(y) AS n", "coalesce(sum(y), 0) AS s"],
            rows,
            "GROUP BY cell, unit",
        )
        asked = ["count(*) FILTER (n > 0)", "sum(n)", "sum(s)", "sum(s * s)", "sum(s * n)", "sum(n * n)"]
        found = connection.execute(
            select(["cell", "sum(r)", *asked], f"({units})", "GROUP BY cell")
        ).fetchall()
    return {int(one[0]): (int(one[1]), sums_of(one[2:]) if target != "NULL" else None) for one in found}


def sums_of(row: tuple[Any, ...]) -> Sums:
    """Return the sums that one row of an answer holds."""
    units, rows, total, squares, products, sizes = (float(one or 0) for one in row)
    return Sums(units=int(units), rows=rows, total=total, squares=squares, products=products, sizes=sizes)


def target_value(profile: Profile, index: int) -> str:
    """Return the SQL of the target as a number: itself, or 1 for the positive class; NULL where it has no one number."""
    place = next((place for place, one in enumerate(profile.columns) if one.role == "target"), None)
    if place is None or place == index or profile.task == "multiclass-classification":
        return "NULL"
    if profile.task == "regression":
        return number(f"t{place}", profile.columns[place].form)
    positive = quoted_text(profile.positive_class or "")
    return f"CAST(CAST(t{place} AS VARCHAR) = {positive} AS INTEGER)"


def interval(found: tuple[int, Sums | None] | None, share: bool) -> Any:
    """Return the target of a cell with its interval."""
    return None if found is None or found[1] is None else mean_interval(found[1], share=share)


def instant(column: Column, name: str) -> str:
    """Return the SQL of a date as seconds since 1970."""
    value = (
        f"strptime(trim({name}), {quoted_text(column.form)})" if column.form else f"CAST({name} AS TIMESTAMP)"
    )
    return f"epoch({value})"


def edges_of(column: Column, ends: Ends) -> list[float]:
    """Return the upper ends of the cells but the last: round numbers over where most rows lie, rising."""
    if any(end is None or not math.isfinite(end) for end in ends):
        return []
    low, tenth, ninth, high = map(float, ends)  # type: ignore[arg-type]
    span = (ninth - tenth) or (high - low)
    if span <= 0 or not math.isfinite(high - low):
        return []
    inner = (max(low, tenth - span), min(high, ninth + span))
    return list(rising(*inner, whole=column.storage == "integer", day=column.kind == "date"))


def rising(low: float, high: float, *, whole: bool, day: bool) -> Iterator[float]:
    """Give at most about 20 round numbers from `low` up to below `high`."""
    least = DAY if day else 1.0 if whole else 0.0
    step = max(least, nice((high - low) / CELLS))
    first = math.floor(low / step)
    for place in range(first, first + 4 * CELLS):
        edge = float(f"{place * step:.12g}")
        if edge >= high:
            return
        if edge >= low:
            yield edge


def nice(width: float) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that is not below a width."""
    power = 10.0 ** math.floor(math.log10(width))
    return next((one * power for one in NICE if one * power >= width * (1 - 1e-9)), 10.0 * power)


def labels_of(edges: list[float], *, dates: bool, whole: bool) -> list[str]:
    """Return what lies in each cell: `up to 10`, `10 to 20`, `above 20`."""
    said = [day_of(edge) if dates else f"{edge:,.10g}" for edge in edges]
    if whole and not dates:
        pairs = list(pairwise(edges))
        inside = [
            b if later - edge == 1 else f"{edge + 1:,.10g} to {b}"
            for (edge, later), b in zip(pairs, said[1:], strict=True)
        ]
    else:
        inside = [f"{a} to {b}" for a, b in pairwise(said)]
    return [f"up to {said[0]}", *inside, f"above {said[-1]}"]


def day_of(moment: float) -> str:
    """Return seconds since 1970 as a day."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
