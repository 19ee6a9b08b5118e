"""A table gives a model what a request with the same values gives it, whatever the table is written in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mlgit.config.serving import Serving
from mlgit.data import schema_file
from mlgit.data.opening import open_source
from mlgit.errors import UsageError
from mlgit.report.columns import Columns
from mlgit.serving.arrays import listed, plain
from mlgit.serving.batch import predict
from mlgit.serving.formats.onnx import NUMPY, array_of, converter
from mlgit.serving.raw import taken
from mlgit.serving.release import Release
from mlgit.serving.served import Served, serve
from mlgit.serving.tables import typed

SCHEMA = """\
version: 1
id: customer
missing: ["?"]
columns:
  customer: {type: string}
  age: {type: float, max_null_share: 0.5}
  visits: {type: integer, max_null_share: 0.5}
  member: {type: boolean, max_null_share: 0.5}
  since: {type: date, max_null_share: 0.5}
  seen: {type: timestamp, max_null_share: 0.5}
  plan: {type: string, categories: [basic, pro], max_null_share: 0.5}
  town: {type: string, categories: [Köln, Bonn], max_null_share: 0.5, max_new_share: 0.5}
  note: {type: string, max_null_share: 0.5}
"""
WANTED = ("age", "visits", "member", "since", "seen", "plan", "town", "note")
ROWS = 5000
TABLE = f"""SELECT 'c' || range AS customer, CASE WHEN range % 3 > 0 THEN range / 8 END AS age,
CASE WHEN range % 5 > 0 THEN range * 1000003 END AS visits, CASE WHEN range % 7 > 0 THEN range % 2 = 0 END AS member,
CASE WHEN range % 11 > 0 THEN DATE '1969-12-01' + CAST(range AS INTEGER) END AS since,
CASE WHEN range % 13 > 0 THEN TIMESTAMP '2024-01-01 12:00:00' + INTERVAL (range) SECOND END AS seen,
['basic', 'pro', NULL][range % 3 + 1] AS plan, ['Köln', NULL, 'Bonn', 'Ulm'][range % 4 + 1] AS town,
CASE WHEN range % 17 > 0 THEN 'n' || range % 19 END AS note FROM range({ROWS})"""
LOADER = """\
def load(path):
    return Echo()


class Echo:
    columns = {wanted}

    def predict(self, columns):
        return [repr(row) for row in zip(*columns.values(), strict=True)]
"""


@pytest.fixture
def echo(tmp_path: Path) -> Served:
    """A model that says what it was given."""
    (tmp_path / "load.py").write_text(LOADER.format(wanted=WANTED))
    (tmp_path / "model.txt").write_text("")
    release = Release(
        name="m", path=tmp_path / "model.txt", folder=tmp_path, settings=Serving(loader="load.py"),
        schema=schema_file.read(SCHEMA, "s.yaml"),
    )  # fmt: skip
    return serve(release)


@pytest.fixture
def rows() -> list[tuple[Any, ...]]:
    return [(one[0], one[1:]) for one in duckdb.sql(TABLE).fetchall()]


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.jsonl", "groups.parquet", "counted.parquet"])
@pytest.mark.parametrize("cells", [1, 2_000_000])
def test_a_model_is_given_what_a_request_would_give_it(
    echo: Served, rows: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, cells: int
) -> None:
    monkeypatch.setattr(typed, "CELLS", cells)
    monkeypatch.setattr(typed, "ROW_GROUP", 128)
    form = {"csv": "csv", "jsonl": "json"}.get(name.split(".")[1], "parquet")
    options = ", ROW_GROUP_SIZE 2048" if name == "groups.parquet" else ""
    table = TABLE if name != "counted.parquet" else f"SELECT 1 AS file_row_number, * FROM ({TABLE})"
    if name == "counted.parquet":
        extra = schema_file.read(f"{SCHEMA}  file_row_number: {{type: integer}}\n", "s.yaml")
        echo = Served(Release(**{**release_fields(echo), "schema": extra}), echo.predictor)
    duckdb.sql(f"COPY ({table}) TO '{tmp_path / name}' (FORMAT {form}{options})")
    predict(echo, tmp_path / name, name, tmp_path / "out.parquet")
    found = duckdb.sql(f"SELECT * FROM '{tmp_path / 'out.parquet'}'").fetchall()
    assert found == [(key, repr(values)) for key, values in rows]


def release_fields(one: Served) -> dict[str, Any]:
    return {name: getattr(one.release, name) for name in one.release.__struct_fields__}


@pytest.fixture
def columns(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The columns of a piece, as arrays."""
    connection = duckdb.connect()
    duckdb.sql(f"COPY ({TABLE}) TO '{tmp_path / 't.parquet'}'")
    schema = schema_file.read(SCHEMA, "s.yaml")
    table = typed.typed(connection, open_source(tmp_path / "t.parquet"), schema, WANTED, tmp_path)
    (piece,) = table.pieces(connection, WANTED)
    assert all(hasattr(values, "dtype") for values in piece.columns.values())
    yield piece.columns
    connection.close()


