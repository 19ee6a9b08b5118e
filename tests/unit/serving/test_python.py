"""Models that are no ONNX: the loader that the documentation shows, and pickles that nobody allowed."""

from __future__ import annotations

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgit.config.serving import Serving
from mlgit.data import schema_file
from mlgit.errors import UsageError
from mlgit.serving.formats.python import Sklearn
from mlgit.serving.release import Release
from mlgit.serving.served import serve

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "serving.md"


def release(folder: Path, settings: Serving, name: str = "model.txt") -> Release:
    text = "version: 1\ncolumns:\n  age: {type: integer, max_null_share: 0.5}\n"
    return Release(
        name="m",
        path=folder / name,
        folder=folder,
        settings=settings,
        schema=schema_file.read(text, "s.yaml"),
    )


def test_the_loader_of_the_documentation_serves(tmp_path: Path) -> None:
    found = re.search(r"```python\n(def load.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "load.py").write_text(found[1])
    (tmp_path / "model.txt").write_text("")
    served = serve(release(tmp_path, Serving(loader="load.py")))
    checked = served.validator.from_rows([{"age": 21}, {}])
    assert served.predict(checked).predictions == [42, 0]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_pickle_is_not_loaded_without_its_digest(tmp_path: Path, allowed: bool) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({}))
    with pytest.raises(UsageError) as raised:
        serve(release(tmp_path, Serving(pickle=allowed), "model.pkl"))
    assert raised.value.code == "serve-pickle"


TABLE = "plan,ok,zip,size,n\n" + 10 * "pro,true,8001,3,1\nbasic,false,,4,2\n,true,8003,,3\npro,,8001,3,4\n"
RULES = """\
version: 1
target: y
columns:
  plan: {type: string, max_null_share: 0.5}
  ok: {type: boolean, max_null_share: 0.5}
  zip: {type: integer, max_null_share: 0.5}
  size: {type: float, max_null_share: 0.5}
  n: {type: integer}
  y: {type: float}
"""


def as_texts(table: Any) -> Any:
    return table.astype(str)


def test_a_row_is_the_same_alone_and_in_the_table_that_the_model_learned_from(tmp_path: Path) -> None:
    """A missing text, a whole number and a boolean have in one row another type of pandas than in a table."""
    import pandas
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    table = pandas.read_csv(io.StringIO(TABLE))
    encoded = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(
        make_column_transformer(
            (encoded, ["plan", "ok"]),
            (make_pipeline(FunctionTransformer(as_texts), encoded), ["zip", "size", "n"]),
        ),
        LinearRegression(),
    ).fit(table, [5.0, 2.0, 7.0, 11.0] * 10)
    expected = model.predict(table[:4]).tolist()
    learned = Sklearn(model, "skops", schema_file.read(RULES, "s.yaml").columns)
    rows = [
        {"plan": "pro", "ok": True, "zip": 8001, "size": 3.0, "n": 1},
        {"plan": "basic", "ok": False, "zip": None, "size": 4.0, "n": 2},
        {"plan": None, "ok": True, "zip": 8003, "size": None, "n": 3},
        {"plan": "pro", "ok": None, "zip": 8001, "size": 3.0, "n": 4},
    ]
    alone = [learned.predict({name: [value] for name, value in row.items()}).predictions[0] for row in rows]
    together = learned.predict({name: [row[name] for row in rows] for name in rows[0]})
    arrays = learned.predict(
        {
            "plan": np.ma.array(["pro", "basic", "", "pro"], object, mask=[False, False, True, False]),
            "ok": np.ma.array([True, False, True, True], mask=[False, False, False, True]),
            "zip": np.ma.array([8001, 0, 8003, 8001], mask=[False, True, False, False]),
            "size": np.array([3, 4, np.nan, 3], "float32"),
            "n": np.array([1, 2, 3, 4]),
        }
    )
    for found in (alone, together.predictions, arrays.predictions):
        np.testing.assert_allclose(found, expected)
