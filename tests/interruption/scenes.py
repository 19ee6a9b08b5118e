"""Every command that writes, as a scene: a repository that is made once and a command that changes it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zipfile
from hashlib import md5
from pathlib import Path

from tests.cli.delivery_repository import Delivery
from tests.cli.deploy_repository import Deployable
from tests.cli.retrain_repository import Works
from tests.cli.small_pipeline import make_small
from tests.driver import Person
from tests.hostile.repository import PREDICTIONS, make
from tests.interruption.trial import Scene
from tests.small_onnx import slope
from tests.workflows.small import code_only

HEADER = "id,age,churned\n"
ROWS = [f"{number},{20 + number % 50},{'yes' if number % 3 else 'no'}\n" for number in range(60)]
MORE = HEADER + "".join([*ROWS, "60,33,yes\n", "61,34,no\n"])
COPY = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())"
SOURCE = json.dumps([sys.executable, "-c", COPY, "../origin.csv", "{path}"])
TABLE = "data/people.csv"


def make_shop(folder: Path) -> Path:
    """A table that DVC imported from a file beside the repository."""
    shop = folder / "shop"
    (shop / "data").mkdir(parents=True)
    person = Person(shop)
    (folder / "origin.csv").write_text(HEADER + "".join(ROWS))
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    person.write(
        "mlgit.yaml", f"version: 1\ndata:\n  people: {{path: {TABLE}, schema: schemas/people.yaml}}\n"
    )
    person.dvc("import-url", "--quiet", "../../origin.csv", TABLE)
    person.mlgit("data", "schema", "people", "--target", "churned")
    person.mlgit("sync")
    person.commit("Start")
    return folder


def fresh_data(folder: Path) -> None:
    (folder / "origin.csv").write_text(MORE)


def by_command(folder: Path) -> None:
    """Let the table come from a command, with new data to fetch."""
    shop = Person(folder / "shop")
    settings = shop.read("mlgit.yaml").replace("people.yaml}", f"people.yaml, source: {SOURCE}}}")
    shop.write("mlgit.yaml", settings)
    content = (folder / "shop" / TABLE).read_bytes()
    shop.write(
        f"{TABLE}.dvc",
        f"outs:\n- md5: {md5(content).hexdigest()}\n  size: {len(content)}\n  hash: md5\n  path: people.csv\n",
    )
    shop.commit("A command")
    fresh_data(folder)


def unrendered(folder: Path) -> None:
    """Settings that change every workflow, not rendered yet."""
    shop = Person(folder / "shop")
    shop.write("mlgit.yaml", shop.read("mlgit.yaml") + "runners: {default: [ubuntu-22.04]}\n")


def from_the_scene(folder: Path) -> None:
    """The same from any folder: a proposal is fetched in a copy of the repository."""
    by_command(folder)
    shop = Person(folder / "shop")
    anywhere = "import os, shutil, sys; shutil.copy(os.environ['SCENE'] + '/origin.csv', sys.argv[1])"
    source = json.dumps([sys.executable, "-c", anywhere, "{path}"])
    shop.write("mlgit.yaml", shop.read("mlgit.yaml").replace(SOURCE, source))
    shop.commit("From anywhere")


def grown(folder: Path) -> None:
    """A table that its schema has to be renewed for."""
    table = folder / "shop" / TABLE
    table.write_text(table.read_text() + "".join(f"{one},{one},maybe\n" for one in range(100, 140)))


def without_schema(folder: Path) -> None:
    (folder / "shop" / "schemas" / "people.yaml").unlink()


CI = ".github/workflows/mlgit-ci.yml"


def edited(folder: Path) -> None:
    """A managed file that somebody edited, in the middle of what mlgit renders."""
    place = folder / "shop" / CI
    place.write_text(place.read_text().replace("jobs:", "jobs: # mine", 1))


def stale(folder: Path) -> None:
    """A parameter that makes a stage run."""
    small = Person(folder / "s")
    small.write("params.yaml", "factor: 5\nunused: 1\n")


def stale_commit(folder: Path) -> None:
    stale(folder)
    Person(folder / "s").commit("Another factor")


def on_a_branch(folder: Path) -> None:
    Person(folder / "s").git("switch", "--quiet", "--create", "work")


def new_rows(folder: Path) -> None:
    works = Works.__new__(Works)
    works._at(folder)
    works.desk.git("remote", "set-url", "origin", str(works.server))
    works.data("1\n2\n4\n")


def at_home(folder: Path) -> None:
    Delivery(folder).desk.git("remote", "set-url", "origin", str(folder / "server.git"))


class Unasked(Deployable):
    """Versions without golden predictions: a command that runs nothing answers none."""

    @classmethod
    def files(cls) -> dict[str, str]:
        found = super().files()
        return {**found, "mlgit.yaml": found["mlgit.yaml"].replace("    golden: {file: golden.json}\n", "")}


def deployable(folder: Path) -> Path:
    """A version that has to run where commands of the user's make it run."""
    made = Unasked.made(made_folder(folder))
    made.mlgit("register", "small")
    state = made.command("staging")
    program = made.desk.read("ops/target.py").replace(repr(str(state)), "os.environ['SCENE']")
    made.desk.write("ops/target.py", program)
    made.desk.commit("In the folder of the scene")
    made.push()
    made.mlgit("promote", "small@v0.1.0", "staging")
    made.pull()
    return folder


