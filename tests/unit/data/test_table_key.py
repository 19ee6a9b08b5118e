"""Columns that together name a row are found where chance is no reason, and rows that share them are named."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from mlgit.data.observed import SAMPLE
from mlgit.data.schema_file import read
from mlgit.data.sql import drawn
from mlgit.errors import UsageError
from tests.unit.data.references import failures, schema_of

Rows = list[list[object]]
HEADER = ("store", "day", "visitors", "sales", "region")


def panel(seed: int, days: int = 100, stores: int = 12, start: date = date(2025, 1, 1)) -> Rows:
    """Return a row for each store and day, in random order."""
    chance = random.Random(seed)
    rows: Rows = [
        [
            f"S{store:02}",
            start + timedelta(days=day),
            chance.randint(0, 40),
            round(chance.gauss(100, 20), 2),
            chance.choice(["north", "south"]),
        ]
        for day in range(days)
        for store in range(stores)
    ]
    chance.shuffle(rows)
    return rows


def written(path: Path, rows: Rows, header: Sequence[str] = HEADER) -> Path:
    """Write a table by the ending of its name."""
    if path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(header, row, strict=True)), default=str) for row in rows]
        path.write_text("\n".join(lines) + "\n")
        return path
    with path.with_suffix(".csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    if path.suffix == ".parquet":
        duckdb.sql(f"COPY (FROM read_csv('{path.with_suffix('.csv')}')) TO '{path}'")
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_row_that_came_twice_with_other_values_is_named(tmp_path: Path, ending: str) -> None:
    schema = schema_of(written(tmp_path / f"r.{ending}", panel(1)), "sales")
    assert schema.key == ("store", "day")
    fresh = panel(2, start=date(2025, 5, 1))
    assert not failures(written(tmp_path / f"f.{ending}", fresh), schema)
    fresh.append([*fresh[7][:3], 80.5, fresh[7][4]])
    (found,) = failures(written(tmp_path / f"g.{ending}", fresh), schema)
    assert (found.rule, found.column, found.failed, found.setting) == ("unique", "store", 1, "key")
    said = f"{fresh[7][0]}, {fresh[7][1]}"
    assert found.message == f"'store' and 'day' together repeat in 1 row, as {said!r}; they stand for one row"
    assert found.hint == "take the rows out that came twice, or the key out of s.yaml"
    assert [(one.row, one.value) for one in found.examples] == [(7, said), (1200, said)]


def test_many_rows_are_held_against_the_key_too_and_dirt_beside_it_changes_nothing(tmp_path: Path) -> None:
    schema = schema_of(written(tmp_path / "r.csv", panel(1)), "sales")
    fresh = panel(2, days=2_000, start=date(2019, 1, 1))
    fresh[11][0], fresh[11][1] = fresh[5][:2]
    fresh[400][2] = "none"
    for row, nothing in zip(fresh[900:903], (" ", " ", ""), strict=True):
        row[:2] = ["S01", nothing]
    found = {one.rule: one for one in failures(written(tmp_path / "f.csv", fresh), schema)}
    assert found["unique"].failed == 1
    assert [one.row for one in found["unique"].examples] == [5, 11]


def test_times_that_are_written_in_two_ways_are_one_time(tmp_path: Path) -> None:
    rows = [[store, f"{day}T00:00:00", *rest] for store, day, *rest in panel(1)]
    schema = schema_of(written(tmp_path / "r.csv", rows), "sales")
    assert schema.key == ("store", "day")
    rows.append([rows[0][0], str(rows[0][1]).replace("T", " "), 3, 101.5, "north"])
    (found,) = (one for one in failures(written(tmp_path / "f.csv", rows), schema) if one.setting == "key")
    assert [one.row for one in found.examples] == [0, 1200]


def test_three_columns_where_two_are_not_enough(tmp_path: Path) -> None:
    rows = [
        [store, product, *rest]
        for number, product in enumerate(("P1", "P2", "P3"))
        for store, *rest in panel(number, days=60)
    ]
    header = ("store", "product", *HEADER[1:])
    schema = schema_of(written(tmp_path / "r.csv", rows, header), "sales")
    assert schema.key == ("store", "product", "day")
    rows.append([*rows[3][:3], 2, 90.25, "south"])
    (found,) = failures(written(tmp_path / "f.csv", rows, header), schema)
    assert found.message.startswith("'store', 'product' and 'day' together repeat in 1 row, as 'S")


def test_where_no_column_is_a_time_ids_are_a_key(tmp_path: Path) -> None:
    chance = random.Random(4)
    pairs = chance.sample([(user, film) for user in range(60) for film in range(80)], 2_000)
    rows: Rows = [[user, film, chance.randint(1, 5)] for user, film in pairs]
    schema = schema_of(written(tmp_path / "r.csv", rows, ("user_id", "film_id", "stars")))
    assert schema.key == ("user_id", "film_id")


def test_the_key_that_chance_explains_least_is_taken(tmp_path: Path) -> None:
    tickets = random.Random(8).sample(range(9_000), 1_200)
    rows = [[ticket % 40, *row] for ticket, row in zip(tickets, panel(1), strict=True)]
    by_day: dict[object, set[int]] = {}
    for row in rows:
        used = by_day.setdefault(row[2], set())
        while row[0] in used:
            row[0] = (int(str(row[0])) + 1) % 40
        used.add(int(str(row[0])))
    assert schema_of(written(tmp_path / "r.csv", rows, ("ticket", *HEADER)), "sales").key == ("store", "day")


def test_a_year_is_a_part_of_it_and_so_is_the_one_day_of_a_snapshot(tmp_path: Path) -> None:
    chance = random.Random(7)
    rows: Rows = []
    for country in range(15):
        ranks = chance.sample(range(80), 80)
        rows += [[f"C{country}", rank, 1940 + n, chance.random()] for n, rank in enumerate(ranks)]
    path = written(tmp_path / "y.csv", rows, ("country", "rank", "year", "x"))
    assert schema_of(path, "x").key == ("country", "year")
    shelves: Rows = [[f"S{n // 40}", f"P{n % 40}", "2025-01-31", chance.random()] for n in range(1_200)]
    path = written(tmp_path / "d.csv", shelves, ("store", "product", "counted_on", "x"))
    assert schema_of(path, "x").key == ("store", "product", "counted_on")


def test_whole_numbers_are_a_key_and_the_target_is_none(tmp_path: Path) -> None:
    chance = random.Random(5)
    rows: Rows = [[n // 40, n % 40, chance.random()] for n in range(1_600)]
    assert schema_of(written(tmp_path / "g.csv", rows, ("across", "down", "x")), "x").key == (
        "across",
        "down",
    )
    assert schema_of(written(tmp_path / "r.csv", panel(1)), "store").key == ()


def test_a_repeat_that_no_drawn_row_shows_is_seen(tmp_path: Path) -> None:
    rows = panel(1, days=400, stores=150)
    assert len(rows) > SAMPLE
    with duckdb.connect() as connection:
        (hidden,) = connection.execute(
            f"SELECT max(row_at) FROM range({len(rows)}) t(row_at) WHERE NOT {drawn(len(rows), SAMPLE)}"
        ).fetchone() or (0,)
    rows[int(hidden)][:2] = rows[0][:2]
    assert schema_of(written(tmp_path / "r.csv", rows), "sales").key == ()


def test_where_a_column_of_the_key_is_missing_that_is_what_is_said(tmp_path: Path) -> None:
    schema = schema_of(written(tmp_path / "r.csv", panel(1)), "sales")
    rows = [row[1:] for row in panel(2)]
    assert {one.rule for one in failures(written(tmp_path / "f.csv", rows, HEADER[1:]), schema)} == {
        "columns"
    }


def by_chance(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return stores and days that are drawn, so that some come twice."""
    rows: Rows = [
        [f"S{chance.randrange(12)}", date(2025, 1, 1) + timedelta(chance.randrange(900)), n % 7]
        for n in range(600)
    ]
    return ("store", "day", "n"), rows


