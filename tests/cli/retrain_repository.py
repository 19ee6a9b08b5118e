"""A repository with a bare server, a small gated model and a DVC remote: what continuous training works on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from mlgit.runs.place import ROOT, pipeline_of
from tests.driver import Person

TOKEN = "token-of-the-workflow-1234"
TRAINER = """\
import json
from pathlib import Path

import os

with Path(os.environ.get("TRAININGS", "LOG")).open("a") as log:
    log.write("trained\\n")
rows = [float(line.split(",")[0]) for line in Path("data/table.csv").read_text().splitlines()[1:]]
weight = json.loads(Path("params.yaml").read_text())["weight"]
Path("metrics.json").write_text(json.dumps({"r2": weight * sum(rows)}))
Path("model.txt").write_text(f"weight {weight} of {rows}")
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/table.csv]
    params: [weight]
    outs: [model.txt]
    metrics:
      - metrics.json: {cache: false}
"""
SCHEMA = """\
version: 1
columns:
  x: {type: float, min: 0}
  note: {type: string}
"""
SETTINGS = """\
version: 1
models:
  small:
    task: regression
    artifact: model.txt
    metrics: [metrics.json]
    gates:
      - r2: {mode: point, no_worse_than: {margin: 0.5}}
data:
  table: {path: data/table.csv, schema: schemas/table.yaml}
"""


def files(person: Person) -> dict[str, bytes]:
    """Return what a person sees; DVC's cache is shared with the retraining."""
    return {
        path: content for path, content in person.contents().items() if not path.startswith(".dvc/cache/")
    }


def without_record(paths: list[str]) -> list[str]:
    """Return changed paths without the one record of the training behind them."""
    records = [path for path in paths if pipeline_of(path) is not None]
    assert len(records) == 1, paths
    return [path for path in paths if path not in (*records, f"{ROOT}/.gitattributes")]


class Works:
    """A server, a desk that pushes to it, and a count of trainings."""

    def __init__(self, folder: Path, ct: str = "ct: {}\n", settings: str = SETTINGS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._at(folder)
        self._make(ct, settings)

    @classmethod
    def copied(cls, template: Path, folder: Path, ct: str = "") -> Works:
        """A copy of works that were made before, with other settings of continuous training."""
        made = cls.__new__(cls)
        shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
        made._at(folder)
        made.desk.git("remote", "set-url", "origin", str(made.server))
        if ct:
            made.desk.write("mlgit.yaml", SETTINGS + ct)
            made.desk.mlgit("sync")
            made.desk.commit("Other settings")
            made.desk.git("push", "--quiet", "origin", "main")
        return made

    def _at(self, folder: Path) -> None:
        self.folder = folder
        self.server = folder / "server.git"
        self.log = folder / "trainings"
        self.desk = Person(folder / "desk")

    def _make(self, ct: str, settings: str) -> None:
        self.desk.folder.mkdir()
        Person(self.folder).git("init", "--quiet", "--bare", "server.git")
        desk = self.desk
        desk.git("init", "--quiet", ".")
        desk.git("remote", "add", "origin", str(self.server))
        desk.dvc("init", "--quiet")
        desk.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
        desk.write("mlgit.yaml", settings + ct)
        desk.write("schemas/table.yaml", SCHEMA)
        desk.write(".gitignore", "__pycache__/\n")
        desk.write("requirements.lock", "")
        desk.write("train.py", TRAINER.replace("LOG", str(self.log)))
        desk.write("params.yaml", '{"weight": 1}\n')
        desk.write("dvc.yaml", PIPELINE)
        self.data("1\n2\n3\n", push=False)
        desk.mlgit("sync")
        desk.dvc("repro", "--quiet")
        desk.dvc("push", "--quiet")
        desk.commit("Start")
        desk.git("push", "--quiet", "origin", "main")
        self.log.write_text("")

    def data(self, rows: str, *, push: bool = True) -> None:
        """New data, as a person adds them: committed without training."""
        lines = "".join(f"{row},a\n" for row in rows.split())
        self.desk.write("data/table.csv", f"x,note\n{lines}")
        self.desk.dvc("add", "--quiet", "data/table.csv")
        if push:
            self.desk.dvc("push", "--quiet")
            self.desk.commit("New data")
            self.desk.git("push", "--quiet", "origin", "main")

    def aged(self) -> str:
        """Make the model again as of the committer's date, where 30 days are too old; return its commit."""
        desk = self.desk
        desk.write("mlgit.yaml", SETTINGS + "ct: {max_age_days: 30}\n")
        desk.mlgit("sync")
        desk.git("add", "--all")
        desk.git("commit", "--quiet", "--amend", "--message", "Start")
        desk.git("push", "--quiet", "--force", "origin", "main")
        return desk.git("rev-parse", "HEAD")

    @property
    def trainings(self) -> int:
        return len(self.log.read_text().splitlines())

    def clone(self, name: str) -> Person:
        Person(self.folder).git("clone", "--quiet", str(self.server), name)
        made = Person(self.folder / name)
        made.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        return made

    def server_git(self, *arguments: str) -> str:
        return Person(self.server).git(*arguments)

    def branches(self) -> list[str]:
        return self.server_git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def entries(self, git: Person | None = None) -> dict[str, Any]:
        """Return the ledger of the server, or of a clone alone."""
        git = git or Person(self.server)
        paths = git.git("ls-tree", "-r", "--name-only", "refs/mlgit/retraining").split()
        return {path: json.loads(git.git("show", f"refs/mlgit/retraining:{path}")) for path in paths}

    def endings(self, git: Person | None = None) -> list[str]:
        return [entry["ending"] for path, entry in self.entries(git).items() if path.startswith("outcomes/")]