def staged_twice(folder: Path) -> Path:
    """What an environment ran before it runs what it runs now."""
    at_home(folder)
    made = Delivery(folder)
    for version in ("v0.1.0", "v0.2.0"):
        made.mlgit("promote", f"small@{version}", "staging")
    made.pull()
    return folder


def data_scenes(shop: Path) -> list[Scene]:
    pair = (TABLE,)
    update = ("data", "update", "people")
    return [
        Scene("data update import", shop, "shop", update, fresh_data, seen=pair),
        Scene("data update command", shop, "shop", update, by_command, seen=pair),
        Scene("sync", shop, "shop", ("sync",), unrendered),
        Scene(
            "data schema", shop, "shop", ("data", "schema", "people", "--target", "churned"), without_schema
        ),
        Scene("data schema update", shop, "shop", ("data", "schema", "people", "--update", "--write"), grown),
        Scene(
            "data check", shop, "shop", ("data", "check", "--report", "report.json"), timed=("report.json",)
        ),
        Scene("data propose", shop, "shop", ("data", "update", "--propose", "--local"), from_the_scene),
        Scene("data propose import", shop, "shop", ("data", "update", "--propose", "--local"), fresh_data),
        Scene("sync restore", shop, "shop", ("sync", "--restore", CI), edited),
        Scene("data split", shop, "shop", ("data", "split", "people"), seen=("splits/people.csv",)),
        Scene("check", shop, "shop", ("check", "data", "--report", "report.json"), timed=("report.json",)),
    ]


def gate_scenes(folder: Path) -> list[Scene]:
    """A gated model whose head predicts otherwise: an evaluation that the ledger counts."""
    desk = make(folder / "gated" / "desk")
    desk.write("predictions.csv", PREDICTIONS.replace(",0.1\n", ",0.2\n"))
    desk.commit("Other predictions")
    output = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "../output"}
    words = ("affected", "HEAD~1", "--github-output")
    shared = Path(shutil.copytree(folder / "gated", folder / "shared", symlinks=True))
    Person(shared).git("clone", "--quiet", "--bare", "desk", "server.git")
    Person(shared / "desk").git("remote", "add", "origin", "../server.git")
    recorded = ("gate", "HEAD~1", "--record")
    return [
        Scene("gate record", folder / "gated", "desk", recorded, exits=(0, 1, 3)),
        Scene("gate record push", shared, "desk", (*recorded, "--push"), exits=(0, 1, 3)),
        Scene("affected output", folder / "gated", "desk", words, environment=output),
    ]


TRAINER = """\
import json

import yaml

factor = yaml.safe_load(open("params.yaml"))["factor"]
rows = open("people.csv").read().splitlines()
json.dump({"rows": len(rows) * factor}, open("metrics.json", "w"))
open("model.txt", "w").write(str(factor))
"""


def plain_folder(folder: Path) -> Path:
    """A script and a table in Git, a database beside it; neither DVC nor mlgit."""
    desk = Person(made_folder(folder / "desk"))
    desk.write("train.py", TRAINER)
    desk.write("params.yaml", "factor: 3\n")
    desk.write("people.csv", HEADER + "".join(ROWS))
    desk.git("init", "--quiet", ".")
    desk.commit("A script")
    with sqlite3.connect(folder / "people.db") as database:
        database.execute("CREATE TABLE people (id, age, churned)")
        values = [line.strip().split(",") for line in ROWS]
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", values)
    database.close()
    return folder


def first_scenes(folder: Path) -> list[Scene]:
    at = plain_folder(folder / "script")
    (at / "other.csv").write_text(HEADER + "".join(ROWS))
    other = ("--data", "../other.csv", "--target", "churned", "--no-input")
    query = ("--data", "people.db", "--query", "SELECT * FROM people", "--target", "churned", "--no-input")
    return [
        Scene("init run", at, "desk", ("init", "--run", "python train.py", "--no-input")),
        Scene("init data", at, "desk", ("init", *other), timed=(".mlgit/lock",)),
        Scene("init query", at, "", ("init", "made", *query), files="made", timed=(".mlgit/lock",)),
    ]


def init_scenes(folder: Path) -> list[Scene]:
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "people.csv").write_text(HEADER + "".join(ROWS))
    arguments = ("--data", "people.csv", "--target", "churned", "--no-input")
    return [
        Scene("init", folder / "new", "", ("init", "made", *arguments), files="made", timed=(".mlgit/lock",)),
    ]


