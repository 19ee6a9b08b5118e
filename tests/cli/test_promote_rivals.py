"""Many writers at once, and writers that are killed: nothing is lost, doubled, half done or stuck."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from hashlib import md5
from pathlib import Path

import pytest

from mlgit.environments.change import change
from mlgit.environments.request import Request
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.registry.record import VersionRecord, message
from mlgit.registry.remote import put_tag
from mlgit.stats.decision import Verdict
from mlgit.views.environments import texts
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.cli.delivery_repository import Delivery
from tests.driver import Person
from tests.unit.environments.reference import ORDER, Reference

WRITER = """
import sys
from pathlib import Path
from mlgit.environments.change import change
from mlgit.environments.request import Request
from mlgit.project.project import Project
from mlgit.views.environments import texts
from mlgit.world.context import SilentConsole, real_context

model, number = sys.argv[1], int(sys.argv[2])
for minor in range(1, number + 1):
    asked = Request(action="promote", model=model, environment="staging", version=f"v0.{minor}.0")
    made = change(Project.find(real_context(SilentConsole())), asked, texts())
    assert made.outcome == "committed", made
    print(made.to, made.commit, flush=True)
"""
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
    lock = "schema: '2.0'\nstages:\n  train:\n    cmd: make\n    outs:\n"
    for name, text in CONTENTS.items():
        lock += (
            f"    - {{path: {name}, hash: md5, md5: {md5(text.encode()).hexdigest()}, size: {len(text)}}}\n"
        )
    for number in range(models):
        settings += f"  m{number}: {{pipeline: m{number}, artifact: m{number}/model.json, metrics: [m{number}/metrics.json], "
        settings += "gates: [{slope: {mode: point, min: 0.5}}]}\n"
        for name, text in {"dvc.yaml": PIPELINE, "dvc.lock": lock, **CONTENTS}.items():
            desk.write(f"m{number}/{name}", text)
    desk.write("mlgit.yaml", settings)
    desk.commit("Start")
    for number in range(models):
        for minor in range(1, versions + 1):
            tag_version(desk, f"m{number}", minor)
    desk.git("push", "--quiet", "origin", "main", "--tags")
    return made


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


@pytest.mark.parametrize(
    ("writers", "promotions"), [(3, 3), pytest.param(8, 25, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_concurrent_promotions_are_all_acknowledged_and_none_is_lost(
    tmp_path: Path, writers: int, promotions: int
) -> None:
    server = many(tmp_path, writers, promotions)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    running = [
        subprocess.Popen(
            (sys.executable, "-c", WRITER, f"m{number}", f"{promotions}"),
            cwd=server.clone(f"clone{number}").desk.folder,
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    acknowledged = {}
    for number, process in enumerate(running):
        out, err = process.communicate()
        assert process.returncode == 0, err
        acknowledged[number] = [line.split() for line in out.splitlines()]
    bare = Person(server.server)
    commits = bare.git("rev-list", "--first-parent", "main").split()
    assert bare.git("rev-list", "main").split() == commits
    assert len(commits) == writers * promotions + 1
    for number, lines in acknowledged.items():
        assert [version for version, _ in lines] == [f"v0.{minor}.0" for minor in range(1, promotions + 1)]
        assert {commit for _, commit in lines} <= set(commits)
        assert f'"m{number}=m{number}"' in server.desired("staging")
    assert server.desired("staging").count(f'version: "v0.{promotions}.0"') == writers
    spans = server.clone("reader").json("history")["spans"]
    assert len(spans) == writers * promotions
    bare.git("fsck", "--strict")


def taken(desk: Person, request: Request) -> str:
    """The version that a step brings, or the code of its refusal."""
    context = Context(
        directory=desk.folder,
        environment=dict(os.environ),
        processes=SystemProcesses(),
        console=SilentConsole(),
    )
    try:
        return change(Project.find(context), request, texts()).to
    except UsageError as error:
        return error.code


@pytest.mark.parametrize("steps", [12, pytest.param(400, marks=pytest.mark.slow)], ids=["short", "long"])
def test_two_clones_agree_with_the_reference(tmp_path: Path, steps: int) -> None:
    chance, reference = random.Random(20260105), Reference()
    server = many(tmp_path, 1, 0, ", ".join(f"{name}: {{approval: gate}}" for name in ORDER))
    desks = [server.desk, server.clone("other").desk]
    for step in range(steps):
        desk, name = chance.choice(desks), chance.choice(ORDER[: 1 + chance.randrange(3)])
        action = "promote" if not reference.live(name) or chance.random() < 0.7 else "rollback"
        if chance.random() < 0.3 or not reference.newest:
            reference.newest += 1
            desk.git("fetch", "--quiet", "--tags", "origin")
            tag_version(desk, "m0", reference.newest)
            desk.git("push", "--quiet", "origin", f"m0=m0@v0.{reference.newest}.0")
        number = chance.choice((0, chance.randrange(1, reference.newest + 1)))
        chosen, allowed = reference.answer(action, name, number)
        request = Request(
            action=action,
            model="m0",
            environment=name,
            version=f"v0.{number}.0" if number else "",
            why=f"step {step}",  # the same rollback for the same reason is one that was interrupted
        )
        came = taken(desk, request)
        assert (came == f"v0.{chosen}.0") is allowed, (action, name, number, came)
        if allowed:
            (reference.promote if action == "promote" else reference.roll_back)(name, chosen)
    states = {name: server.runs(name) for name in ORDER if reference.live(name)}
    assert states == {name: f"v0.{reference.live(name)}.0" for name in states}
    assert states


@pytest.mark.parametrize("kills", [3, pytest.param(1000, marks=pytest.mark.slow)], ids=["short", "long"])
def test_whoever_is_killed_leaves_nothing_stuck_lost_or_doubled(registered: Delivery, kills: int) -> None:
    """Three verbs in turn, killed at a random moment; then the same once more to its end."""
    chance = random.Random(20260105)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    registered.mlgit("promote", "small@v0.1.0", "staging")
    verbs = [
        ("promote", "small", "staging"),
        ("rollback", "small", "staging", "--reason", "played"),
        ("register", "small"),
    ]
    before = registered.json("history", "--env", "staging")["spans"]
    changes = len(before)
    for number in range(kills):
        verb = verbs[number % 3]
        process = subprocess.Popen(
            (sys.executable, "-m", "mlgit", *verb), cwd=registered.desk.folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(chance.uniform(0.05, 2.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = registered.mlgit(*verb, exit_code=None)
        assert done.exit_code in (0, 2), str(done)
        spans = registered.json("history", "--env", "staging")["spans"]
        assert len(spans) - changes in (0, 1, 2)
        changes = len(spans)
        versions = [one["version"] for one in spans]
        assert all(one != other for one, other in itertools.pairwise(versions))
        if verb[0] == "promote":
            assert registered.runs("staging") == "v0.3.0"
    assert registered.desk.git("status", "--porcelain") == ""
    tags = json.loads(registered.mlgit("models", "small", "--json").out)["models"][0]["versions"]
    assert len(tags) == 3
    Person(registered.server).git("fsck", "--strict")
    assert not Person(registered.server).git("rev-list", "--merges", "main")
