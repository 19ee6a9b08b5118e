"""A folder of months is held against the days inside: the wrong month, a month that stands twice, and months that are new."""

from __future__ import annotations

import random
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write
from mlgit.errors import UsageError

TODAY = date(2026, 11, 1)


def months(folder: Path, seed: int, number: int = 8, *, ending: str = "csv") -> Path:
    """Write readings of so many months from January 2024 on, a folder each."""
    chance = random.Random(seed)
    for place in range(number):
        year, month = 2024 + place // 12, place % 12 + 1
        part = folder / f"year={year}" / f"month={month:02}"
        part.mkdir(parents=True)
        start = datetime(year, month, 1)
        lines = ["meter,read_at,kwh"]
        for _ in range(300):
            at = start + timedelta(seconds=chance.randrange(28 * 86_400))
            lines.append(f"M{chance.randrange(90):02},{at},{chance.gammavariate(2, 1):.3f}")
        (part / "part.csv").write_text("\n".join(lines) + "\n")
        if ending == "parquet":
            read = f"FROM read_csv('{part}/part.csv', hive_partitioning=false)"
            duckdb.sql(f"COPY ({read}) TO '{part}/part.parquet'")
            (part / "part.csv").unlink()
    return folder


def schema_of(folder: Path) -> Schema:
    """Return what is inferred from a table, as its file keeps it."""
    profile = profile_file(folder, "", several=True)
    return read(
        write(infer(profile, observe(folder, profile, TODAY, several=True)), "t", profile.rows), "s.yaml"
    )


def failures(folder: Path, schema: Schema) -> tuple[RuleResult, ...]:
    """Return the rules that a table breaks."""
    report = check_table(folder, schema, table="t", shown="data/t", schema_shown="s.yaml", today=TODAY)
    return report.failures


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_in_the_wrong_folder_are_named(tmp_path: Path, ending: str) -> None:
    schema = schema_of(months(tmp_path / "r", 1, ending=ending))
    assert schema.calendar == (("year", "year", "read_at"), ("month", "month", "read_at"))
    fresh = months(tmp_path / "f", 2, ending=ending)
    assert not failures(fresh, schema)
    march, april = fresh / "year=2024/month=03", fresh / "year=2024/month=04"
    shutil.move(march, fresh / "kept")
    shutil.move(april, march)
    shutil.move(fresh / "kept", april)
    (found,) = failures(fresh, schema)
    assert (found.rule, found.column, found.failed) == ("calendar", "month", 600)
    assert found.message.startswith("'month' is not the month of 'read_at' in 600 rows, as ")
    assert {one.file for one in found.examples} == {f"data/t/year=2024/month=03/part.{ending}"}


def test_a_month_that_stands_twice_is_named_in_both_places(tmp_path: Path) -> None:
    schema = schema_of(months(tmp_path / "r", 1))
    fresh = months(tmp_path / "f", 2)
    shutil.copy(fresh / "year=2024/month=05/part.csv", fresh / "year=2024/month=06/part.csv")
    found = {one.rule: one for one in failures(fresh, schema)}
    assert set(found) == {"calendar", "repeated", "spread"}
    assert found["spread"].message.startswith("'read_at' has a hole of 3")
    assert found["repeated"].failed == found["calendar"].failed == 300
    assert {one.file for one in found["repeated"].examples} == {"data/t/year=2024/month=06/part.csv"}
    assert found["repeated"].examples[0].value == "equal to data/t/year=2024/month=05/part.csv:2"


