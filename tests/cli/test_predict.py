"""`mlgit predict`: whole tables, by the same model and the same rules as a request."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.serve_repository import Servable
from tests.driver import Person
from tests.small_onnx import mixed, slope, strict

SCHEMA = """\
version: 1
id: customer
missing: ["?"]
columns:
  customer: {type: string}
  age: {type: float, max_null_share: 0.5, min: 0, max: 120}
  plan: {type: string, categories: [basic, pro]}
  since: {type: date}
"""
SETTINGS = """\
version: 1
models: {churn: {artifact: churn.onnx}}
data: {customers: {path: customers.csv, schema: schema.yaml}}
"""
ROWS = "customer,age,plan,since\na,41,pro,2000-01-01\nb,?,basic,2000-01-02\nc,0.5,basic,1970-01-02\n"
EXPECTED = [("a", 41 + 100 + 10_957.0), ("b", None), ("c", 1.5)]


@pytest.fixture
def desk(person: Person) -> Person:
    (person.folder / "churn.onnx").write_bytes(mixed())
    person.write("mlgit.yaml", SETTINGS)
    person.write("schema.yaml", SCHEMA)
    person.write("customers.csv", ROWS)
    return person


def read(path: Path) -> list[tuple[str, float | None]]:
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        (row["customer"], float(row["prediction"]) if row["prediction"] not in ("", "nan") else None)
        for row in rows
    ]


def test_a_table_is_predicted_as_csv_and_parquet_and_by_folder(desk: Person) -> None:
    import duckdb

    said = desk.mlgit("predict", "./churn.onnx", "customers.csv", "-o", "out.csv").out
    assert said == "churn predicted 3 rows: out.csv\n"
    assert read(desk.folder / "out.csv") == EXPECTED
    (desk.folder / "in").mkdir()
    duckdb.sql(
        f"COPY (SELECT * FROM read_csv('{desk.folder}/customers.csv', nullstr='?')) TO '{desk.folder}/in/one.parquet'"
    )
    desk.write("in/two.csv", ROWS)
    desk.mlgit("predict", "./churn.onnx", "in", "-o", "out.parquet")
    found = duckdb.sql(f"SELECT file, customer, prediction FROM '{desk.folder}/out.parquet'").fetchall()
    assert [one[:2] for one in found] == [
        (name, row[0]) for name in ("one.parquet", "two.csv") for row in EXPECTED
    ]
    assert found[0][2] == found[3][2] == EXPECTED[0][1]


def test_packed_tables_and_json_lines_are_predicted(desk: Person) -> None:
    import gzip
    import json

    (desk.folder / "customers.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    rows = [
        dict(zip(ROWS.split("\n")[0].split(","), line.split(","), strict=True)) for line in ROWS.split()[1:]
    ]
    ages: list[float | None] = [41, None, 0.5]
    lines = [json.dumps({**row, "age": age}) for row, age in zip(rows, ages, strict=True)]
    desk.write("customers.jsonl", "\n".join(lines))
    for name in ("customers.csv.gz", "customers.jsonl"):
        desk.mlgit("predict", "./churn.onnx", name, "-o", "out.csv")
        assert read(desk.folder / "out.csv") == EXPECTED


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "d,121,pro,2000-01-01",
            "error[predict-rows]: customers.csv:5: age '121' is outside of its range in row 3 (rule range)",
        ),
        ("d,old,pro,2000-01-01", "age 'old' is not written as its type in row 3 (rule type)"),
        ("d,1,gold,2000-01-01", "plan 'gold' is not in the schema's list in row 3 (rule categories)"),
        ("d,1,,2000-01-01", "plan has no value in row 3 (rule nulls)"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named_and_nothing_is_written(desk: Person, row: str, said: str) -> None:
    desk.write("customers.csv", f"{ROWS}{row}\n")
    desk.write("out.csv", "before")
    assert said in desk.mlgit("predict", "./churn.onnx", "customers.csv", "-o", "out.csv", exit_code=2).err
    assert desk.read("out.csv") == "before"
    assert not list(desk.folder.glob(".out*"))


def test_a_model_that_fails_is_named_with_its_row(person: Person) -> None:
    (person.folder / "strict.onnx").write_bytes(strict())
    person.write("t.csv", "id,plan\n" + "1,pro\n2,basic\n" * 40_000 + "3,gold\n4,pro\n")
    said = person.mlgit("predict", "strict.onnx", "t.csv", "-o", "out.csv", exit_code=2).err
    assert "error[predict-model]: t.csv:80002: the model failed in row 80,000" in said
    assert not (person.folder / "out.csv").exists()
    person.write("t.csv", "id,plan\n1,pro\n2,basic\n")
    person.mlgit("predict", "strict.onnx", "t.csv", "-o", "out.csv")
    assert person.read("out.csv").splitlines() == ["row,prediction_0,prediction_1", "0,0.0,1.0", "1,1.0,0.0"]


def test_a_registered_version_predicts(servable: Servable) -> None:
    servable.mlgit("predict", "small@v0.1.0", "data.csv", "-o", "out.csv")
    assert servable.desk.read("out.csv").splitlines() == ["row,prediction", "0,5.0", "1,10.0"]
    servable.refused("predict-no-table", "predict", "small", "nothing.csv")
    servable.desk.write("other.csv", "z,y\n1,2\n2,3\n")
    servable.refused("predict-columns", "predict", "small", "other.csv")


def test_a_model_without_a_schema_takes_what_its_inputs_say(person: Person) -> None:
    (person.folder / "churn.onnx").write_bytes(mixed())
    person.write("t.csv", "age,plan,since\n1,pro,2\n,,1\n")
    person.mlgit("predict", "churn.onnx", "t.csv", "-o", "out.csv")
    assert person.read("out.csv").splitlines()[:2] == ["row,prediction", "0,103.0"]


def test_a_model_that_is_not_here_is_told_with_what_brings_it(repository: Person) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    repository.write("t.csv", "age,plan,since\n1,pro,2\n")
    repository.write("lfs.onnx", pointer)
    repository.write("far.onnx.dvc", "outs:\n- path: far.onnx\n")
    repository.write("mlgit.yaml", "version: 1\nmodels: {churn: {artifact: churn.onnx}}\n")
    for target, code, hint in (
        ("lfs.onnx", "lfs-pointer", "git lfs pull"),
        ("far.onnx", "serve-no-model", "dvc pull far.onnx"),
        ("churn", "serve-no-model", "mlgit register churn makes a version of it"),
        ("nothing", "serve-no-model", "mlgit models lists versions; or the path of a model"),
    ):
        said = repository.mlgit("predict", target, "t.csv", "-o", "out.csv", exit_code=2).err
        assert (f"error[{code}]" in said, f"hint: {hint}" in said) == (True, True), said


def test_a_table_that_lacks_a_column_of_a_model_without_a_schema_is_refused(person: Person) -> None:
    (person.folder / "churn.onnx").write_bytes(mixed())
    person.write("t.csv", "height,weight\n1,2\n")
    said = person.mlgit("predict", "churn.onnx", "t.csv", "-o", "out.csv", exit_code=2).err
    assert "error[predict-columns]: t.csv: the table has no column 'age'" in said
    assert not (person.folder / "out.csv").exists()


@pytest.mark.parametrize(
    ("table", "output"),
    [
        ("customers.csv", "customers.csv"),
        ("customers.csv", "link.csv"),
        ("customers.csv", "churn.onnx"),
        ("in", "in/part.csv"),
        ("in", "in/out.csv"),
        ("in", "outside.csv"),
    ],
)
def test_answers_are_never_written_over_what_they_are_made_of(desk: Person, table: str, output: str) -> None:
    """Nor into the folder of the tables, where the next run would read them; `outside.csv` is where a part is a link to."""
    (desk.folder / "link.csv").symlink_to("customers.csv")
    desk.write("in/part.csv", ROWS)
    desk.write("outside.csv", ROWS)
    (desk.folder / "in/more.csv").symlink_to("../outside.csv")
    before = {one: one.read_bytes() for one in desk.folder.rglob("*") if one.is_file()}
    said = desk.mlgit("predict", "./churn.onnx", table, "-o", output, exit_code=2).err
    assert "error[predict-over-input]" in said
    assert {one: one.read_bytes() for one in desk.folder.rglob("*") if one.is_file()} == before


def test_the_output_goes_where_it_is_sent(desk: Person) -> None:
    """Through a link, into a new folder, to a device; never over them, and never to a name that Git would take."""
    predict = ("predict", "./churn.onnx", "customers.csv", "-o")
    (desk.folder / "kept").mkdir()
    (desk.folder / "link.csv").symlink_to("kept/real.csv")
    desk.mlgit(*predict, "link.csv")
    assert (desk.folder / "link.csv").is_symlink()
    assert read(desk.folder / "kept/real.csv") == EXPECTED
    desk.mlgit(*predict, "new/out.csv")
    assert read(desk.folder / "new/out.csv") == EXPECTED
    assert desk.mlgit(*predict, "/dev/stdout").out.startswith("customer,prediction\n")
    assert Path("/dev/stdout").is_symlink()
    assert "No space left" in desk.mlgit(*predict, "/dev/full", exit_code=4).err
    assert Path("/dev/full").is_char_device()
    assert "is a folder" in desk.mlgit(*predict, "kept", exit_code=2).err


def test_parquet_is_taken_as_pandas_writes_it_and_what_is_stored_otherwise_is_said(desk: Person) -> None:
    """pandas has no date: it writes times at midnight."""
    import duckdb

    table = f"read_csv('{desk.folder}/customers.csv', nullstr='?')"
    columns = {
        "midnight": "CAST(since AS TIMESTAMP)",
        "noon": "CAST(since AS TIMESTAMP) + INTERVAL 12 HOUR",
        "text": "CAST(since AS VARCHAR)",
    }
    for name, since in columns.items():
        duckdb.sql(
            f"COPY (SELECT * REPLACE ({since} AS since) FROM {table}) TO '{desk.folder}/{name}.parquet'"
        )
    desk.mlgit("predict", "./churn.onnx", "midnight.parquet", "-o", "out.csv")
    assert read(desk.folder / "out.csv") == EXPECTED
    for name, stored in (("noon", "TIMESTAMP"), ("text", "VARCHAR")):
        said = desk.mlgit("predict", "./churn.onnx", f"{name}.parquet", "-o", "no.csv", exit_code=2).err
        assert f"is stored as {stored}, and has to be a date such as 2024-01-31 in row 0 (rule type)" in said
        assert not (desk.folder / "no.csv").exists()


def test_answers_are_called_what_they_are_and_replace_only_what_was_named(desk: Person) -> None:
    ask = ("predict", "./churn.onnx", "customers.csv")
    desk.mlgit(*ask)
    desk.write("predictions.csv", "of a training\n")
    said = desk.mlgit(*ask, exit_code=2).err
    assert "error[predict-output-stands]" in said
    assert "-o predictions.csv replaces it" in said
    assert (desk.folder / "predictions.csv").read_text() == "of a training\n"
    desk.mlgit(*ask, "-o", "predictions.csv")
    assert read(desk.folder / "predictions.csv") == EXPECTED
    for name in ("out.xlsx", "-"):
        said = desk.mlgit(*ask, "-o", name, exit_code=2).err
        assert "error[predict-output-form]" in said
        assert not (desk.folder / name).exists()
    assert desk.mlgit(*ask, "-o", "/dev/stdout").out.startswith("customer,prediction")


def test_of_several_models_in_a_folder_one_has_to_be_named(desk: Person) -> None:
    (desk.folder / "models").mkdir()
    for name in ("a", "b"):
        (desk.folder / "models" / f"{name}.onnx").write_bytes(mixed())
    said = desk.mlgit("predict", "./models", "customers.csv", exit_code=2).err
    assert "error[serve-several]" in said
    assert "models holds 2 models, and nothing says which one is meant: a.onnx, b.onnx" in said
    assert "models/a.onnx" in said
    desk.mlgit("predict", "models/b.onnx", "customers.csv")


def test_a_table_of_the_one_column_that_a_model_takes_is_a_table(person: Person) -> None:
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    person.write("xs.csv", "x\n2\n3\n")
    assert person.mlgit("predict", "half.onnx", "xs.csv").out == "half predicted 2 rows: predictions.csv\n"
    assert person.read("predictions.csv") == "row,prediction\n0,1.0\n1,1.5\n"
    said = person.mlgit("data", "check", "xs.csv", exit_code=None)
    assert said.exit_code != 0


def test_a_zone_of_parquet_is_read_in_utc_wherever_the_machine_stands(
    desk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    rows = f"read_csv('{desk.folder}/customers.csv', nullstr='?')"
    for name, offset in (("utc", "+00:00"), ("berlin", "+01:00")):
        since = f"CAST(CAST(since AS VARCHAR) || ' 00:00:00{offset}' AS TIMESTAMPTZ)"
        place = desk.folder / f"{name}.parquet"
        duckdb.sql(f"COPY (SELECT * REPLACE ({since} AS since) FROM {rows}) TO '{place}'")
    for zone in ("UTC", "Europe/Berlin"):
        monkeypatch.setenv("TZ", zone)
        desk.mlgit("predict", "./churn.onnx", "utc.parquet", "-o", "out.csv")
        assert read(desk.folder / "out.csv") == EXPECTED
        said = desk.mlgit("predict", "./churn.onnx", "berlin.parquet", "-o", "no.csv", exit_code=2).err
        assert "is stored as TIMESTAMP WITH TIME ZONE, and has to be a date" in said
