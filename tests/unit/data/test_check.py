"""Every fault that is planted is caught and named at its line; fresh samples of the same source are clean."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from mlgit.data import schema_file
from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.profiling import profile_file
from mlgit.data.report import CheckReport, RuleResult, data_report
from mlgit.data.schema import ColumnRule, RowsRule, Schema
from mlgit.errors import UsageError
from tests.unit.data.tables import HEADER, customers, draw, put, write_rows

Rows = list[list[str]]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return infer(profile_file(customers(tmp_path_factory.mktemp("reference"), rows=2000, seed=1), "churned"))


def check(path: Path, schema: Schema) -> CheckReport:
    return check_table(
        path, schema, table="customers", shown="data/customers.csv", schema_shown="schemas/customers.yaml"
    )


def check_rows(folder: Path, rows: Rows, schema: Schema, header: tuple[str, ...] = HEADER) -> CheckReport:
    return check(write_rows(folder / "t.csv", rows, header), schema)


def only(report: CheckReport) -> RuleResult:
    assert not report.passed
    assert len(report.failures) == 1, report.failures
    return report.failures[0]


@pytest.mark.parametrize("seed", range(2, 22))
def test_fresh_samples_are_clean(seed: int, schema: Schema, tmp_path: Path) -> None:
    report = check_rows(tmp_path, draw(2000, seed, first_id=seed * 10_000), schema)
    assert report.passed, report.failures
    assert report.rows == 2000


def put_in(column: str, row: int, value: str) -> Callable[[Rows], None]:
    """Return a fault that puts a value into one row."""

    def plant(rows: Rows) -> None:
        rows[row][HEADER.index(column)] = value

    return plant


def every(column: str, change: Callable[[str], str], step: int = 1) -> Callable[[Rows], None]:
    """Return a fault that changes every `step`-th value of a column."""

    def plant(rows: Rows) -> None:
        for row in rows[::step]:
            row[HEADER.index(column)] = change(row[HEADER.index(column)])

    return plant


FAULTS: dict[str, tuple[Callable[[Rows], None], str, str, int, str, str]] = {
    # name: the fault, rule, column, rows that fail, words of the message, words of the hint
    "a word for a number": (put_in("age", 10, "old"), "type", "age", 1, "'old'", "mend"),
    "a decimal comma": (every("age", lambda text: f"{text},5", 7), "type", "age", 286, "decimal comma", "1234.5"),
    "a thousands mark": (put_in("income", 10, "12,345.60"), "type", "income", 1, "thousands", "1234.5"),
    "a unit": (put_in("income", 10, "900 EUR"), "type", "income", 1, "unit or currency", "plain form"),
    "a decimal in a whole number": (put_in("age", 10, "3.5"), "type", "age", 1, "'3.5'", "columns.age.type"),
    "another date": (put_in("joined", 10, "31.12.2024"), "type", "joined", 1, "YYYY-MM-DD", "2024-01-31"),
    "no such day": (put_in("joined", 10, "2024-02-30"), "type", "joined", 1, "'2024-02-30'", "mend"),
    "neither true nor false": (put_in("active", 10, "maybe"), "type", "active", 1, "'maybe'", "mend"),
    "a leading zero": (put_in("age", 10, "042"), "type", "age", 1, "'042'", "mend"),
    "an underscore": (put_in("age", 10, "4_2"), "type", "age", 1, "'4_2'", "mend"),
    "a new word for nothing": (put_in("age", 10, "NA"), "type", "age", 1, "'NA'", "add it to missing"),
    "not a number": (put_in("income", 10, "nan"), "type", "income", 1, "'nan'", "add it to missing"),
    "a hole": (put_in("age", 10, ""), "nulls", "age", 1, "1 of 2,000 rows, none allowed", "max_null_share"),
    "a null burst": (every("income", lambda _: "", 2), "nulls", "income", 1051, "at most", "columns.income.max_null_share"),
    "no label": (put_in("churned", 10, ""), "nulls", "churned", 1, "none allowed", "fill"),
    "a number for nothing": (put_in("age", 10, "-999"), "range", "age", 1, "-999", "leave the field empty"),
    "out of range": (put_in("age", 10, "400"), "range", "age", 1, "outside of the range", "unit"),
    "another unit": (every("income", lambda text: text and f"{float(text) * 1000:.2f}"), "range", "income", 1882, "range", "unit"),
    "a new category": (put_in("city", 10, "Wien"), "categories", "city", 1, "'Wien' (1)", "columns.city.categories"),
    "a misspelt category": (put_in("city", 10, "Hambrug"), "categories", "city", 1, "meant 'Hamburg'?", "spelling"),
    "another case": (put_in("city", 10, "BERLIN"), "categories", "city", 1, "meant 'Berlin'?", "spelling"),
    "a blank too many": (put_in("city", 10, "Berlin "), "categories", "city", 1, "meant 'Berlin'?", "spelling"),
    "another accent": (put_in("city", 10, "Koln"), "categories", "city", 1, "'Koln'", ""),
    "a word for no city": (put_in("city", 10, "N/A"), "categories", "city", 1, "'N/A'", "add it to missing"),
    "a new class": (put_in("churned", 10, "perhaps"), "categories", "churned", 1, "'perhaps'", "churned.categories"),
    "a doubled key": (put_in("customer_id", 10, "3"), "unique", "customer_id", 1, "'3'", "doubled"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, schema: Schema, tmp_path: Path) -> None:
    plant, rule, column, failed, said, hint = FAULTS[name]
    rows = draw(2000, 77)
    assert check_rows(tmp_path, rows, schema).passed
    plant(rows)
    found = only(check_rows(tmp_path, rows, schema))
    assert (found.rule, found.column, found.failed) == (rule, column, failed)
    assert said in found.message
    assert hint in found.hint
    if failed == 1 and rule != "unique":
        place = HEADER.index(column)
        assert [(one.row, one.line, one.value) for one in found.examples] == [
            (10, 12, rows[10][place] or None)
        ]


def test_a_doubled_key_names_both_rows(schema: Schema, tmp_path: Path) -> None:
    rows = draw(2000, 77)
    rows[10][0] = "3"
    found = only(check_rows(tmp_path, rows, schema))
    assert [(one.row, one.line) for one in found.examples] == [(2, 4), (10, 12)]


def test_a_renamed_column(schema: Schema, tmp_path: Path) -> None:
    header = ("customer_id", "age", "Income", "city", "joined", "active", "churned")
    found = only(check_rows(tmp_path, draw(2000, 5), schema, header))
    assert (found.rule, found.column, found.line) == ("columns", "income", 1)
    assert "'Income' may be it, renamed" in found.message
    header = ("customer_id", "age", "salary", "city", "joined", "active", "churned")
    assert "'salary' may be it" in only(check_rows(tmp_path, draw(2000, 5), schema, header)).message


def test_a_missing_and_an_extra_column(schema: Schema, tmp_path: Path) -> None:
    rows = [row[:2] + row[3:] for row in draw(2000, 5)]
    found = only(check_rows(tmp_path, rows, schema, HEADER[:2] + HEADER[3:]))
    assert found.message == "there is no column 'income'"
    assert "optional" in found.hint
    rows = [[*row, "x"] for row in draw(2000, 5)]
    found = only(check_rows(tmp_path, rows, schema, (*HEADER, "shoe size")))
    assert "new column 'shoe size'" in found.message
    allowed = check_rows(tmp_path, rows, replace(schema, extra_columns="allow"), (*HEADER, "shoe size"))
    assert allowed.passed
    assert "'shoe size'" in allowed.notes[0]


def test_an_optional_column_may_be_missing(schema: Schema, tmp_path: Path) -> None:
    columns = {**schema.columns, "note": ColumnRule(type="string", optional=True)}
    assert check_rows(tmp_path, draw(2000, 5), replace(schema, columns=columns)).passed


def test_another_order_is_fine_and_said(schema: Schema, tmp_path: Path) -> None:
    rows = [row[::-1] for row in draw(2000, 5)]
    report = check_rows(tmp_path, rows, schema, HEADER[::-1])
    assert report.passed
    assert "another order" in report.notes[0]
    assert check_rows(tmp_path, draw(2000, 5), schema).notes == ()


def test_swapped_values_are_caught(schema: Schema, tmp_path: Path) -> None:
    header = ("customer_id", "age", "income", "city", "active", "joined", "churned")
    report = check_rows(tmp_path, draw(2000, 5), schema, header)
    assert {(found.rule, found.column) for found in report.failures} == {
        ("type", "active"),
        ("type", "joined"),
    }


def test_far_fewer_rows(schema: Schema, tmp_path: Path) -> None:
    found = only(check_rows(tmp_path, draw(900, 5), schema))
    assert (found.rule, found.message) == ("rows", "900 rows, at least 1,000 expected")
    found = only(check_rows(tmp_path, draw(2000, 5), replace(schema, rows=RowsRule(min=1, max=1999))))
    assert (found.setting, found.message) == ("rows.max", "2,000 rows, at most 1,999 expected")


NO_TABLES: dict[str, tuple[bytes | str, int | None, str]] = {
    "empty": ("", None, "empty"),
    "header only": (",".join(HEADER) + "\n", None, "no row"),
    "latin-1": (",".join(HEADER).encode() + b"\n1,2,3,K\xf6ln,5,6,7\n", 2, "not UTF-8"),
    "lfs": ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", 1, "Git LFS"),
    "conflict": (
        ",".join(HEADER) + "\n<<<<<<< HEAD\n1,2,3,4,5,6,7\n=======\n>>>>>>> x\n",
        2,
        "merge conflict",
    ),
    "cut off": (",".join(HEADER) + "\n1,2,3,4,5,6,7\n1,2,3", 3, "3 values, the header has 7"),
    "gzip": (b"\x1f\x8b\x08", None, "gzip"),
    "half a parquet": (b"PAR1abcdefghijk", None, "cut off"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_a_file_that_is_no_table_is_a_finding(name: str, schema: Schema, tmp_path: Path) -> None:
    content, line, said = NO_TABLES[name]
    report = check(put(tmp_path, content), schema)
    found = only(report)
    assert (found.rule, found.line, report.rows) == ("file", line, None)
    assert said in found.message
    assert found.hint


def test_a_short_and_a_long_row_that_cancel_out_are_a_finding(schema: Schema, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "t.csv", [*draw(2000, 5), ["1"], ["1"] * 13])
    found = only(check(path, schema))
    assert (found.rule, found.line) == ("file", 2002)


def test_a_file_that_is_not_there_is_no_finding(schema: Schema, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check(tmp_path / "no.csv", schema)
    assert caught.value.code == "data-missing"


def test_lines_are_right_when_values_hold_line_breaks(schema: Schema, tmp_path: Path) -> None:
    columns = {**schema.columns, "note": ColumnRule(type="string", max_null_share=1)}
    rows = [[*row, "two\nlines" if index < 5 else ""] for index, row in enumerate(draw(2000, 5))]
    rows[10][1] = "old"
    found = only(check_rows(tmp_path, rows, replace(schema, columns=columns), (*HEADER, "note")))
    assert [(one.row, one.line) for one in found.examples] == [(10, 17)]


def test_a_tail_of_rare_categories_may_bring_new_ones_but_no_misspelt_one(tmp_path: Path) -> None:
    chance = random.Random(4)
    words = [
        f"{one}{two}{three}"
        for one in "bdfgk"
        for two in ("an", "el", "or")
        for three in ("ta", "mus", "xo", "lin", "pec")
    ]
    weights = [1 / (rank + 1) ** 1.6 for rank in range(len(words))]

    def table(name: str) -> Path:
        rows = [[word, str(chance.random())] for word in chance.choices(words, weights, k=500)]
        return write_rows(tmp_path / name, rows, ("word", "x"))

    schema = infer(profile_file(table("reference.csv")))
    assert schema.columns["word"].max_new_share > 0
    clean = [check(table("fresh.csv"), schema) for _ in range(10)]
    new = [rule for report in clean for rule in report.results if rule.rule == "categories" and rule.failed]
    assert new, "the fresh samples were meant to bring new words"
    path = table("misspelt.csv")
    common = schema.columns["word"].categories or ()
    path.write_text(path.read_text() + f"{str(common[0]).upper()},0.5\n")
    assert "meant" in next(f for f in check(path, schema).failures if f.rule == "categories").message


def test_parquet_is_checked_by_its_types(schema: Schema, tmp_path: Path) -> None:
    import duckdb

    source = customers(tmp_path, rows=2000, seed=9)
    types = "types={'churned': 'VARCHAR'}"

    def written(query: str) -> CheckReport:
        duckdb.connect().execute(
            f"COPY ({query} FROM read_csv('{source}', {types})) TO '{tmp_path}/t.parquet'"
        )
        return check(tmp_path / "t.parquet", schema)

    assert written("SELECT *").passed
    assert written("SELECT * REPLACE (age::DOUBLE AS age, joined::TIMESTAMP::DATE AS joined)").passed
    assert written("SELECT * REPLACE (age::UTINYINT AS age, income::DECIMAL(18, 2) AS income)").passed
    found = only(written("SELECT * REPLACE (age::VARCHAR AS age)"))
    assert (found.rule, found.column, found.failed) == ("type", "age", 2000)
    assert "stored as" in found.message
    found = only(written("SELECT * REPLACE (age + 0.5 AS age)"))
    assert (found.rule, found.failed) == ("type", 2000)
    found = only(written("SELECT * REPLACE (CASE WHEN customer_id = 8 THEN NULL ELSE age END AS age)"))
    assert [(one.row, one.line) for one in found.examples] == [(7, None)]
    assert only(written("SELECT * REPLACE (joined::VARCHAR AS joined)")).column == "joined"


def test_bounds_of_dates_and_categories_of_numbers(tmp_path: Path) -> None:
    schema = Schema(
        version=1,
        columns={
            "day": ColumnRule(type="date", min="2024-01-01", max="2024-12-31"),
            "at": ColumnRule(type="timestamp", max="2024-06-01 12:00:00"),
            "code": ColumnRule(type="integer", categories=(1, 2)),
            "size": ColumnRule(type="float", categories=(0.5, 1)),
            "flag": ColumnRule(type="boolean", categories=(True,)),
            "never": ColumnRule(type="string", categories=()),
        },
    )
    good = ["2024-05-05", "2024-05-05T10:00", "1", "0.50", "TRUE", ""]
    bad = ["2023-05-05", "2024-06-01 12:00:01", "3", "2", "false", "x"]
    schema = replace(
        schema, columns={**schema.columns, "never": replace(schema.columns["never"], max_null_share=1)}
    )
    assert check_rows(tmp_path, [good], schema, tuple(schema.columns)).passed
    report = check_rows(tmp_path, [good, bad], schema, tuple(schema.columns))
    assert [(found.rule, found.column) for found in report.failures] == [
        ("range", "day"),
        ("range", "at"),
        ("categories", "code"),
        ("categories", "size"),
        ("categories", "flag"),
        ("categories", "never"),
    ]


def test_names_and_values_of_any_kind_are_only_names_and_values(tmp_path: Path) -> None:
    nasty = ["'; DROP TABLE source; --", '"', "c0", "row_at", "{x}", "a\nb", "é;|"]
    rows = [[f"{name}{index}" for name in nasty] for index in range(20)]
    columns = {
        name: ColumnRule(type="string", categories=tuple(row[at] for row in rows))
        for at, name in enumerate(nasty)
    }
    schema = Schema(version=1, columns=columns)
    assert check_rows(tmp_path, rows, schema, tuple(nasty)).passed
    rows[3][0] = "'"
    found = only(check_rows(tmp_path, rows, schema, tuple(nasty)))
    assert (found.column, found.examples[0].value) == (nasty[0], "'")


def test_equal_data_give_an_equal_report(schema: Schema, tmp_path: Path) -> None:
    rows = draw(2000, 5)
    rows[3][1] = "old"
    one, other = (data_report((check_rows(tmp_path, rows, schema),)) for _ in range(2))
    assert msgspec.json.encode(one) == msgspec.json.encode(other)
    assert not one.passed
    assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [
        ([5, 3, 4, 9], 0),
        ([5, 3, 5, 9, 5], 2),
        ([-4, -4, 0, None], 1),
        ([0, 2**53, 2**53 + 1], 0),
        ([0, 2**53, 2**53], 1),
        ([7], 0),
        ([1, 127], 0),
        ([-(2**31), 2**31 - 1, 2**31 - 1], 1),
    ],
)
@pytest.mark.parametrize("stored", ["BIGINT", "DECIMAL(18,0)"])
def test_numbers_that_come_once_are_told_from_those_that_come_twice(
    numbers: list[int | None], failed: int, stored: str, tmp_path: Path
) -> None:
    """Close together or far apart, and in a type of Parquet that is no plain integer."""
    import duckdb

    schema = schema_file.read(
        b"version: 1\ncolumns:\n  key: {type: integer, unique: true, max_null_share: 1}\n", "s.yaml"
    )
    path = tmp_path / "t.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT unnest(?)::{stored} AS key, 1 AS other", [numbers])
        connection.execute(f"COPY t TO '{path}'")
    found = next(one for one in check(path, schema).results if one.rule == "unique")
    assert found.failed == failed
