"""A gated model whose predictions DVC keeps: trained on main and on a branch, both pushed to a folder as remote."""

from __future__ import annotations

from pathlib import Path

from tests.driver import Person
from tests.made_once import made_once

PREDICT = """\
import json, pathlib
wrong = json.loads(pathlib.Path("params.yaml").read_text())["wrong"]
lines = ["id,label,prediction"]
lines += [f"c{item},{item % 2},{item % 2 if item % 20 >= wrong else 1 - item % 2}" for item in range(4000)]
pathlib.Path("OUT").parent.mkdir(exist_ok=True)
pathlib.Path("OUT").write_text("\\n".join(lines) + "\\n")
pathlib.Path("metrics.json").write_text(json.dumps({"latency_ms": 3}))
"""
GATES = "    gates:\n      - accuracy: {no_worse_than: {margin: 0.02}}\n"


def cached(
    folder: Path, *, out: str = "predictions/test.csv", output: str = "", settings: str = ""
) -> Person:
    """A person on the branch `better`; `output` is what dvc.yaml declares (default: `out`), `settings` end mlgit.yaml.

    The remote is the folder `storage` beside it.
    """

    def make(place: Path) -> None:
        _make(Person(place / folder.name), out, output or out, settings)

    made_once((folder.name, out, output, settings), make, folder.parent)
    return Person(folder)


def _make(person: Person, out: str, output: str, settings: str) -> None:
    person.folder.mkdir(parents=True)
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    person.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
    person.write(
        "mlgit.yaml",
        f"version: 1\nmodels:\n  small:\n    task: binary-classification\n    metrics: [metrics.json]\n    predictions: {out}\n"
        + GATES
        + settings,
    )
    person.write(".gitignore", "__pycache__/\n")
    person.write("requirements.lock", "")
    person.write("predict.py", PREDICT.replace("OUT", out))
    person.write(
        "dvc.yaml",
        f"stages:\n  predict:\n    cmd: python predict.py\n    deps: [predict.py]\n    params: [wrong]\n    outs: [{output}]\n"
        "    metrics:\n      - metrics.json: {cache: false}\n",
    )
    person.mlgit("sync")
    trained(person, wrong=4)
    person.git("switch", "--quiet", "--create", "better")
    trained(person, wrong=3)


def trained(person: Person, *, wrong: int) -> None:
    person.write("params.yaml", f'{{"wrong": {wrong}}}\n')
    person.dvc("repro", "--quiet")
    person.dvc("push", "--quiet")
    person.commit(f"Wrong on {wrong} of 20")


def cloned(person: Person, name: str = "ci") -> Person:
    """A fresh clone on the same branch, with what its head needs and an otherwise empty cache."""
    place = person.folder.parent / name
    person.git("clone", "--quiet", "--branch", "better", str(person.folder), str(place))
    clone = Person(place)
    clone.git("branch", "--quiet", "main", "origin/main")
    clone.dvc("pull", "--quiet")
    return clone
