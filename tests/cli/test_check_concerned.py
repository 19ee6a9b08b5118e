"""`mlgit check model --base`: only the models are measured again that the change concerns, whatever else the repository holds."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

import pytest

from mlgit.commands.check.run import check
from mlgit.world.context import Context, SilentConsole, real_context
from tests.counted import Counted
from tests.driver import Person
from tests.made_once import made_once

MODELS = 5
EVALUATE = """\
import json, os, pathlib
with open(os.environ["STAGES_RAN"], "a") as stream:
    stream.write(os.path.basename(os.getcwd()) + "\\n")
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": float(pathlib.Path("value.txt").read_text())}))
"""
PIPELINE = """\
stages:
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, value.txt]
    metrics:
      - metrics.json: {cache: false}
"""


@pytest.fixture
def many(person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A repository of several models; on the branch, the input of one of them is another and it was evaluated again."""
    monkeypatch.setenv("STAGES_RAN", str(tmp_path / "before"))
    made_once(make_many, lambda place: make_many(Person(place)), person.folder)
    monkeypatch.setenv("STAGES_RAN", str(tmp_path / "ran"))
    return person


def make_many(person: Person) -> None:
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    models = "".join(
        f"  m{number}: {{pipeline: m{number}, metrics: [m{number}/metrics.json]}}\n"
        for number in range(MODELS)
    )
    person.write("mlgit.yaml", f"version: 1\nmodels:\n{models}")
    for number in range(MODELS):
        person.write(f"m{number}/dvc.yaml", PIPELINE)
        person.write(f"m{number}/evaluate.py", EVALUATE)
        person.write(f"m{number}/value.txt", f"0.{number + 1}")
    person.dvc("repro", "--quiet", "--all-pipelines")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    person.write("m3/value.txt", "0.9")
    person.dvc("repro", "--quiet", "--all-pipelines")
    person.commit("Another value")


def test_one_changed_model_of_several_is_the_work_of_that_one(many: Person, tmp_path: Path) -> None:
    here, processes = real_context(SilentConsole()), Counted()
    context = Context(
        directory=many.folder, environment=here.environment, processes=processes, console=SilentConsole()
    )
    items = check(context, ("model",), "main")
    assert [item.name for item in items if item.name.startswith("metrics of")] == ["metrics of m3"]
    assert all(item.state != "failed" for item in items)
    assert (tmp_path / "ran").read_text() == "m3\n"
    assert len([one for one in processes.started if one[0] != "git"]) == 1


def test_without_a_base_every_model_is_measured(many: Person, tmp_path: Path) -> None:
    answer = many.mlgit("check", "model")
    assert answer.out.count("reproduced") == MODELS
    assert len((tmp_path / "ran").read_text().splitlines()) == MODELS


def test_what_is_off_or_trains_is_not_verified_and_runs_nothing(many: Person, tmp_path: Path) -> None:
    text = many.read("mlgit.yaml")
    text = text.replace("metrics: [m3/metrics.json]}", "metrics: [m3/metrics.json], verify: off}")
    text = text.replace(
        "metrics: [m2/metrics.json]}", "metrics: [m2/metrics.json], artifact: m2/metrics.json}"
    )
    many.write("mlgit.yaml", text)
    many.commit("Settings")
    answer = many.mlgit("check", "model")
    assert "metrics of m3: not verified: verify is off in mlgit.yaml" in answer.out
    assert (
        "metrics of m2: not verified: m2/metrics.json: the stage that writes it trains the model"
        in answer.out
    )
    assert sorted((tmp_path / "ran").read_text().split()) == ["m0", "m1", "m4"]


def test_a_tolerance_is_by_metric_and_what_a_point_rule_takes_as_it_stands_is_not_compared(
    many: Person,
) -> None:
    noisy = EVALUATE.replace("import json", "import json, random").replace(
        '"accuracy": float(pathlib.Path("value.txt").read_text())',
        '"latency_ms": random.random(), "accuracy": 0.5 + random.random() / 100',
    )
    many.write("m3/evaluate.py", noisy)
    gates = "gates: [{latency_ms: {max: 2, mode: point}}]"
    loose = "verify: {tolerance: {accuracy: 0.1}}"
    text = many.read("mlgit.yaml")
    many.write(
        "mlgit.yaml",
        text.replace("metrics: [m3/metrics.json]}", f"metrics: [m3/metrics.json], {gates}, {loose}}}"),
    )
    many.dvc("repro", "--quiet", "m3/dvc.yaml")
    many.commit("Noise")
    assert "metrics of m3: reproduced" in many.mlgit("check", "model").out
    loosened = many.mlgit("check", "model", "--base", "HEAD~1", exit_code=1)
    assert "accuracy is 0.5" in loosened.out, "the settings of the base count"
    many.write(
        "mlgit.yaml", text.replace("metrics: [m3/metrics.json]}", f"metrics: [m3/metrics.json], {gates}}}")
    )
    many.commit("Without a tolerance")
    answer = many.mlgit("check", "model", exit_code=1)
    assert "accuracy is 0.5" in answer.out
    assert "latency_ms" not in answer.out
    assert json.loads(many.read("m3/metrics.json"))["latency_ms"] < 2


