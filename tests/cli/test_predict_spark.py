"""`mlgit predict --engine spark`: the same answers and the same refusals as without it, from folders of CSV and Parquet."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.test_predict import SCHEMA, SETTINGS
from tests.driver import Person
from tests.small_onnx import mixed, strict

spark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="pyspark or Java is not installed"
)
ON_SPARK = ("--engine", "spark")


@pytest.fixture
def desk(person: Person) -> Person:
    (person.folder / "churn.onnx").write_bytes(mixed())
    person.write("mlgit.yaml", SETTINGS)
    person.write("schema.yaml", SCHEMA)
    for part in range(3):
        person.write(f"in/part-{part}.csv", "customer,age,plan,since\n" + "".join(lines(part, 4000)))
    return person


def lines(part: int, count: int) -> list[str]:
    """Rows with a missing number, a quoted id with a line break and a comma, and dates."""
    return [
        f'"{part}-{at}{chr(10) if at % 100 == 7 else ""},",{"?" if at % 9 == 4 else at % 80},{("basic", "pro")[at % 2]},20{at % 20 + 10}-03-1{at % 10}\n'
        for at in range(count)
    ]


def found(place: Path) -> dict[tuple[str, str], float | None]:
    """Answers by file and id, of CSV or Parquet, of a file or a folder of parts."""
    import duckdb

    parts = sorted(place.glob("part-*")) if place.is_dir() else [place]
    read = "read_parquet" if "parquet" in place.name else "read_csv"
    rows = duckdb.sql(f"SELECT file, customer, prediction FROM {read}({list(map(str, parts))})").fetchall()
    answers = {(file, one): None if said is None or said != said else float(said) for file, one, said in rows}
    assert len(answers) == len(rows)
    return answers


@spark
@pytest.mark.slow
def test_spark_answers_as_predict_does_without_it(desk: Person) -> None:
    import duckdb

    predict = ("predict", "./churn.onnx")
    desk.mlgit(*predict, "in", "-o", "plain.csv")
    said = desk.mlgit(*predict, "in", "-o", "out.csv", *ON_SPARK).out
    assert said == "churn predicted 12,000 rows: out.csv\n"
    expected = found(desk.folder / "plain.csv")
    assert len(expected) == 12_000
    assert found(desk.folder / "out.csv") == pytest.approx(expected, abs=1e-5)
    (desk.folder / "typed").mkdir()
    for part in range(3):
        query = f"SELECT * FROM read_csv('{desk.folder}/in/part-{part}.csv', nullstr='?')"
        duckdb.sql(f"COPY ({query}) TO '{desk.folder}/typed/part-{part}.parquet'")
    desk.write("typed/_SUCCESS", "")
    desk.mlgit(*predict, "typed", "-o", "typed-plain.parquet")
    desk.mlgit(*predict, "typed", "-o", "new/out.parquet", *ON_SPARK)
    expected = found(desk.folder / "typed-plain.parquet")
    assert found(desk.folder / "new/out.parquet") == pytest.approx(expected, abs=1e-5)


@spark
@pytest.mark.slow
def test_spark_refuses_as_predict_does_without_it_and_leaves_nothing(desk: Person) -> None:
    predict = ("predict", "./churn.onnx", "in", "-o", "out.csv")
    good = desk.read("in/part-1.csv")
    desk.write("in/part-1.csv", f"{good}d,121,pro,2000-01-01\n")
    plain = desk.mlgit(*predict, exit_code=2).err
    assert "error[predict-rows]: in/part-1.csv:4042: age '121'" in plain
    assert desk.mlgit(*predict, *ON_SPARK, exit_code=2).err == plain
    desk.write("in/part-1.csv", f"{good}d,1\n")
    assert "error[spark-failed]" in desk.mlgit(*predict, *ON_SPARK, exit_code=4).err
    assert not (desk.folder / "out.csv").exists()
    assert not list(desk.folder.glob(".mlgit*"))


@spark
@pytest.mark.slow
def test_a_model_that_fails_in_a_worker_is_named_with_its_row(person: Person) -> None:
    (person.folder / "strict.onnx").write_bytes(strict())
    person.write("mlgit.yaml", SETTINGS.replace("churn", "strict"))
    person.write(
        "schema.yaml", "version: 1\nid: id\ncolumns:\n  id: {type: string}\n  plan: {type: string}\n"
    )
    person.write("t.csv", "id,plan\n" + "1,pro\n2,basic\n" * 4000 + "3,gold\n4,pro\n")
    for engine in ("duckdb", "spark"):
        said = person.mlgit(
            "predict", "./strict.onnx", "t.csv", "-o", "out.csv", "--engine", engine, exit_code=2
        ).err
        assert "error[predict-model]: t.csv:8002: the model failed in row 8,000" in said
    assert not (person.folder / "out.csv").exists()


def test_what_spark_cannot_do_is_said_before_it_starts(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    predict = ("predict", "./churn.onnx")
    desk.write("out.csv", "mine")
    said = desk.mlgit(*predict, "in", "-o", "out.csv", *ON_SPARK, exit_code=2).err
    assert "error[predict-output-there]" in said
    assert "error[predict-no-table]" in desk.mlgit(*predict, "none", "-o", "o", *ON_SPARK, exit_code=2).err
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    said = desk.mlgit(*predict, "in", "-o", "o", *ON_SPARK, exit_code=4).err
    assert "error[spark-java]" in said
    desk.write("schema.yaml", SCHEMA.replace("id: customer\n", ""))
    assert "error[spark-id]" in desk.mlgit(*predict, "in", "-o", "o", *ON_SPARK, exit_code=2).err
    assert desk.read("out.csv") == "mine"
