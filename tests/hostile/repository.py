"""A small repository of files written by hand that every reading command has something to read in."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

from tests.driver import Person

SETTINGS = """\
version: 1
models:
  small:
    task: binary-classification
    artifact: model.json
    metrics: [metrics.json]
    predictions: predictions.csv
    gates:
      - accuracy: {no_worse_than: {margin: 0.2}}
data:
  people: {path: data/people.csv, schema: schemas/people.yaml}
environments:
  staging: {approval: gate}
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [data/people.csv, train.py]
    params: [factor, {params.toml: [a]}, {params.py: [b]}, {params.json: [c]}]
    outs:
      - model.json: {cache: false}
      - predictions.csv: {cache: false}
    metrics:
      - metrics.json: {cache: false}
"""
PEOPLE = "id,age,churned\n" + "".join(
    f"{one},{20 + one % 50},{'yes' if one % 3 else 'no'}\n" for one in range(60)
)
PREDICTIONS = "id,label,prediction,score\n" + "".join(
    f"{one},{one % 2},{int(one % 5 != 0) * (one % 2)},0.{one % 9 + 1}\n" for one in range(60)
)
FILES = {
    "mlgit.yaml": SETTINGS,
    "dvc.yaml": PIPELINE,
    "train.py": "# reads data/people.csv\n",
    "data/people.csv": PEOPLE,
    "data/more.csv.dvc": f"outs:\n- md5: {'a' * 32}\n  size: 4\n  hash: md5\n  path: more.csv\n",
    "data/.gitignore": "/more.csv\n",
    "predictions.csv": PREDICTIONS,
    "model.json": "{}",
    "metrics.json": '{"accuracy": 0.75, "by": {"country": 0.5}}',
    "params.yaml": "factor: 3\n",
    "params.toml": "a = 1\n",
    "params.py": "b = 2\n",
    "params.json": '{"c": 4}',
    "requirements.lock": "numpy==2.0.0\n",
    ".dvcignore": "",
    ".dvc/config": "",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".gitattributes": "*.csv text\n",
}


def make(folder: Path) -> Person:
    """Write it, render and commit it: two commits, the second with other numbers."""
    folder.mkdir(parents=True)
    person = Person(folder)
    for path, text in FILES.items():
        person.write(path, text)
    lines = []
    for path in ("data/people.csv", "train.py", "model.json", "predictions.csv", "metrics.json"):
        content = (folder / path).read_bytes()
        lines.append(
            f"    - path: {path}\n      hash: md5\n      md5: {md5(content).hexdigest()}\n      size: {len(content)}\n"
        )
    person.write(
        "dvc.lock",
        f"schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n{lines[0]}{lines[1]}"
        f"    params:\n      params.yaml:\n        factor: 3\n    outs:\n{''.join(lines[2:])}",
    )
    person.git("init", "--quiet", ".")
    person.mlgit("data", "schema", "people", "--target", "churned")
    person.mlgit("data", "split", "people")
    person.mlgit("sync")
    person.commit("Start")
    person.write("metrics.json", json.dumps({"accuracy": 0.8, "by": {"country": 0.5}}))
    person.commit("Better")
    return person
