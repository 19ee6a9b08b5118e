"""A server and a desk with models that Git keeps: no verb has to start DVC, so that many rounds are cheap."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path

from mlgit.git.repository import Repository
from mlgit.registry.record import VersionRecord, message
from mlgit.registry.remote import put_tag
from mlgit.stats.decision import Verdict
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.cli.delivery_repository import Delivery
from tests.driver import Person

PIPELINE = """\
stages:
  train:
    cmd: make
    outs:
      - model.json: {cache: false}
    metrics:
      - metrics.json: {cache: false}
"""
CONTENTS = {"metrics.json": '{"slope": 1.0}', "model.json": "model"}


def many(
    folder: Path, models: int, versions: int, environments: str = "staging: {approval: gate}"
) -> Delivery:
    """A server with so many models of so many versions each, and a desk; Git keeps the models, so no DVC is started."""
    made, desk = Delivery(folder), Person(folder / "desk")
    desk.folder.mkdir(parents=True)
    Person(folder).git("init", "--quiet", "--bare", "server.git")
    desk.git("init", "--quiet", ".")
    desk.git("remote", "add", "origin", str(made.server))
    settings = f"version: 1\nenvironments: {{{environments}}}\nmodels:\n"
    for number in range(models):
        settings += f"  m{number}: {{pipeline: m{number}, artifact: m{number}/model.json, metrics: [m{number}/metrics.json], "
        settings += "gates: [{slope: {mode: point, min: 0.5}}]}\n"
        artifact = f"artifacts:\n  m{number}: {{path: model.json, type: model}}\n"
        desk.write(f"m{number}/dvc.yaml", PIPELINE + artifact)
        train(desk, f"m{number}", CONTENTS)
    desk.write("mlgit.yaml", settings)
    desk.write(".dvc/config", "")
    desk.commit("Start")
    for number in range(models):
        for minor in range(1, versions + 1):
            tag_version(desk, f"m{number}", minor)
    desk.git("push", "--quiet", "origin", "main", "--tags")
    return made


def train(desk: Person, model: str, contents: Mapping[str, str]) -> None:
    """Leave what a training of a model leaves: its files and their digests."""
    lock = "schema: '2.0'\nstages:\n  train:\n    cmd: make\n    outs:\n"
    for name, text in contents.items():
        digest = md5(text.encode()).hexdigest()
        lock += f"    - {{path: {name}, hash: md5, md5: {digest}, size: {len(text)}}}\n"
        desk.write(f"{model}/{name}", text)
    desk.write(f"{model}/dvc.lock", lock)


def tag_version(desk: Person, model: str, minor: int) -> None:
    """Make the tag of a version of the first commit, as `mlgit register` does."""
    commit = desk.git("rev-list", "--max-parents=0", "main")
    record = VersionRecord(
        model=model, version=f"v0.{minor}.0", commit=commit, artifact=f"{model}/model.json",
        output=f"{model}/model.json", digest=f"md5:{md5(CONTENTS['model.json'].encode()).hexdigest()}", verdict=Verdict.PASS,
    )  # fmt: skip
    context = Context(
        directory=desk.folder,
        environment=dict(os.environ),
        processes=SystemProcesses(),
        console=SilentConsole(),
    )
    name = f"{model}={model}@{record.version}"
    assert put_tag(Repository(context, desk.folder), "", name, commit, message(record, ""))
