"""A repository that trains in a second: two stages, a table under DVC, parameters, a lock file, metrics in Git."""

from __future__ import annotations

import json
from pathlib import Path

from tests.driver import Person

FILES = {
    "mlgit.yaml": """\
version: 1
models:
  small: {pipeline: ., artifact: model.json, metrics: [metrics.json]}
""",
    "params.yaml": "factor: 3\nunused: 1\n",
    "requirements.lock": "numpy==2.0.0\n",
    "prepare.py": """\
import csv, json, pathlib
rows = [[float(cell) for cell in row] for row in list(csv.reader(open("data/raw.csv")))[1:]]
pathlib.Path("prepared").mkdir(exist_ok=True)
pathlib.Path("prepared/rows.json").write_text(json.dumps(rows))
pathlib.Path("prepared/count.json").write_text(json.dumps(len(rows)))
""",
    "train.py": """\
import json, pathlib
factor = int(pathlib.Path("params.yaml").read_text().split()[1])
rows = json.loads(pathlib.Path("prepared/rows.json").read_text())
slope = factor * sum(y for _, y in rows) / sum(x for x, _ in rows)
pathlib.Path("model.json").write_text(json.dumps({"slope": slope}))
pathlib.Path("metrics.json").write_text(json.dumps({"slope": slope, "rows": len(rows)}))
""",
    "dvc.yaml": """\
stages:
  prepare:
    cmd: python prepare.py
    deps: [data/raw.csv, prepare.py]
    outs: [prepared]
  train:
    cmd: python train.py
    deps: [prepared, train.py]
    params: [factor]
    outs: [model.json]
    metrics:
      - metrics.json: {cache: false}
""",
    "data/raw.csv": "x,y\n1,2\n2,4\n3,7\n",
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".gitignore": "/prepared\n/model.json\n__pycache__/\n",
}


def make_small(folder: Path) -> Person:
    """Write the repository and commit it, untrained."""
    folder.mkdir(parents=True)
    person = Person(folder)
    for path, text in FILES.items():
        person.write(path, text)
    person.git("init", "--quiet", ".")
    person.dvc("add", "--quiet", "data/raw.csv")
    person.commit("Start")
    return person


def records(person: Person, pipeline: str = "") -> list[Path]:
    """Return the files of the records, the oldest first."""
    return sorted((person.folder / ".mlgit" / "runs" / pipeline).glob("*.json"))


def newest(person: Person, pipeline: str = "") -> dict:
    """Return the newest record."""
    return json.loads(records(person, pipeline)[-1].read_text())


def what_happened(record: dict) -> dict:
    return record["predicate"]["runDetails"]["metadata"]["mlgit_run"]
