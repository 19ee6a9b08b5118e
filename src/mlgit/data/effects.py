"""How one column moved between two samples of rows: the counts in its cells, its mean, and effects with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlgit.data.distributions import SAMPLE, Distribution, conditions
from mlgit.data.prepared import Place
from mlgit.data.sql import drawn, select
from mlgit.data.two_tables import Shared
from mlgit.stats.distributions import normal_quantile
from mlgit.stats.proportions import shares_interval

CELLS = 10
MOST_CATEGORIES = 1000
SHOWN_CATEGORIES = 20
ROWS_A_VALUE = 5
"""Of texts of which one comes in fewer rows on average, the shares say nothing: they are names, or free."""


class Sample(NamedTuple):
    """The FROM part of rows whose columns are `v0`... in the order of the shared ones, and their number."""

    table: str
    rows: int


class Effect(NamedTuple):
    """What moved, before, after and by how much: a mean with its standard error, or a share with its counts and rows."""

    what: str
    before: float
    after: float
    effect: float
    error: float = 0.0
    counts: tuple[tuple[int, int], tuple[int, int]] | None = None

    def interval(self, level: float) -> tuple[float, float]:
        """Return both ends at a confidence."""
        if self.counts:
            return shares_interval(*self.counts, level)
        reach = self.error * normal_quantile(0.5 + level / 2)
        return self.effect - reach, self.effect + reach


class Measured(NamedTuple):
    """One column in both samples: rows in each cell, the last without a value; moments of numbers."""

    cells: Distribution
    base: Sequence[int]
    head: Sequence[int]
    moments: tuple[float, float, float, float] | None
    """Mean and standard deviation of the base, then of the head."""


def cells_of(connection: Any, index: int, one: Shared, base: Sample, rows: Sample) -> Distribution | None:
    """Return cells of about as many of all rows each, a cell for each value where a number had two; None for a text of very many."""
    value = f"v{index}"
    before, distinct = (
        connection.execute(select([f"approx_count_distinct({value})"], table)).fetchone()[0]
        for table in (base.table, rows.table)
    )
    if one.storage in ("integer", "float") and before > 2:
        steps = ", ".join(str(step / CELLS) for step in range(1, CELLS))
        chosen = f"WHERE {drawn(rows.rows, SAMPLE)}"
        (edges,) = connection.execute(
            select([f"quantile_disc(CAST({value} AS DOUBLE), [{steps}])"], rows.table, chosen)
        ).fetchone()
        return Distribution(edges=tuple(sorted(set(edges or ()))))
    if distinct > min(MOST_CATEGORIES, max(2, rows.rows / ROWS_A_VALUE)):
        return None
    rest = f"WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {SHOWN_CATEGORIES}"
    found = connection.execute(select([f"CAST({value} AS VARCHAR)"], rows.table, rest)).fetchall()
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


def effects_of(found: Measured) -> tuple[Effect, ...]:
    """Return what moved: the share that moved most, and before it the mean where that moved by more than two standard errors."""
    filled, now = sum(found.base[:-1]), sum(found.head[:-1])
    share = moved_most(found)
    if found.moments is None or now < 2:
        return (share,)
    mean, deviation, other, other_deviation = found.moments
    effect = (other - mean) / deviation
    error = math.sqrt(1 / filled + (other_deviation / deviation) ** 2 / now)
    moved = Effect("mean", mean, other, effect, error=error)
    return (moved, share) if abs(effect) > 2 * error or not share.effect else (share,)


def moved_most(found: Measured) -> Effect:
    """Return the cell whose share moved most."""
    rows, now = sum(found.base), sum(found.head)
    cell = max(range(len(found.base)), key=lambda one: abs(found.base[one] / rows - found.head[one] / now))
    counts = ((found.base[cell], rows), (found.head[cell], now))
    before, after = (count / total for count, total in counts)
    return Effect(cell_name(found.cells, cell), before, after, after - before, counts=counts)


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
