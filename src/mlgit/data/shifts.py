"""How the columns of a table moved between two versions: effects with intervals, false discoveries held over all columns.

The rows that came (added or changed) are held beside all rows of the base; where none came, the rows that left beside
those that stayed. So no row is on both sides, and the interval is that of two samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from mlgit.data.difference import ColumnShift, RowsDifference, Shifts
from mlgit.data.distributions import SAMPLE, Distribution, conditions
from mlgit.data.prepared import Place
from mlgit.data.row_changes import hashed
from mlgit.data.sql import drawn, select
from mlgit.data.two_tables import Shared, Side
from mlgit.stats.distributions import normal_quantile
from mlgit.stats.multiple import yekutieli_adjusted
from mlgit.stats.two_samples import shares_chance
from mlgit.text import counted

FALSE_SHARE = 0.05
"""Of the columns said to have moved, so many are expected not to have."""
FEWEST = 30
CELLS = 10
MOST_CATEGORIES = 1000
SHOWN_CATEGORIES = 20


class Sample(NamedTuple):
    """The FROM part of rows whose columns are `v0`... in the order of the shared ones, and their number."""

    table: str
    rows: int


class Measured(NamedTuple):
    """One column in both samples: rows in each cell, the last without a value; moments of numbers."""

    cells: Distribution
    base: Sequence[int]
    head: Sequence[int]
    moments: tuple[float, float, float, float] | None
    """Mean and standard deviation of the base, then of the head."""


def shifts_of(
    connection: Any,
    base: Side,
    head: Side,
    shared: Sequence[Shared],
    key: Shared | None,
    rows: RowsDifference,
) -> Shifts | None:
    """Return how the columns moved; None where no row differs."""
    if not rows.differ:
        return None
    came = bool(rows.added or rows.changed)
    name = "came" if came else "left_out"
    first, second = (base, head) if came else (head, base)
    fresh = sample(shared, key, second.name, f"WHERE name IN ({select(['name'], name)})")
    (number,) = connection.execute(select(["count(*)"], fresh)).fetchone()
    reference = Sample(sample(shared, key, first.name, ""), first.rows)
    other = Sample(fresh, int(number))
    columns = judged(
        [shift_of(connection, index, one, key, reference, other) for index, one in enumerate(shared)]
    )
    return Shifts(
        sample="added" if came else "removed", rows=other.rows, beside=reference.rows, columns=columns
    )


def sample(shared: Sequence[Shared], key: Shared | None, side: str, condition: str) -> str:
    """Return the FROM part of the rows of a side that keep a condition on `name`."""
    name = f"{key.value(side) if key is not None else hashed(shared, side)} AS name"
    values = (f"{one.value(side)} AS v{index}" for index, one in enumerate(shared))
    inner = f"({select(['row_at', name, *values], side)})"
    return f"({select(['*'], inner, condition)})"


def shift_of(
    connection: Any, index: int, one: Shared, key: Shared | None, base: Sample, head: Sample
) -> ColumnShift:
    """Return a column with its effect and chance, not yet judged beside the others."""
    fewest = min(base.rows, head.rows)
    if one is key:
        return unjudged(one.name, "it names the rows")
    if fewest < FEWEST:
        return unjudged(one.name, f"{counted(fewest, 'row')}, at least {FEWEST} are needed")
    if one.storage in ("date", "timestamp"):
        return unjudged(one.name, "days move on")
    if one.storage == "integer" and numbers_the_rows(connection, index, base):
        return unjudged(one.name, "it numbers the rows")
    cells = cells_of(connection, index, one, base)
    if cells is None:
        return unjudged(one.name, "too many different values to compare their shares")
    found = measured(connection, index, cells, base, head)
    what, before, after, effect, error = effect_of(found)
    return ColumnShift(
        column=one.name, state="no shift seen", what=what, base=before, head=after, effect=effect,
        low=effect - error, high=effect + error, chance=shares_chance(found.head, [float(n) for n in found.base]),
    )  # fmt: skip


def unjudged(column: str, reason: str) -> ColumnShift:
    """Return a column of which nothing is said."""
    return ColumnShift(column=column, state="not judged", reason=reason)


def numbers_the_rows(connection: Any, index: int, base: Sample) -> bool:
    """Tell whether a whole number is another one in every row: it goes on in new rows, and says nothing of them."""
    (another,) = connection.execute(select([f"count(DISTINCT v{index}) = count(*)"], base.table)).fetchone()
    return bool(another)


def cells_of(connection: Any, index: int, one: Shared, base: Sample) -> Distribution | None:
    """Return cells of about as many rows of the base each; None for a text of very many values."""
    value = f"v{index}"
    (distinct,) = connection.execute(select([f"approx_count_distinct({value})"], base.table)).fetchone()
    if one.storage in ("integer", "float") and distinct > 2:
        steps = ", ".join(str(step / CELLS) for step in range(1, CELLS))
        chosen = f"WHERE {drawn(base.rows, SAMPLE)}"
        (edges,) = connection.execute(
            select([f"quantile_disc(CAST({value} AS DOUBLE), [{steps}])"], base.table, chosen)
        ).fetchone()
        return Distribution(edges=tuple(sorted(set(edges or ()))))
    if distinct > MOST_CATEGORIES:
        return None
    rest = f"WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {SHOWN_CATEGORIES}"
    found = connection.execute(select([f"CAST({value} AS VARCHAR)"], base.table, rest)).fetchall()
    return Distribution(values=tuple(text for (text,) in found))


def measured(connection: Any, index: int, cells: Distribution, base: Sample, head: Sample) -> Measured:
    """Return the rows in each cell of both samples, and the moments of a number."""
    place = Place(name="", index=index)
    parts = conditions(place, cells)
    moments = [f"avg(v{index})", f"coalesce(stddev_samp(v{index}), 0)"] if cells.edges else []
    counts, seen = [], []
    for one in (base, head):
        row = connection.execute(select(["count(*)", *parts, *moments], one.table)).fetchone()
        rows, filled, *inside = (int(number) for number in row[: 1 + len(parts)])
        if cells.edges:
            inside = [now - before for before, now in zip((0, *inside), inside, strict=False)]
        counts.append((*inside, filled - sum(inside), rows - filled))
        seen += [float(number) for number in row[1 + len(parts) :] if number is not None]
    whole = (seen[0], seen[1], seen[2], seen[3]) if len(seen) == 4 and seen[1] > 0 else None
    return Measured(cells, counts[0], counts[1], whole)


def effect_of(found: Measured) -> tuple[str, float, float, float, float]:
    """Return what moved, before and after, the effect and its standard error: the mean, else the share that moved most."""
    filled, now = sum(found.base[:-1]), sum(found.head[:-1])
    if found.moments and now > 1:
        mean, deviation, other, other_deviation = found.moments
        effect = (other - mean) / deviation
        error = math.sqrt(1 / filled + (other_deviation / deviation) ** 2 / now)
        if abs(effect) > 2 * error or not moved_most(found)[3]:
            return "mean", mean, other, effect, error
    cell, before, after, effect, error = moved_most(found)
    return cell_name(found.cells, cell), before, after, effect, error


def moved_most(found: Measured) -> tuple[int, float, float, float, float]:
    """Return the cell whose share moved most: the shares, their difference and its error (Agresti and Caffo, 2000)."""
    rows, now = sum(found.base), sum(found.head)
    cell = max(range(len(found.base)), key=lambda one: abs(found.base[one] / rows - found.head[one] / now))
    before, after = (found.base[cell] + 1) / (rows + 2), (found.head[cell] + 1) / (now + 2)
    error = math.sqrt(before * (1 - before) / (rows + 2) + after * (1 - after) / (now + 2))
    shares = found.base[cell] / rows, found.head[cell] / now
    return cell, *shares, shares[1] - shares[0], error


def cell_name(cells: Distribution, cell: int) -> str:
    """Say which rows a cell holds."""
    if cell == max(len(cells.edges), len(cells.values)) + 1:
        return "share without a value"
    if cells.edges:
        last = cell == len(cells.edges)
        low = f"above {cells.edges[cell - 1]:g}" if cell else ""
        high = "" if last else f"up to {cells.edges[cell]:g}"
        return "share " + " and ".join(part for part in (low, high) if part)
    return f"share of {cells.values[cell]!r}" if cell < len(cells.values) else "share of other values"


def judged(columns: Sequence[ColumnShift]) -> tuple[ColumnShift, ...]:
    """Return the columns with their states: false discoveries held over all of them, and intervals that go with that.

    An interval has the confidence 1 - 0.05 * moved / judged (Y. Benjamini, D. Yekutieli, JASA 2005;100:71).
    """
    open_ones = [one for one in columns if one.chance is not None]
    if not open_ones:
        return tuple(columns)
    chances = yekutieli_adjusted([one.chance or 0.0 for one in open_ones])
    moved = sum(chance <= FALSE_SHARE for chance in chances)
    level = 1 - FALSE_SHARE * max(1, moved) / len(open_ones)
    wide = normal_quantile(0.5 + level / 2)
    adjusted = dict(zip((one.column for one in open_ones), chances, strict=True))
    return tuple(
        one if one.chance is None else widened(one, adjusted[one.column], level, wide) for one in columns
    )


def widened(one: ColumnShift, chance: float, level: float, wide: float) -> ColumnShift:
    """Return a column with its state and its interval at a confidence; two shares differ by 1 at most."""
    effect, low = one.effect or 0.0, one.low or 0.0
    reach = (effect - low) * wide
    furthest = math.inf if one.what == "mean" else 1.0
    return replace(
        one,
        state="moved" if chance <= FALSE_SHARE else "no shift seen",
        low=max(effect - reach, -furthest),
        high=min(effect + reach, furthest),
        level=level,
        chance=chance,
    )
