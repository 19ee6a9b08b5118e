"""Shifts between two versions of a table: rows of the same source are not said to have moved, and no interval says so either."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from mlgit.data.difference import ColumnShift, Shifts
from mlgit.data.row_changes import rows_difference
from mlgit.data.shifts import shifts_of
from mlgit.data.sql import connected
from mlgit.data.two_tables import key_of, opened, shared_columns
from tests.calibration.tables import SOURCES, Source

HONEST = 60


def shifts(
    header: Iterable[str], base: list[tuple[object, ...]], head: list[tuple[object, ...]], folder: Path
) -> Shifts:
    """Return the shifts between two tables of these rows."""
    places = {"base": folder / "base.csv", "head": folder / "head.csv"}
    for path, rows in zip(places.values(), (base, head), strict=True):
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([tuple(header), *rows])
    with connected(0) as connection:
        first, second = (opened(connection, name, [("t.csv", path)], "") for name, path in places.items())
        shared = shared_columns(first, second)
        key, note = key_of(connection, (), shared, first, second)
        rows = rows_difference(connection, first, second, shared, key, note)
        found = shifts_of(connection, first, second, shared, key, rows)
    assert found is not None
    return found


def drawn(source: Source, chance: random.Random, rows: int, start: int = 0) -> list[tuple[object, ...]]:
    return [source.row(chance, start + number) for number in range(rows)]


def judged(found: Shifts) -> list[ColumnShift]:
    return [one for one in found.columns if one.state != "not judged"]


def test_new_rows_of_the_same_source_move_nothing(tmp_path: Path) -> None:
    """At most 5 % of tables with a claim, and intervals that leave out zero as seldom as their level says, of heavy tails too."""
    claims, beside, columns = 0, 0, 0
    for number in range(HONEST):
        chance = random.Random(f"shift {number}")
        source = SOURCES[number % len(SOURCES)]
        rows, more = chance.choice((300, 1000, 3000)), chance.choice((40, 200, 1000))
        base = drawn(source, chance, rows)
        found = judged(shifts(source.header, base, [*base, *drawn(source, chance, more, rows)], tmp_path))
        claims += any(one.state == "moved" for one in found)
        beside += sum(not (one.low or 0) <= 0 <= (one.high or 0) for one in found)
        columns += len(found)
    assert columns > 5 * HONEST
    assert claims <= 0.05 * HONEST
    assert beside <= 0.01 * columns


def test_what_moved_is_found_with_an_interval_that_holds_it(tmp_path: Path) -> None:
    source = SOURCES[0]
    held = 0
    for number in range(10):
        chance = random.Random(f"moved {number}")
        base, more = drawn(source, chance, 3000), drawn(source, chance, 2000, 3000)
        late = source.header.index("late")
        moved = [(*row[:late], "yes" if chance.random() < 0.3 else "no", *row[late + 1 :]) for row in more]
        found = {one.column: one for one in judged(shifts(source.header, base, [*base, *moved], tmp_path))}
        assert [name for name, one in found.items() if one.state == "moved"] == ["late"]
        low, high = sorted(abs(end or 0.0) for end in (found["late"].low, found["late"].high))
        held += low <= 0.15 <= high
    assert held >= 9


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("code", lambda number: f"O{number:07}", "too many different values to compare their shares"),
        ("code", lambda number: f"O{number // 3:07}", "too many different values to compare their shares"),
        ("code", lambda number: number, "it numbers the rows"),
    ],
)
def test_what_names_rows_is_not_judged(name: str, value: object, reason: str, tmp_path: Path) -> None:
    assert callable(value)
    rows: list[tuple[object, ...]] = [(value(number), number % 7, number % 3) for number in range(1200)]
    found = shifts((name, "a", "b"), rows[:600], rows, tmp_path)
    states = {one.column: (one.state, one.reason) for one in found.columns}
    assert states[name] == ("not judged", reason)
    assert states["a"][0] == "no shift seen"
