"""How the columns of a table moved between two versions: effects with intervals, false discoveries held over all columns.

The rows that came (added or changed) are held beside all rows of the base; where none came, the rows that left beside
those that stayed. So no row is on both sides, and the interval is that of two samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from mlgit.data.difference import ColumnShift, RowsDifference, Shifts
from mlgit.data.effects import Effect, Sample, cells_of, effects_of, measured
from mlgit.data.row_changes import hashed
from mlgit.data.sql import select
from mlgit.data.two_tables import Key, Shared, Side
from mlgit.stats.multiple import yekutieli_adjusted
from mlgit.stats.two_samples import shares_chance
from mlgit.text import counted

FALSE_SHARE = 0.05
"""Of the columns said to have moved, so many are expected not to have."""
FEWEST = 30


class Seen(NamedTuple):
    """A column before it is judged beside the others: its effects, those most worth to be shown first, chosen among so many."""

    shift: ColumnShift
    effects: tuple[Effect, ...] = ()
    among: int = 0


def shifts_of(
    connection: Any,
    base: Side,
    head: Side,
    shared: Sequence[Shared],
    key: Key | None,
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
        sample="added" if came else "removed",
        rows=other.rows,
        beside=reference.rows,
        judged=sum(one.state != "not judged" for one in columns),
        moved=sum(one.state == "moved" for one in columns),
        columns=columns,
    )


def sample(shared: Sequence[Shared], key: Key | None, side: str, condition: str) -> str:
    """Return the FROM part of the rows of a side that keep a condition on `name`."""
    name = f"{key.value(side) if key is not None else hashed(shared, side)} AS name"
    values = (f"{one.value(side)} AS v{index}" for index, one in enumerate(shared))
    inner = f"({select(['row_at', name, *values], side)})"
    return f"({select(['*'], inner, condition)})"


def shift_of(connection: Any, index: int, one: Shared, key: Key | None, base: Sample, head: Sample) -> Seen:
    """Return a column with its effect and chance, not yet judged beside the others."""
    fewest = min(base.rows, head.rows)
    if key is not None and key.columns == (one,):
        return unjudged(one.name, "it names the rows")
    if fewest < FEWEST:
        return unjudged(one.name, f"{counted(fewest, 'row')}, at least {FEWEST} are needed")
    if one.storage in ("date", "timestamp"):
        return unjudged(one.name, "days move on")
    if one.storage == "integer" and numbers_the_rows(connection, index, base):
        return unjudged(one.name, "it numbers the rows")
    cells = cells_of(connection, index, one, base, both(base, head))
    if cells is None:
        return unjudged(one.name, "too many different values to compare their shares")
    found = measured(connection, index, cells, base, head)
    chance = shares_chance(found.head, [float(n) for n in found.base])
    shift = ColumnShift(column=one.name, state="no shift seen", chance=chance)
    return Seen(shift, effects_of(found), len(found.base) + 1)


def unjudged(column: str, reason: str) -> Seen:
    """Return a column of which nothing is said."""
    return Seen(ColumnShift(column=column, state="not judged", reason=reason))


def both(base: Sample, head: Sample) -> Sample:
    """Return the rows of both samples: cells that are chosen by them all favour neither."""
    tables = " UNION ALL ".join(select(["*"], one.table) for one in (base, head))
    return Sample(f"({tables})", base.rows + head.rows)


def numbers_the_rows(connection: Any, index: int, base: Sample) -> bool:
    """Tell whether a whole number is another one in every row: it goes on in new rows, and says nothing of them."""
    (another,) = connection.execute(select([f"count(DISTINCT v{index}) = count(*)"], base.table)).fetchone()
    return bool(another)


def judged(columns: Sequence[Seen]) -> tuple[ColumnShift, ...]:
    """Return the columns with their states: false discoveries held over all of them, and intervals that go with that.

    An interval has the confidence 1 - 0.05 * moved / judged (Y. Benjamini, D. Yekutieli, JASA 2005;100:71), for all effects of
    a column at once (Bonferroni): the one that is shown was chosen because it is large.
    """
    open_ones = [one for one in columns if one.effects]
    if not open_ones:
        return tuple(one.shift for one in columns)
    chances = yekutieli_adjusted([one.shift.chance or 0.0 for one in open_ones])
    moved = sum(chance <= FALSE_SHARE for chance in chances)
    level = 1 - FALSE_SHARE * max(1, moved) / len(open_ones)
    adjusted = dict(zip((one.shift.column for one in open_ones), chances, strict=True))
    return tuple(
        widened(one, adjusted[one.shift.column], level) if one.effects else one.shift for one in columns
    )


def widened(seen: Seen, chance: float, level: float) -> ColumnShift:
    """Return a column with its state and its interval: of one that did not move, no mean whose interval says it did.

    A mean of few rows with a heavy tail is no normal one; the shares are exact.
    """
    inner = 1 - (1 - level) / seen.among
    moved = chance <= FALSE_SHARE
    ends = [(one, *one.interval(inner)) for one in seen.effects]
    one, low, high = next((each for each in ends if moved or each[1] <= 0.0 <= each[2]), ends[-1])
    return replace(
        seen.shift,
        state="moved" if moved else "no shift seen",
        what=one.what,
        base=one.before,
        head=one.after,
        effect=one.effect,
        low=low,
        high=high,
        level=level,
        chance=chance,
    )