def unique_times(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return one row a minute: the time alone names it."""
    start = datetime(2025, 1, 1)
    return ("at", "sensor", "x"), [
        [start + timedelta(minutes=n), f"S{chance.randrange(5)}", chance.random()] for n in range(1_500)
    ]


def calendar(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return a row for each hour of some months, told by numbers that come again every year."""
    start = datetime(2025, 1, 1)
    moments = [start + timedelta(hours=n) for n in range(3_000)]
    return ("month", "day", "hour", "x"), [[at.month, at.day, at.hour, chance.random()] for at in moments]


def one_period(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return stores and products of one month, whose days are drawn: in the next month both come again."""
    return ("store", "product", "counted_on", "left"), [
        [f"S{store}", f"P{product}", date(2025, 1, 1 + chance.randrange(28)), chance.randrange(90)]
        for store in range(30)
        for product in range(40)
    ]


def with_gaps(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return stores and days where one day is missing."""
    rows = panel(3)
    rows[9][1] = ""
    return HEADER, rows


def a_few(chance: random.Random) -> tuple[Sequence[str], Rows]:
    """Return so few rows that chance may be why no two share both."""
    return HEADER, panel(5, days=12, stores=8)


@pytest.mark.parametrize("made", [by_chance, unique_times, calendar, one_period, with_gaps, a_few])
def test_what_may_come_again_is_no_key(
    tmp_path: Path, made: Callable[[random.Random], tuple[Sequence[str], Rows]]
) -> None:
    header, rows = made(random.Random(6))
    assert schema_of(written(tmp_path / "r.csv", rows, header)).key == ()


def test_a_key_that_a_person_writes_needs_no_reference(tmp_path: Path) -> None:
    text = 'version: 1\nkey: ["a", "b"]\ncolumns:\n  a: {type: integer}\n  b: {type: string, max_null_share: 1}\n'
    rows: Rows = [[1, "x"], [1, "y"], [2, "x"], [1, "x"], [3, ""], [3, ""]]
    (found,) = failures(written(tmp_path / "f.csv", rows, ("a", "b")), read(text, "s.yaml"))
    assert (found.failed, found.checked) == (1, 4)
    assert [one.row for one in found.examples] == [0, 3]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('["a", "c"]', "s.yaml:2: key.1: there is no column 'c'"),
        ('["a"]', "s.yaml:2: key: a key is of two columns or more, each named once; one is `unique`"),
        ('["a", "a"]', "s.yaml:2: key: a key is of two columns or more, each named once; one is `unique`"),
        (
            '["a", "b", "a"]',
            "s.yaml:2: key: a key is of two columns or more, each named once; one is `unique`",
        ),
        ("a", "s.yaml:2: key: "),
    ],
)
def test_a_key_that_cannot_be_meant_is_refused_at_its_line(key: str, said: str) -> None:
    text = f"version: 1\nkey: {key}\ncolumns:\n  a: {{type: integer}}\n  b: {{type: string}}\n"
    with pytest.raises(UsageError) as caught:
        read(text, "s.yaml")
    assert f"{caught.value.where}: {caught.value.message}".startswith(said)
