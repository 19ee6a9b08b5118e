"""The jobs of CI for several models: one a pipeline, batches above 250, and nothing that is of no model forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from mlgit.dvc.concerns import ModelsJob
from mlgit.project.concerned import concerned
from mlgit.project.matrix import MOST_JOBS, Unit, batches
from mlgit.project.project import Project
from mlgit.world.context import SilentConsole, real_context
from tests.driver import Person
from tests.isolation import in_isolation

STAGE = "stages:\n  train: {{cmd: python train.py, deps: [train.py{further}], outs: [model.bin]}}\n"


def fleet(folder: Path, models: int, *, settings: str = "", further: str = "") -> Person:
    """A repository of many models, a pipeline each, committed; nothing of it is trained."""
    folder.mkdir(parents=True)
    person = Person(folder)
    person.git("init", "--quiet", "--initial-branch", "main", ".")
    names = [f"m{number:03}" for number in range(models)]
    lines = [f"  {name}: {{pipeline: models/{name}, artifact: models/{name}/model.bin}}\n" for name in names]
    person.write("mlgit.yaml", "version: 1\nmodels:\n" + "".join(lines) + settings)
    for name in names:
        person.write(f"models/{name}/dvc.yaml", STAGE.format(further=further))
        person.write(f"models/{name}/train.py", "pass\n")
    person.commit("Start")
    return person


def jobs(person: Person, base: str = "HEAD~1") -> tuple[ModelsJob, ...]:
    context = replace(real_context(SilentConsole()), directory=person.folder)
    return concerned(Project.find(context), base).jobs


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Person:
    with in_isolation(tmp_path_factory.mktemp("home")):
        return fleet(tmp_path_factory.mktemp("fleet") / "desk", 300)


def changed(person: Person, number: int) -> tuple[ModelsJob, ...]:
    person.git("switch", "--quiet", "--force-create", "change", "main")
    for name in range(number):
        person.write(f"models/m{name:03}/train.py", f"x = {number}\n")
    person.commit("Change")
    return jobs(person, "main")


@pytest.mark.parametrize(("models", "expected"), [(1, 1), (50, 50), (250, 125), (300, 150)])
def test_three_hundred_models(three_hundred: Person, models: int, expected: int) -> None:
    found = changed(three_hundred, models)
    assert len(found) == expected <= MOST_JOBS
    assert [one.id for one in found] == list(range(1, expected + 1))
    assert [name for one in found for name in one.models.split(",")] == [f"m{n:03}" for n in range(models)]
    assert found[0].minutes == 30 * (1 if expected == models else 2)


def test_the_command_line_says_the_jobs(three_hundred: Person) -> None:
    changed(three_hundred, 1)
    value = json.loads(three_hundred.mlgit("affected", "main", "--json").out)
    assert value["jobs"] == [
        {
            "id": 1,
            "name": "m000",
            "models": "m000",
            "pull": "--with-deps\n./models/m000/dvc.yaml",
            "minutes": 30,
            "runner": ["ubuntu-24.04"],
            "requirements": "requirements.lock",
        }
    ]
    assert "CI looks at them in 1 job" in three_hundred.mlgit("affected", "main").out


OWN = """\
version: 1
models:
  a: {pipeline: a, ci: {runner: [self-hosted, gpu], minutes: 90, requirements: a/requirements.txt}}
  b: {pipeline: b, predictions: kept/b.csv}
  b2: {pipeline: b, ci: {minutes: 45}}
"""


def pair(folder: Path, settings: str = OWN) -> Person:
    folder.mkdir()
    person = Person(folder)
    person.git("init", "--quiet", "--initial-branch", "main", ".")
    person.write("mlgit.yaml", settings)
    person.write("shared/dvc.yaml", "stages:\n  s: {cmd: x, outs: [out.csv]}\n")
    for name in ("a", "b"):
        person.write(f"{name}/dvc.yaml", STAGE.format(further=", ../shared/out.csv"))
        person.write(f"{name}/train.py", "pass\n")
    person.write("alone/dvc.yaml", "stages:\n  s: {cmd: x, deps: [x.py], outs: [out.csv]}\n")
    person.write("alone/x.py", "pass\n")
    person.write("kept/b.csv.dvc", "outs: [{path: b.csv, md5: " + "0" * 32 + "}]\n")
    person.commit("Start")
    return person


def test_a_model_has_its_job_for_itself(tmp_path: Path) -> None:
    person = pair(tmp_path / "desk")
    person.write("shared/dvc.yaml", "stages:\n  s: {cmd: y, outs: [out.csv]}\n")
    person.commit("Change")
    first, second = jobs(person)
    assert (first.models, first.minutes, first.requirements) == ("a", 90, "a/requirements.txt")
    assert first.runner == ("self-hosted", "gpu")
    # Two models of one pipeline are one job, with the longest time; what DVC keeps of them elsewhere comes with it.
    assert (second.models, second.minutes, second.runner) == ("b,b2", 45, ("ubuntu-24.04",))
    assert second.pull.split("\n") == ["--with-deps", "./b/dvc.yaml", "./kept/b.csv.dvc"]


def test_pipelines_that_train_together_are_one_job(tmp_path: Path) -> None:
    person = pair(tmp_path / "desk", OWN + "ci: {train: run}\n")
    person.write("shared/dvc.yaml", "stages:\n  s: {cmd: y, outs: [out.csv]}\n")
    person.commit("Change")
    (found,) = jobs(person)
    assert found.models == "a,b,b2"
    person.write("a/train.py", "x = 1\n")
    person.commit("Change a alone")
    assert [one.models for one in jobs(person)] == ["a"]


def test_what_is_of_no_model_has_a_job_too(tmp_path: Path) -> None:
    person = pair(tmp_path / "desk")
    person.write("alone/x.py", "x = 1\n")
    person.commit("Change")
    assert [one.models for one in jobs(person)] == ["."]
    person.write("tests/model/a/test_a.py", "def test_a(): pass\n")
    person.write("a/train.py", "x = 1\n")
    person.commit("Change a")
    assert "." not in [one.models for one in jobs(person)]
    person.write("tests/model/test_all.py", "def test_all(): pass\n")
    person.commit("Tests of all")
    assert [one.models for one in jobs(person)] == ["a", "b,b2", "."]


def test_a_model_that_is_gone_is_judged(tmp_path: Path) -> None:
    person = pair(tmp_path / "desk")
    person.write("mlgit.yaml", OWN.replace("  a: {pipeline: a,", "  other: {pipeline: a,"))
    person.commit("Rename a model")
    assert [one.models for one in jobs(person)] == ["a,other", "b,b2", "."]


def test_a_broken_configuration_is_a_job_that_says_so(tmp_path: Path) -> None:
    person = pair(tmp_path / "desk")
    person.write("mlgit.yaml", "version: 7\n")
    person.commit("Break it")
    assert [one.models for one in jobs(person)] == ["."]
    assert "error[config-" in person.mlgit("check", "model", "--only", ".", exit_code=2).err


@pytest.mark.parametrize("kinds", [1, 3])
def test_batches_mix_no_runners(kinds: int) -> None:
    units = [
        Unit(models=(f"m{n}",), folders=(), runner=(f"r{n % kinds}",), minutes=60, requirements="")
        for n in range(1000)
    ]
    found = list(batches(units, 249))
    assert len(found) <= 249
    assert sorted(name for one in found for name in one.models) == sorted(one.models[0] for one in units)
    assert all(
        {int(name[1:]) % kinds for name in one.models} == {int(one.models[0][1:]) % kinds} for one in found
    )
    assert max(one.minutes for one in found) <= 4320
