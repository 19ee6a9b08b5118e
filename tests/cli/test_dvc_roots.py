"""DVC set up below the top of the repository, in one folder or in several: train, register, retrain, reproduce find it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.adopted_repository import EVALUATE, PIPELINE, TRAIN, customers
from tests.driver import Person
from tests.made_once import made_once

MODEL = """\
  NAME:
    task: binary-classification
    pipeline: PLACE
    artifact: PLACE/model.json
    metrics: [PLACE/metrics.json]
    predictions: PLACE/predictions.csv
    positive: 1
    gates: [{accuracy: {no_worse_than: {margin: 0.02}}}]
"""
CONSUMER = """\
stages:
  count:
    cmd: wc -l < ../churn/predictions.csv > rows.json
    deps: [../churn/predictions.csv]
    metrics: [rows.json: {cache: false}]
"""
CODE = {"train.py": TRAIN, "evaluate.py": EVALUATE, "params.yaml": "noise: 0.0\n"}


def adopted(person: Person, *roots: str, consumer: str = "") -> None:
    """Write a model into each root, with a remote of its own; or beside `consumer`, a root that reads what another makes."""
    person.git("init", "--quiet", ".")
    models = [MODEL.replace("NAME", name_of(one)).replace("PLACE", one) for one in roots]
    models += ["  after: {pipeline: after, metrics: [after/rows.json]}\n"] if consumer else []
    person.write("mlgit.yaml", "version: 1\nmodels:\n" + "".join(models).replace("./", ""))
    for one in roots:
        for path, text in {"dvc.yaml": PIPELINE, **CODE, "customers.csv": customers(100)}.items():
            person.write(f"{one}/{path}", text)
        person.write(f"{one}/.gitignore", "__pycache__/\n")
        set_up(person, one)
        if not consumer:
            keep_elsewhere(person, one)
    if consumer:
        set_up(person, consumer)
        person.write(f"{consumer}/dvc.yaml", CONSUMER)
    person.write(".gitignore", "/storage*\n")


def name_of(root: str) -> str:
    return Path(root).name or "top"


def set_up(person: Person, root: str) -> None:
    """Make a root of DVC."""
    (person.folder / root).mkdir(exist_ok=True)
    person.into(root).dvc("init", "--quiet", *([] if root == "." else ["--subdir"]))


def keep_elsewhere(person: Person, root: str) -> None:
    """Give a root a remote, a folder beside it, and the table to DVC."""
    storage = "/".join([*[".."] * len(Path(root).parts), f"storage-{name_of(root)}"])
    person.into(root).dvc("remote", "add", "--quiet", "--default", "here", storage)
    person.into(root).dvc("add", "--quiet", "customers.csv")


def scene(person: Person, *roots: str, consumer: str = "") -> Person:
    """Return a person in a repository of these roots, trained by mlgit itself and committed."""

    def make(place: Path) -> None:
        maker = Person(place)
        adopted(maker, *roots, consumer=consumer)
        maker.mlgit("train")
        maker.commit("Start")

    made_once(("roots", *roots, consumer), make, person.folder)
    return person


def recorded(person: Person) -> list[str]:
    """Return where the records of trainings lie, from their folder on."""
    found = person.git("ls-files", "--", ".mlgit/runs").split()
    return sorted(
        {path.removeprefix(".mlgit/runs/").rpartition("/")[0] for path in found if path.endswith(".json")}
    )


def stages(person: Person) -> dict[str, str]:
    answer = json.loads(person.mlgit("status", "--json", exit_code=None).out)
    return {one["address"]: one["state"] for one in answer["stages"]}


@pytest.mark.slow
def test_a_folder_is_trained_registered_retrained_and_reproduced(person: Person) -> None:
    scene(person, "ml/churn")
    assert set(stages(person).values()) == {"fresh"}
    assert recorded(person) == ["ml/churn"]
    person.write("ml/churn/params.yaml", "noise: 0.01\n")
    answer = person.mlgit("train", "churn")
    assert "running ml/churn/dvc.yaml:train" in answer.err
    assert re.search(r"^ran: +ml/churn/dvc.yaml:train \(.*, ml/churn/dvc.yaml:evaluate \(", answer.out, re.M)
    person.commit("Another threshold")
    version = json.loads(person.mlgit("register", "churn", "--local", "--json").out)
    assert (version["version"], version["commit"]) == ("v0.1.0", person.git("rev-parse", "HEAD"))
    (again,) = json.loads(person.mlgit("reproduce", "HEAD", "--json").out)
    assert again["verdict"] == "reproduced"


def test_roots_are_trained_each_by_itself_those_first_that_others_read_from(person: Person) -> None:
    scene(person, "churn", consumer="after")
    assert stages(person) == {
        "after/dvc.yaml:count": "fresh",
        "churn/dvc.yaml:train": "fresh",
        "churn/dvc.yaml:evaluate": "fresh",
    }
    assert recorded(person) == ["after", "churn"]
    person.write("churn/params.yaml", "noise: 0.2\n")
    ran = re.findall(r"^running (.*)$", person.mlgit("train", "after").err, re.M)
    assert ran == ["churn/dvc.yaml:train", "churn/dvc.yaml:evaluate", "after/dvc.yaml:count"]


@pytest.mark.slow
def test_a_root_beside_one_at_the_top_is_retrained_in_its_own(person: Person) -> None:
    scene(person, ".", "inner")
    assert recorded(person) == ["", "inner"]
    person.into("inner").dvc("unprotect", "customers.csv")
    person.write("inner/customers.csv", customers(100).replace("0,0.0000,", "0,0.0010,"))
    person.into("inner").dvc("add", "--quiet", "customers.csv")
    person.commit("A customer is another")
    answer = json.loads(person.mlgit("retrain", "--local", "--json").out)
    (done,) = answer["conclusions"]
    assert (done["job"], done["ending"]) == ("inner", "proposed")
    changed = person.git("diff", "--name-only", "main", done["branch"]).split()
    assert {"inner/dvc.lock", "inner/predictions.csv"} <= {*changed}
    assert not {"dvc.lock", "predictions.csv"} & {*changed}
