"""`mlgit data check --engine spark`: the same verdicts from the same counts, in local mode, from CSV and from Parquet."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mlgit.data.spark_words import in_spark
from tests.calibration.tables import SOURCES, write_table
from tests.driver import Person

spark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="pyspark or Java is not installed"
)
NAMED = ("rule", "column", "passed", "judged", "failed", "checked", "message")
CONFIGURATION = """version: 1
data:
  clean: {{path: clean.{0}, schema: schema.yaml}}
  dirty: {{path: dirty.{0}, schema: schema.yaml}}
"""


def soiled(text: str) -> str:
    """Return a table of orders with a fault of each kind."""
    header, *lines = text.splitlines()
    rows = [line.split(",") for line in lines]
    for number, row in enumerate(rows):
        row[1] = "-5.0" if number % 50 == 0 else row[1]
        row[3] = "O'Neil\\'s" if number % 40 == 0 else row[3]
        row[2] = "many" if number % 60 == 1 else row[2]
        row[6] = "" if number % 3 == 0 else row[6]
        row[5] = "2022-01-01" if number % 70 == 3 else row[5]
        row[8] = "no"
    rows[7][0] = rows[8][0]
    return "\n".join([header, *(",".join(row) for row in [*rows, *rows[:30]]), ""])


def told(report: Path) -> list[list[dict[str, Any]]]:
    """Return of each table what every rule says, without what only a file has: the form of its ends."""
    tables = json.loads(report.read_text())["tables"]
    return [
        [
            {key: one.get(key) for key in NAMED}
            for one in table["results"]
            if one["rule"] not in ("file", "repeated", "spread")
        ]
        for table in tables
    ]


def numbers(report: Path) -> list[list[tuple[object, ...]]]:
    """Return of each table the verdict and counts of the rules whose words hold rows or values of one engine."""
    tables = json.loads(report.read_text())["tables"]
    return [
        [
            tuple(one.get(key) for key in NAMED[:-1])
            for one in table["results"]
            if one["rule"] in ("repeated", "spread")
        ]
        for table in tables
    ]


@spark
@pytest.mark.slow
def test_spark_says_of_each_rule_what_is_said_without_it(person: Person) -> None:
    import duckdb

    folder = person.folder
    write_table(folder / "clean.csv", SOURCES[0], 3000, "reference")
    person.write("dirty.csv", soiled((folder / "clean.csv").read_text()))
    person.write("mlgit.yaml", CONFIGURATION.format("csv"))
    person.mlgit("data", "schema", "clean", "--target", "late")
    person.mlgit("data", "check", "--report", "plain.json", exit_code=1)
    person.mlgit("data", "check", "--report", "spark.json", "--engine", "spark", exit_code=1)
    assert told(folder / "spark.json") == told(folder / "plain.json")
    assert numbers(folder / "spark.json") == numbers(folder / "plain.json")

    for name, kind in (("clean", ""), ("dirty", ", all_varchar=true")):
        duckdb.sql(
            f"COPY (FROM read_csv('{folder}/{name}.csv'{kind})) TO '{folder}/{name}.parquet' (FORMAT parquet)"
        )
    person.write("mlgit.yaml", CONFIGURATION.format("parquet"))
    person.mlgit("data", "check", "--report", "plain.json", exit_code=1)
    person.mlgit("data", "check", "--report", "spark.json", "--engine", "spark", exit_code=1)
    assert told(folder / "spark.json") == told(folder / "plain.json")
    assert numbers(folder / "spark.json") == numbers(folder / "plain.json")


@spark
@pytest.mark.slow
def test_spark_holds_rows_against_a_key_of_several_columns(person: Person) -> None:
    lines = [f"S{store},2025-01-{day:02},{store * day}" for store in range(5) for day in range(1, 29)]
    person.write(
        "sales.csv",
        "\n".join(["store,day,sold", *lines, "S3,2025-01-17,9", ",2025-01-17,8", ",2025-01-17,7"]),
    )
    person.write("mlgit.yaml", "version: 1\ndata:\n  sales: {path: sales.csv, schema: s.yaml}\n")
    columns = "  store: {type: string, max_null_share: 1}\n  day: {type: date}\n  sold: {type: integer}\n"
    person.write("s.yaml", f'version: 1\nkey: ["store", "day"]\ncolumns:\n{columns}')
    person.mlgit("data", "check", "--report", "plain.json", exit_code=1)
    person.mlgit("data", "check", "--report", "spark.json", "--engine", "spark", exit_code=1)
    (table,) = told(person.folder / "spark.json")
    assert [table] == told(person.folder / "plain.json")
    (broken,) = (one for one in table if not one["passed"])
    assert broken["message"].startswith("'store' and 'day' together repeat in 1 row, as 'S3, 2025-01-17'")


def test_the_words_of_spark() -> None:
    query = r"SELECT count_if(regexp_full_match(trim(c0), '[-+]?\d''+') AND hash(s0) = 'hash\') FROM source"
    wanted = (
        r"SELECT count_if(rlike(trim(c0), '\\A(?:[-+]?\\d\'+)\\z') AND xxhash64(s0) = 'hash\\') FROM source"
    )
    assert in_spark(query) == wanted