@pytest.mark.parametrize("kind", ["tensor(string)", "tensor(float)", "tensor(double)"])
def test_a_tensor_is_the_same_of_arrays_and_of_lists(columns: dict[str, Any], kind: str) -> None:
    convert = converter(kind, "none")
    for name, values in columns.items():
        if kind != "tensor(string)" and values.dtype.kind == "O" and name != "member":
            continue
        alone = np.array([convert(value) for value in listed(values)], NUMPY[kind])
        whole = np.asarray(array_of(values, NUMPY[kind], convert, "none"), NUMPY[kind])
        np.testing.assert_array_equal(whole, alone, err_msg=name)
        assert "none" in whole.tolist() if kind == "tensor(string)" else np.isnan(whole).any(), name


def test_features_are_the_same_of_arrays_and_of_lists(columns: dict[str, Any]) -> None:
    raw = Columns(
        numbers=["age", "visits"], booleans=["member"], dates=["since", "seen"], categories=["plan", "town"],
        texts=["note"], frequent={"town": ["Bonn", "missing"]}, missing=["n3"],
    )  # fmt: skip
    of_lists = raw.features({name: listed(values) for name, values in columns.items()})
    of_arrays = raw.features({name: taken(raw, name, values) for name, values in columns.items()})
    assert set(of_lists["town"]) == {"other", "Bonn", "missing"}
    for name, values in of_lists.items():
        np.testing.assert_array_equal(np.asarray(of_arrays[name]), np.asarray(values), err_msg=name)


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 4]),
        np.ma.array([3, 4], mask=[False, True]),
        np.array([3.5, np.nan], "float32"),
        np.ma.array(np.array(["2024-01-31", "2024-02-01"], "datetime64[D]"), mask=[True, False]),
    ],
)
def test_numbers_and_times_that_are_categories_are_the_same_of_arrays_and_of_lists(values: Any) -> None:
    raw = Columns(numbers=[], booleans=[], dates=[], categories=["code"], texts=[], frequent={}, missing=[])
    of_lists = raw.features({"code": listed(values)})["code"]
    assert raw.features({"code": taken(raw, "code", values)})["code"] == of_lists
    assert "missing" in of_lists or not np.ma.is_masked(values)
    assert not {"nan", "--", "NaT"} & set(of_lists)


def test_columns_are_plain_for_most_models(columns: dict[str, Any]) -> None:
    found = {name: plain(values) for name, values in columns.items()}
    assert np.isnan(found["age"][0])
    assert np.isnan(found["visits"][0])
    assert found["since"][:2] == [None, date(1969, 12, 2)]
    assert found["seen"][:2] == [None, datetime(2024, 1, 1, 12, 0, 1)]
    assert found["member"][:3] == [None, False, True]
    assert found["town"][:4] == ["Köln", None, "Bonn", "Ulm"]


def test_a_model_that_gives_fewer_answers_than_rows_is_refused(echo: Served, tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(
        LOADER.format(wanted=WANTED).replace("strict=True)]", "strict=True)][1:]")
    )
    short = serve(echo.release)
    duckdb.sql(f"COPY ({TABLE}) TO '{tmp_path / 't.csv'}'")
    with pytest.raises(UsageError, match="it gave 4,999 answers to 5,000 rows") as raised:
        predict(short, tmp_path / "t.csv", "t.csv", tmp_path / "out.csv")
    assert raised.value.code == "predict-model"
    assert not (tmp_path / "out.csv").exists()