def adoption_scenes(folder: Path) -> list[Scene]:
    """A repository with a pipeline of its own, without a file of mlgit's."""
    small = make_small(folder / "adopted" / "s")
    (small.folder / "mlgit.yaml").unlink()
    small.commit("Without mlgit")
    return [Scene("init adopt", folder / "adopted", "s", ("init", "--no-input"))]


REBUILT = ("dvc.lock", "metrics.json")
"""DVC writes dvc.lock and runs the stages in the tree."""


def training_scenes(folder: Path) -> list[Scene]:
    small = make_small(folder / "small" / "s")
    small.mlgit("train")
    small.commit("Train the first model")
    return [
        Scene("train", folder / "small", "s", ("train",), stale, rebuilt=REBUILT),
        Scene("train commit", folder / "small", "s", ("train", "--commit"), stale_commit, rebuilt=REBUILT),
        Scene("compare", folder / "small", "s", ("compare", "HEAD", "--output", "report.md")),
        Scene("reproduce", folder / "small", "s", ("reproduce",)),
        Scene(
            "comment", folder / "small", "s", ("comment", "--local", "--output", "comment.md"), on_a_branch
        ),
        Scene("lineage", folder / "small", "s", ("lineage", "--verify"), exits=(0, 1, 3)),
    ]


def retraining_scenes(folder: Path) -> list[Scene]:
    works = Works(folder / "works")
    return [Scene("retrain", works.folder, "desk", ("retrain", "--local"), new_rows)]


def delivery_scenes(folder: Path) -> list[Scene]:
    plain = Delivery.made(made_folder(folder / "plain")).folder
    registered = Delivery.copied(plain, folder / "registered").register_all().folder
    on = ("promote", "small@v0.2.0", "staging")
    back = ("rollback", "small", "staging", "--reason", "spike")
    due = deployable(folder / "due")
    ran = staged_twice(Delivery.copied(registered, folder / "ran").folder)
    return [
        Scene("register", plain, "desk", ("register", "small"), at_home, done="register-same"),
        Scene("promote", registered, "desk", on, at_home),
        Scene("rollback", ran, "desk", back, at_home),
        Scene("deploy", due, "desk", ("deploy", "staging"), at_home),
        Scene("deploy release", plain, "desk", ("deploy", "--step", "release"), at_home),
        Scene("promote propose", registered, "desk", (*on, "--propose", "--local"), at_home),
        Scene("rollback propose", ran, "desk", (*back, "--propose", "--local"), at_home),
    ]


def predicting_scenes(folder: Path) -> list[Scene]:
    """A model in a file and a table that it answers."""
    desk = Person(made_folder(folder / "answers" / "desk"))
    (desk.folder / "m.onnx").write_bytes(slope(2.5))
    desk.write("mlgit.yaml", "version: 1\nmodels: {m: {artifact: m.onnx}}\n")
    desk.write("table.csv", "x,y\n" + "".join(f"{one},1\n" for one in range(2000)))
    desk.write("out.csv", "what stood there\n")
    desk.git("init", "--quiet", ".")
    desk.commit("A model")
    at, words = folder / "answers", ("predict", "./m.onnx", "table.csv", "-o")
    return [
        Scene("predict", at, "desk", (*words, "out.csv")),
        Scene("predict parquet", at, "desk", (*words, "out.parquet")),
    ]


UPLOAD = """\
on: [push]
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - {run: "mkdir out; seq 4000 > out/a.txt; touch --date=2026-01-01 out/a.txt"}
      - {uses: actions/upload-artifact@v7, with: {name: things, path: out}}
"""


def running_scenes(folder: Path) -> list[Scene]:
    """A repository whose workflows have one short job, and one that hands a file over: on a full disk that job fails."""
    code_only(made_folder(folder / "running") / "desk")
    words = ("run", "pull_request", "--workflow", "mlgit-ci", "--job", "code")
    packing = Path(shutil.copytree(folder / "running", folder / "packing", symlinks=True))
    desk = Person(packing / "desk")
    desk.write(".github/workflows/mlgit-x.yml", UPLOAD)
    desk.commit("An artifact")
    (packing / "kept").mkdir()
    with zipfile.ZipFile(packing / "kept" / "things.zip", "w") as packed:
        packed.writestr("a.txt", "of an earlier run")
    kept = ("run", "push", "--workflow", "mlgit-x", "--artifacts", "../kept")
    return [
        Scene("run", folder / "running", "desk", words),
        Scene("run artifacts", packing, "desk", kept, files="kept", exits=(0, 1)),
    ]


def made_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def shop_scenes(folder: Path) -> list[Scene]:
    return data_scenes(make_shop(folder / "market"))