def test_a_forged_number_that_a_rule_takes_as_it_stands_passes_nothing(many: Person) -> None:
    """Not compared, so that a latency is not red for good, but what comes out has to pass the rule as well."""
    many.git("switch", "--quiet", "main")
    gates = "gates: [{accuracy_of_mine: {mode: point, min: 0.8}}]"
    many.write("m3/evaluate.py", EVALUATE.replace('"accuracy"', '"accuracy_of_mine"'))
    many.write("m3/value.txt", "0.9")
    text = many.read("mlgit.yaml")
    many.write(
        "mlgit.yaml", text.replace("metrics: [m3/metrics.json]}", f"metrics: [m3/metrics.json], {gates}}}")
    )
    many.dvc("repro", "--quiet", "m3/dvc.yaml")
    many.commit("A gate")
    many.git("switch", "--quiet", "--force-create", "change")
    many.write("m3/value.txt", "0.1")
    many.dvc("repro", "--quiet", "m3/dvc.yaml")
    many.commit("Worse")
    many.mlgit("check", "model", "--base", "main")
    assert many.mlgit("gate", "main", "HEAD", "--verified", exit_code=None).exit_code == 1
    lock = many.read("m3/dvc.lock")
    (worse,) = [
        line for line in lock.splitlines() if line.strip() == f"md5: {md5_of(many, 'm3/metrics.json')}"
    ]
    many.write("m3/metrics.json", '{"accuracy_of_mine": 0.95}')
    forged = worse.replace(worse.strip(), f"md5: {md5_of(many, 'm3/metrics.json')}")
    many.write("m3/dvc.lock", lock.replace(worse, forged).replace("size: 25\n", "size: 26\n"))
    many.commit("Forged")
    assert "metrics of m3: reproduced" in many.mlgit("check", "model", "--base", "main").out
    answer = many.mlgit("gate", "main", "HEAD", "--verified", "--json", exit_code=None)
    (model,) = [one for one in json.loads(answer.out)["models"] if one["name"] == "m3"]
    (finding,) = model["findings"]
    assert (model["verdict"], finding["verdict"]) == ("UNDECIDED", "UNDECIDED")
    assert finding["reason"] == "not verified: accuracy_of_mine came to 0.1 when it was measured again"
    assert finding["hint"].startswith("verify: {tolerance: {accuracy_of_mine: ...}}")


def md5_of(person: Person, path: str) -> str:
    return md5((person.folder / path).read_bytes(), usedforsecurity=False).hexdigest()


def merged_untrained(many: Person) -> None:
    """On the default branch somebody merged another input of m1 without its results; the branch starts there."""
    many.git("switch", "--quiet", "main")
    many.write("m1/value.txt", "0.7")
    many.commit("Merged without its results")
    many.git("switch", "--quiet", "change")
    many.git("rebase", "--quiet", "main")


def test_a_change_is_not_blamed_for_what_others_merged_without_a_training(
    many: Person, tmp_path: Path
) -> None:
    merged_untrained(many)
    answer = many.mlgit("check", "model", "--base", "main")
    assert f"stages: 1 stage is up to date; {MODELS - 1} pipelines not concerned by the change" in answer.out
    assert "m1/dvc.yaml:evaluate" in many.mlgit("check", "model", exit_code=1).out
    many.write("m3/value.txt", "0.8")
    many.commit("Once more")
    assert "m3/dvc.yaml:evaluate" in many.mlgit("check", "model", "--base", "main", exit_code=1).out
    (tmp_path / "ran").unlink()
    many.mlgit("train", "--base", "main")
    assert (tmp_path / "ran").read_text() == "m3\n", "what CI trains is what the change concerns"
    report = json.loads(many.mlgit("compare", "main", "--json").out)
    assert [one["name"] for one in report["models"]] == ["m3"]
