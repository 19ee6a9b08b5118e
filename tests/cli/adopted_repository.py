"""A DVC project of somebody, adopted: one stage trains, one evaluates, with metrics and predictions in Git; no network, no numpy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.driver import Answer, Person

GATES = "[{accuracy: {no_worse_than: {margin: 0.02}}}]"
CONFIGURATION = """\
version: 1
models:
  churn:
    task: binary-classification
    pipeline: .
    artifact: model.json
    metrics: [metrics.json]
    predictions: predictions.csv
    positive: 1
    gates: GATES
data:
  customers: {path: customers.csv, schema: schemas/customers.yaml}
"""
SCHEMA = """\
version: 1
columns:
  id: {type: integer, unique: true}
  x: {type: float}
  churned: {type: integer}
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [customers.csv, train.py]
    params: [noise]
    outs: [model.json]
  evaluate:
    cmd: python evaluate.py
    deps: [customers.csv, model.json, evaluate.py]
    metrics:
      - metrics.json: {cache: false}
    outs:
      - predictions.csv: {cache: false}
"""
TRAIN = """\
import json, pathlib
noise = json.loads(pathlib.Path("params.yaml").read_text().split(":")[1])
pathlib.Path("model.json").write_text(json.dumps({"threshold": 0.5 + noise}))
"""
EVALUATE = """\
import csv, json, pathlib
threshold = json.loads(pathlib.Path("model.json").read_text())["threshold"]
rows = [row for row in csv.DictReader(open("customers.csv"))]
lines, right = ["id,label,prediction,score"], 0
for row in rows:
    x = float(row["x"])
    answer = int(x > threshold)
    right += answer == int(row["churned"])
    lines.append(f"c{row['id']},{row['churned']},{answer},{max(0.0, min(1.0, x - threshold + 0.5)):.4f}")
pathlib.Path("predictions.csv").write_text("\\n".join(lines) + "\\n")
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": right / len(rows), "my_kpi": 0.9}))
"""
TESTS = {
    "tests/code/test_code.py": "def test_code():\n    assert 1 + 1 == 2\n",
    "tests/data/test_data.py": "def test_data():\n    assert open('customers.csv').readline() == 'id,x,churned\\n'\n",
    "tests/model/test_model.py": "import json\ndef test_model():\n    assert json.load(open('model.json'))['threshold'] < 1\n",
}


def customers(number: int = 400) -> str:
    """Return a table in which `x` above one half tells the label nine times in ten."""
    rows = []
    for item in range(number):
        x = (item * 37 % 101) / 101
        label = int(x > 0.5) if item % 10 else int(x <= 0.5)
        rows.append(f"{item},{x:.4f},{label}")
    return "id,x,churned\n" + "\n".join(rows) + "\n"


def make_adopted(
    folder: Path, *, gates: str = GATES, more: str = "", files: Mapping[str, str] | None = None
) -> Person:
    """Write the project, train it and commit it on main; a branch `change` is checked out. `files` are others instead."""
    folder.mkdir(parents=True)
    person = Person(folder)
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    for path, text in {
        "mlgit.yaml": CONFIGURATION.replace("GATES", gates) + more,
        "schemas/customers.yaml": SCHEMA,
        "dvc.yaml": PIPELINE,
        "train.py": TRAIN,
        "evaluate.py": EVALUATE,
        "params.yaml": "noise: 0.0\n",
        "customers.csv": customers(),
        "requirements.lock": "",
        **TESTS,
        **(files or {}),
    }.items():
        person.write(path, text)
    person.write(".gitignore", "__pycache__/\n/model.json\n/storage\n")
    person.dvc("repro", "--quiet")
    person.mlgit("sync")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    return person


def trained_with(person: Person, noise: float) -> None:
    """Train the model on the branch with another threshold and commit it: the farther from 0, the worse."""
    person.write("params.yaml", f"noise: {noise}\n")
    person.dvc("repro", "--quiet")
    person.commit(f"Train with {noise}")


def lock_again(person: Person, *paths: str) -> None:
    """Put the digests of files, as they stand, into dvc.lock, as somebody does who wants an edit to look like a run."""
    from hashlib import md5

    lines = person.read("dvc.lock").splitlines()
    for path in paths:
        content = (person.folder / path).read_bytes()
        for at, line in enumerate(lines):
            if line.strip() == f"- path: {path}":
                for below in range(at + 1, min(at + 4, len(lines))):
                    key = lines[below].strip().partition(":")[0]
                    indent = lines[below][: len(lines[below]) - len(lines[below].lstrip())]
                    if key == "md5":
                        lines[below] = f"{indent}md5: {md5(content, usedforsecurity=False).hexdigest()}"
                    if key == "size":
                        lines[below] = f"{indent}size: {len(content)}"
    person.write("dvc.lock", "\n".join(lines) + "\n")


def edited_metrics(person: Person, change: Callable[[dict[str, Any]], None]) -> None:
    """Change metrics.json by hand, and make dvc.lock agree."""
    metrics = json.loads(person.read("metrics.json"))
    change(metrics)
    person.write("metrics.json", json.dumps(metrics))
    lock_again(person, "metrics.json")


def report(person: Person) -> tuple[str, str]:
    """Comment the branch in the local forge; return the first line and the conclusion of the check."""
    answer: Answer = person.mlgit("comment", "--local")
    first = next(line for line in answer.out.splitlines() if line.startswith("## "))
    checks = (person.folder / ".git/mlgit/forge/checks").glob("*.json")
    newest = max(checks, key=lambda path: path.stat().st_mtime_ns)
    return first, json.loads(newest.read_text())["conclusion"]
