"""A repository with three models of a folder each, two of which are proposed together: what `ct.groups` works on."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.retrain_repository import PIPELINE, TRAINER, Works

NAMES = ("a", "b", "c")
GATES = "gates: [{r2: {mode: point, no_worse_than: {margin: 0.5}}}]"
GROUPS = "groups: {nightly: [a, b*], rest: [c]}"


def settings(ct: str, gates: str = GATES) -> str:
    """Return mlgit.yaml for three models of a folder each."""
    lines = [
        f"  {name}: {{task: regression, pipeline: {name}, artifact: {name}/model.txt, metrics: [{name}/metrics.json], {gates}}}\n"
        for name in NAMES
    ]
    return "version: 1\nmodels:\n" + "".join(lines) + f"ct: {{{ct}}}\n"


class Three(Works):
    """Three models, each with data of its own, trained and pushed; two of them are proposed together."""

    def _make(self, ct: str, settings_: str) -> None:
        super()._make("", settings_)
        desk = self.desk
        desk.git("rm", "--quiet", "-r", "dvc.yaml", "dvc.lock", "data", "metrics.json", "schemas")
        desk.write("mlgit.yaml", settings(ct))
        desk.write("train.py", TRAINER.replace("LOG", str(self.log)))
        for name in NAMES:
            desk.write(f"{name}/params.yaml", '{"weight": 1}\n')
            desk.write(f"{name}/dvc.yaml", PIPELINE.replace("train.py", "../train.py"))
            self.rows(name, "1 2 3", push=False)
        desk.mlgit("sync")
        desk.dvc("repro", "--quiet", "--all-pipelines")
        desk.dvc("push", "--quiet")
        desk.commit("Three models")
        desk.git("push", "--quiet", "origin", "main")
        self.log.write_text("")

    def rows(self, name: str, rows: str, *, push: bool = True) -> None:
        """New data of one model, committed and pushed without training."""
        self.desk.write(f"{name}/data/table.csv", "x,note\n" + "".join(f"{row},a\n" for row in rows.split()))
        self.desk.dvc("add", "--quiet", f"{name}/data/table.csv")
        if push:
            self.desk.dvc("push", "--quiet")
            self.push(f"New data of {name}")

    def push(self, words: str) -> None:
        self.desk.commit(words)
        self.desk.git("push", "--quiet", "origin", "main")

    def on(self, branch: str, path: str) -> str:
        """Return a file of a branch of the server."""
        return self.server_git("show", f"{branch}:{path}")

    def retrain(self, *more: str, exit_code: int = 0) -> dict[str, Any]:
        """Return what came of each model by its name."""
        told = json.loads(self.desk.mlgit("retrain", "--json", *more, exit_code=exit_code).out)
        return {one["job"]: one for one in told["conclusions"]}
