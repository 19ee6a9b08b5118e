"""Parts of dates are made of the raw date, as DuckDB makes them for the training."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from onnx import TensorProto, helper

from mlgit.data import schema as schemas
from mlgit.serving.dates import PARTS
from mlgit.serving.release import Release
from mlgit.serving.served import serve
from mlgit.serving.validation import instant
from tests.small_onnx import built, column

SQL = {
    "days": "epoch(t) / 86400.0",
    "month": "month(t)",
    "yearday": "dayofyear(t)",
    "weekday": "isodow(t)",
    "hour": "hour(t)",
}


@pytest.mark.parametrize("text", ["1969-12-31", "2024-02-29 23:59:59.5", "2000-01-01", "2026-11-29T06:00:00"])
def test_each_part_is_what_the_training_has(text: str) -> None:
    value = instant(text)
    assert value is not None
    for name, part in PARTS.items():
        ((expected,),) = duckdb.sql(f"SELECT {SQL[name]} FROM (SELECT TIMESTAMP '{value}' AS t)").fetchall()
        assert part(value) == pytest.approx(expected)


def test_a_model_of_parts_takes_the_raw_row_and_the_word_of_the_export(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Slice", ["numbers", "one", "two", "axis"], ["month"]),
        helper.make_node(
            "LabelEncoder", ["categories"], ["code"], domain="ai.onnx.ml",
            keys_strings=["missing", "pro"], values_floats=[1000.0, 100.0], default_float=0.0,
        ),
        helper.make_node("Add", ["month", "code"], ["y"]),
    ]  # fmt: skip
    constants = [
        helper.make_tensor(name, TensorProto.INT64, [1], [number])
        for name, number in (("one", 1), ("two", 2), ("axis", 1))
    ]
    inputs = [column("numbers", width=2), column("categories", TensorProto.STRING)]
    path = tmp_path / "model.onnx"
    path.write_bytes(built(nodes, inputs, [column("y")], constants))
    said = {"numbers": ["opened_days", "opened_month"], "categories": ["plan"]}
    (tmp_path / "export.json").write_text(json.dumps(said))
    text = "version: 1\ncolumns:\n  opened: {type: date, max_null_share: 0.5}\n  plan: {type: string, max_null_share: 0.5}\n"
    served = serve(Release(name="m", path=path, folder=tmp_path, schema=schemas.read(text, "s.yaml")))
    assert served.columns == ("opened", "plan")
    checked = served.validator.from_rows([{"opened": "2024-02-29", "plan": "pro"}, {"opened": "2024-03-01"}])
    assert list(served.predict(checked).predictions) == [102.0, 1003.0]
