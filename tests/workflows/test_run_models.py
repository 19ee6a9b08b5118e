"""Five models, three of them changed: a job each, one report, one verdict; really executed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.small import TRAINER, job, results, run, started

pytestmark = pytest.mark.slow

NAMES = ("a", "b", "c", "d", "e")
STAGE = """\
stages:
  train:
    cmd: python ../train.py
    deps: [../train.py, data/table.csv]
    params: [weight]
    outs: [model.txt]
    metrics:
      - metrics.json: {cache: false}
"""


def five(folder: Path) -> Person:
    """Five models, trained and committed on main; on `change` three of them have another weight and are trained."""
    lines = [
        f"  {name}: {{task: regression, pipeline: {name}, metrics: [{name}/metrics.json]}}\n"
        for name in NAMES
    ]
    person = started(folder, "version: 1\nmodels:\n" + "".join(lines))
    person.dvc("init", "--quiet")
    person.write("train.py", TRAINER)
    for number, name in enumerate(NAMES):
        person.write(f"{name}/data/table.csv", "x\n" + "1\n" * (number + 3))
        person.dvc("add", "--quiet", f"{name}/data/table.csv")
        person.write(f"{name}/params.yaml", '{"weight": 1}\n')
        person.write(f"{name}/dvc.yaml", STAGE)
    person.dvc("repro", "--quiet", "--all-pipelines")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    for name in ("a", "b", "c"):
        person.write(f"{name}/params.yaml", '{"weight": 2}\n')
    person.dvc("repro", "--quiet", "--all-pipelines")
    person.commit("Another weight for three")
    return person


def test_three_of_five_models_have_a_job_each(tmp_path: Path) -> None:
    person = five(tmp_path / "desk")
    kept = tmp_path / "artifacts"
    outcome = run(person, "pull_request", "--artifacts", str(kept))
    assert results(outcome) == {
        "changes": "success",
        "code": "skipped",
        "data": "success",
        "model": "success",
        "models": "success",
        "required": "success",
    }
    jobs = json.loads(job(outcome, "changes")["outputs"]["jobs"])  # type: ignore[index]
    assert [one["models"] for one in jobs] == ["a", "b", "c"]
    with zipfile.ZipFile(kept / "mlgit-report.zip") as archive:
        report = json.loads(archive.read("comparison.json"))
    assert sorted(one["name"] for one in report["models"]) == ["a", "b", "c"]
    assert sorted(path.stem for path in kept.glob("mlgit-part-*.zip")) == [
        f"mlgit-part-{n}" for n in (1, 2, 3)
    ]


def test_one_model_that_is_out_of_date_makes_the_whole_red(tmp_path: Path) -> None:
    person = five(tmp_path / "desk")
    person.write("d/params.yaml", '{"weight": 5}\n')
    person.commit("Change d without training it")
    outcome = run(person, "pull_request", exit_code=1)
    found = results(outcome)
    assert (found["model"], found["models"], found["required"]) == ("failure", "success", "failure")


def test_nothing_of_a_model_starts_no_job(tmp_path: Path) -> None:
    person = five(tmp_path / "desk")
    person.git("switch", "--quiet", "--create", "words", "main")
    person.write("README.md", "words\n")
    person.commit("Words")
    found = results(run(person, "pull_request"))
    assert (found["model"], found["models"], found["required"]) == ("skipped", "skipped", "success")
