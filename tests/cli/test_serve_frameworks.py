"""Models of other frameworks behind `serve.loader`: what the framework itself says is what HTTP and a whole table are answered."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.serve_repository import served
from tests.driver import Person

pytestmark = pytest.mark.slow

SETTINGS = """\
version: 1
models: {churn: {artifact: model.ubj, serve: {loader: loading/loader.py}}}
data: {customers: {path: customers.csv, schema: schema.yaml}}
"""
SCHEMA = """\
version: 1
id: customer
columns:
  customer: {type: string}
  age: {type: float, max_null_share: 0.5}
  plan: {type: string, categories: [basic, pro]}
  since: {type: date}
"""
FEATURES = """\
from datetime import date
import numpy

def features(columns):
    age = [50.0 if one is None else one for one in columns["age"]]
    pro = [float(one == "pro") for one in columns["plan"]]
    years = [(one - date(1970, 1, 1)).days / 365.25 for one in columns["since"]]
    return numpy.array([age, pro, years], "float32").T
"""
OPENING = """\
from features import features
COLUMNS = ("age", "plan", "since")
"""
LIGHTGBM = """\
import lightgbm

def load(path):
    return Model(lightgbm.Booster(model_file=path))

class Model:
    columns = COLUMNS
    def __init__(self, model):
        self.model = model
    def predict(self, columns):
        return self.model.predict(features(columns), num_threads=1)
"""
XGBOOST = """\
import xgboost

def load(path):
    model = xgboost.Booster({"nthread": 1})
    model.load_model(path)
    return Model(model)

class Model:
    columns = COLUMNS
    def __init__(self, model):
        self.model = model
    def predict(self, columns):
        return self.model.predict(xgboost.DMatrix(features(columns)))
"""
PYTORCH = """\
import torch

torch.set_num_threads(1)

def network():
    return torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2), torch.nn.Softmax(1))

def load(path):
    model = network()
    model.load_state_dict(torch.load(path, weights_only=True))
    return Model(model.eval())

class Model:
    columns = COLUMNS
    def __init__(self, model):
        self.model = model
    def predict(self, columns):
        with torch.no_grad():
            scores = self.model(torch.from_numpy(features(columns)))
        return {"predictions": scores[:, 1].tolist(), "probabilities": scores.tolist(), "classes": ["stays", "leaves"]}
"""
PYTHON = """\
from pathlib import Path

def load(path):
    return Model(float(Path(path).read_text()))

class Model:
    columns = COLUMNS
    def __init__(self, factor):
        self.factor = factor
    def predict(self, columns):
        return [self.factor * float(row.sum()) for row in features(columns)]
"""


def lightgbm(path: Path, rows: Any, labels: Any) -> None:
    found = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    found.train(settings, found.Dataset(rows, labels), 20).save_model(str(path))


def xgboost(path: Path, rows: Any, labels: Any) -> None:
    found = pytest.importorskip("xgboost", reason="xgboost is not installed")
    settings = {"objective": "binary:logistic", "nthread": 1, "seed": 1}
    found.train(settings, found.DMatrix(rows, labels), 20).save_model(path)


def pytorch(path: Path, rows: Any, labels: Any) -> None:
    found = pytest.importorskip("torch", reason="torch is not installed")
    names: dict[str, Any] = {}
    exec(PYTORCH.replace("columns = COLUMNS", ""), names)
    found.manual_seed(1)
    model = names["network"]()
    steps = found.optim.Adam(model.parameters(), 0.01)
    for _ in range(20):
        steps.zero_grad()
        scores = model(found.from_numpy(rows))
        found.nn.functional.nll_loss(scores.log(), found.from_numpy(labels)).backward()
        steps.step()
    found.save(model.state_dict(), path)


def python(path: Path, rows: Any, labels: Any) -> None:
    path.write_text("0.25")


FRAMEWORKS = {
    "lightgbm": (lightgbm, LIGHTGBM),
    "xgboost": (xgboost, XGBOOST),
    "pytorch": (pytorch, PYTORCH),
    "python": (python, PYTHON),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_loader_answers_what_its_framework_says(
    person: Person, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP by one worker and by two, as rows and as columns, and by `mlgit predict`."""
    train, loader = FRAMEWORKS[framework]
    table = rows(300)
    person.write("loading/features.py", FEATURES)
    person.write("loading/loader.py", OPENING + loader)
    person.write("mlgit.yaml", SETTINGS)
    person.write("schema.yaml", SCHEMA)
    columns = {name: [row[name] for row in table] for name in table[0]}
    learned = own_features(person.folder / "loading", columns, monkeypatch)
    labels = (learned[:, 0] + 20 * learned[:, 1] + (7 * learned[:, 2]) % 50 > 80).astype("int64")
    train(person.folder / "model.ubj", learned, labels)
    expected = own_answers(person.folder, columns)
    assert len({round(one, 3) for one in expected}) > 5

    for workers in ("1", "2"):
        with served(person.folder, "./model.ubj", "--workers", workers) as server:
            asked = [({"rows": table}, expected), ({"columns": columns}, expected)]
            asked += [({"rows": [row]}, [one]) for row, one in zip(table[:20], expected[:20], strict=True)]
            for body, wanted in asked:
                status, said, _ = server.ask("/predict", body)
                assert status == 200, said
                assert said["predictions"] == pytest.approx(wanted, abs=1e-5)
            assert server.ask("/predict", {"rows": [{**table[0], "plan": "gold"}]})[0] == 422
            assert server.ask("/model")[1]["format"] == "loader"
    with (person.folder / "customers.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, table[0])
        writer.writeheader()
        writer.writerows(table)
    person.mlgit("predict", "./model.ubj", "customers.csv", "-o", "out.csv")
    with (person.folder / "out.csv").open(newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [one["customer"] for one in found] == columns["customer"]
    assert [float(one["prediction"]) for one in found] == pytest.approx(expected, abs=1e-5)


def rows(count: int) -> list[dict[str, Any]]:
    """Rows of the raw table: a missing number, a category and a date among them."""
    import numpy

    chance = numpy.random.default_rng(1)
    return [
        {
            "customer": f"c{number}",
            "age": None if number % 7 == 3 else round(float(chance.uniform(18, 90)), 2),
            "plan": ("basic", "pro")[int(chance.integers(2))],
            "since": f"20{int(chance.integers(10, 24))}-0{int(chance.integers(1, 10))}-15",
        }
        for number in range(count)
    ]


def own_features(folder: Path, columns: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the model learns from, by the code beside its loader."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "features", raising=False)
    from features import features  # type: ignore[import-not-found]

    return features({**columns, "since": dates(columns["since"])})


def own_answers(folder: Path, columns: dict[str, list[Any]]) -> Sequence[float]:
    """What the framework says of the rows, asked in this process."""
    names: dict[str, Any] = {}
    exec((folder / "loading" / "loader.py").read_text(), names)
    said = names["load"](str(folder / "model.ubj")).predict({**columns, "since": dates(columns["since"])})
    return list(map(float, said["predictions"] if isinstance(said, dict) else said))


def dates(texts: Sequence[str]) -> list[Any]:
    from datetime import date

    return [date.fromisoformat(one) for one in texts]
