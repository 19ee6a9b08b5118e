"""Two small repositories to run workflows in: one with tests of code only, one with data and a model under DVC."""

from __future__ import annotations

import json
from pathlib import Path

from tests.driver import Answer, Person

OIDC = """\
remote:
  kind: s3
  environment: storage
  oidc: {role: "arn:aws:iam::123456789012:role/mlgit", region: eu-central-1}
"""
SECRETS = "remote: {kind: other, environment: storage, secrets: {WEBDAV_PASSWORD: STORAGE_PASSWORD}}\n"
TRAINER = """\
import json
from pathlib import Path

rows = Path("data/table.csv").read_text().splitlines()[1:]
weight = json.loads(Path("params.yaml").read_text())["weight"]
Path("metrics.json").write_text(json.dumps({"r2": weight / (1 + len(rows))}))
Path("model.txt").write_text(f"weight {weight} of {len(rows)} rows")
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
MODEL = "models: {{small: {{task: regression, artifact: model.txt, metrics: [metrics.json]{gates}}}}}\n"


def code_only(folder: Path) -> Person:
    """A repository with one test of code, synced and committed on main; a branch `change` with one more commit."""
    person = started(folder, "version: 1\n")
    person.write("tests/code/test_sum.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    person.write("tests/code/test_more.py", "def test_more():\n    assert 2 * 2 == 4\n")
    person.commit("One more test")
    return person


def with_model(folder: Path, settings: str = "", gates: str = "") -> Person:
    """A repository with a table and a model under DVC, trained and committed; a branch `change` with another weight.

    R² is 0.25 on main and 0.5 once the branch is trained; `gates` judge it, a list as YAML writes it in a line. On the branch the stage is out of date: the parameter changed and nobody trained.
    """
    model = MODEL.format(gates=f", gates: {gates}" if gates else "")
    person = started(folder, "version: 1\n" + model + settings)
    person.dvc("init", "--quiet")
    person.write("data/table.csv", "x\n1\n2\n3\n")
    person.dvc("add", "--quiet", "data/table.csv")
    person.write("train.py", TRAINER)
    person.write("params.yaml", '{"weight": 1}\n')
    person.write("dvc.yaml", PIPELINE)
    person.dvc("repro", "--quiet")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    person.write("params.yaml", '{"weight": 2}\n')
    person.commit("Another weight")
    return person


def started(folder: Path, settings: str) -> Person:
    folder.mkdir(parents=True)
    person = Person(folder)
    person.git("init", "--quiet", ".")
    person.write(".gitignore", "__pycache__/\n")
    person.write("requirements.lock", "")
    person.write("mlgit.yaml", settings)
    person.mlgit("sync")
    return person


def run(person: Person, *arguments: str, exit_code: int = 0) -> dict[str, object]:
    """Return what `mlgit run ... --json` answers."""
    return read(person.mlgit("run", *arguments, "--json", exit_code=exit_code))


def read(answer: Answer) -> dict[str, object]:
    value = json.loads(answer.out)
    assert isinstance(value, dict)
    return value


def workflow(outcome: dict[str, object], name: str = "mlgit-ci") -> dict[str, object]:
    return next(one for one in outcome["workflows"] if one["name"] == name)  # type: ignore[attr-defined,no-any-return]


def results(outcome: dict[str, object], name: str = "mlgit-ci") -> dict[str, str]:
    """Return the result of every job of a workflow."""
    return {job["id"]: job["result"] for job in workflow(outcome, name)["jobs"]}  # type: ignore[attr-defined]


def job(outcome: dict[str, object], job_id: str, name: str = "mlgit-ci") -> dict[str, object]:
    jobs = workflow(outcome, name)["jobs"]
    return next(one for one in jobs if one["id"] == job_id)  # type: ignore[attr-defined,no-any-return]


def told(outcome: dict[str, object], job_id: str) -> str:
    """Return what a job tells people: its annotations and its summary."""
    return "\n".join((*job(outcome, job_id)["notes"], str(job(outcome, job_id)["summary"])))  # type: ignore[misc]