def test_without_a_date_the_rows_tell_that_a_month_stands_twice(tmp_path: Path) -> None:
    def undated(folder: Path, seed: int) -> Path:
        for part in months(folder, seed).rglob("*.csv"):
            rows = [line.split(",") for line in part.read_text().splitlines()]
            part.write_text("".join(f"{meter},{kwh}\n" for meter, _, kwh in rows))
        return folder

    schema = schema_of(undated(tmp_path / "r", 1))
    fresh = undated(tmp_path / "f", 2)
    assert not failures(fresh, schema)
    shutil.copy(fresh / "year=2024/month=05/part.csv", fresh / "year=2024/month=06/part.csv")
    (found,) = failures(fresh, schema)
    assert found.rule == "repeated"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ": the file is empty"),
        ("meter,read_at,kwh\nM01,2024-05-01 00:00:00\n", ":2: this line has 2 values, the header has 3"),
    ],
)
def test_the_file_of_a_folder_that_is_no_table_is_named(tmp_path: Path, content: str, said: str) -> None:
    schema = schema_of(months(tmp_path / "r", 1))
    fresh = months(tmp_path / "f", 2)
    (fresh / "year=2024/month=05/part.csv").write_text(content)
    (found,) = failures(fresh, schema)
    assert found.message == f"data/t/year=2024/month=05/part.csv{said}"
    assert found.line is None


def test_months_and_years_that_are_new_are_no_fault(tmp_path: Path) -> None:
    schema = schema_of(months(tmp_path / "r", 1))
    assert not failures(months(tmp_path / "f", 2, number=15), schema)


def test_an_hour_that_moved_is_told_by_the_column_of_hours(tmp_path: Path) -> None:
    def readings(seed: int, shift: int) -> Path:
        chance, lines = random.Random(seed), ["at,hour,value"]
        for _ in range(2000):
            at = datetime(2025, 1, 1) + timedelta(seconds=chance.randrange(300 * 86_400))
            lines.append(f"{at + timedelta(hours=shift)},{at.hour},{chance.random():.4f}")
        path = tmp_path / f"{seed}.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    schema = schema_of(readings(1, 0))
    assert ("hour", "hour", "at") in schema.calendar
    assert not failures(readings(2, 0), schema)
    (found,) = failures(readings(3, 2), schema)
    assert (found.rule, found.column, found.failed) == ("calendar", "hour", 2000)


def test_a_calendar_of_columns_that_are_not_there_is_refused() -> None:
    text = 'version: 1\ncalendar: [["month", "month", "at"]]\ncolumns:\n  "month": {type: integer}\n'
    with pytest.raises(UsageError, match="there is no column 'at'") as caught:
        read(text, "s.yaml")
    assert caught.value.where == "s.yaml:2"


def test_in_a_table_sorted_by_time_a_start_after_its_end_is_found(tmp_path: Path) -> None:
    def trips(seed: int, swapped: int) -> Path:
        chance, lines = random.Random(seed), ["start,end"]
        for second in sorted(chance.sample(range(10_000_000), 2000)):
            start = datetime(2025, 1, 1) + timedelta(seconds=second)
            pair = [start, start + timedelta(seconds=chance.randrange(60, 900))]
            lines.append(f"{pair[0]},{pair[1]}")
        for place in range(1, swapped + 1):
            lines[place] = ",".join(reversed(lines[place].split(",")))
        path = tmp_path / f"{seed}.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    schema = schema_of(trips(1, 0))
    assert schema.ordered == (("start", "end"),)
    assert not failures(trips(2, 0), schema)
    (found,) = failures(trips(3, 20), schema)
    assert (found.rule, found.failed, found.examples[0].line) == ("order", 20, 2)


def test_a_sensor_of_twenty_that_hangs_is_found(tmp_path: Path) -> None:
    def readings(seed: int, hanging: int) -> Path:
        chance, lines = random.Random(seed), ["sensor,value"]
        for place in range(6000):
            value = 21.37 if place % 20 < hanging else chance.gauss(20, 3)
            lines.append(f"S{place % 20:02},{value:.2f}")
        path = tmp_path / f"{seed}.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    schema = schema_of(readings(1, 0))
    assert not failures(readings(2, 0), schema)
    (found,) = failures(readings(3, 1), schema)
    assert (found.rule, found.column) == ("spread", "value")
    assert found.message.startswith("'value' is 21.37 in over ")
