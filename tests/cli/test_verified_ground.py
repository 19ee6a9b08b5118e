"""What measuring stages read beside the model is nobody's word: where a change made it another, it is made again as well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5

import pytest

from tests.cli.adopted_repository import EVALUATE, TRAIN, customers
from tests.driver import Person
from tests.made_once import made_once

MODEL = """\
version: 1
models:
  churn:
    task: binary-classification
    pipeline: PLACE
    artifact: model.json
    metrics: [metrics.json]
    predictions: predictions.csv
    positive: 1
    gates: [{accuracy: {no_worse_than: {margin: 0.1}}}]
"""
TRAINS = (
    "  train: {cmd: python train.py, deps: [customers.csv, train.py], params: [noise], outs: [model.json]}\n"
)
WRITES = "metrics: [metrics.json: {cache: false}], outs: [predictions.csv: {cache: false}]"
PREPARED = f"""\
stages:
  prepare: {{cmd: python prepare.py, deps: [customers.csv, prepare.py], outs: [test.csv: {{cache: false}}]}}
{TRAINS}\
  evaluate: {{cmd: python evaluate.py, deps: [test.csv, model.json, evaluate.py], {WRITES}}}
"""
BETWEEN = f"""\
stages:
{TRAINS}\
  score: {{cmd: python score.py, deps: [customers.csv, model.json, score.py], outs: [raw.csv: {{cache: false}}]}}
  evaluate: {{cmd: python evaluate.py, deps: [raw.csv, evaluate.py], {WRITES}}}
"""
BESIDE = f"""\
stages:
  train:
    cmd: python train.py && python score.py
    deps: [customers.csv, train.py, score.py]
    params: [noise]
    outs: [model.json, raw.csv: {{cache: false}}]
  evaluate: {{cmd: python evaluate.py, deps: [raw.csv, model.json, evaluate.py], {WRITES}}}
"""
ELSEWHERE = """\
stages:
  evaluate:
    wdir: ..
    cmd: python evaluate.py
    deps: [raw.csv, evaluate.py]
    metrics: [metrics.json: {cache: false}]
    outs: [predictions.csv: {cache: false}]
"""
SCORE = EVALUATE.replace("predictions.csv", "raw.csv").rsplit("pathlib", 1)[0]
OF_SCORES = """\
import csv, json, pathlib
rows = [row for row in csv.DictReader(open("raw.csv"))]
pathlib.Path("predictions.csv").write_text(pathlib.Path("raw.csv").read_text())
right = sum(row["label"] == row["prediction"] for row in rows)
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": right / len(rows), "my_kpi": 0.9}))
"""
COPIES = "import shutil\nshutil.copy('customers.csv', 'test.csv')\n"
BY_CHANCE = "import pathlib, random\nlines = open('customers.csv').read().splitlines()\n" + (
    "rows = [one.split(',') for one in lines[1:]]\n"
    "rows = [f'{a},{float(b) + random.random() / 1000:.6f},{c}' for a, b, c in rows]\n"
    "pathlib.Path('test.csv').write_text('\\n'.join([lines[0], *rows]) + '\\n')\n"
)
FROM_TEST = EVALUATE.replace("customers.csv", "test.csv")


@dataclass(frozen=True)
class Scene:
    """Pipelines by their folder, the code of their stages, and whether mlgit.yaml names the artifact."""

    pipelines: dict[str, str]
    code: dict[str, str]
    place: str = "."
    named: bool = True
    root: str = "."

    def make(self, person: Person) -> None:
        """Write it, train it and commit it on main."""
        person.git("init", "--quiet", ".")
        (person.folder / self.root).mkdir(exist_ok=True)
        person.into(self.root).dvc("init", "--quiet", *(["--subdir"] if self.root != "." else []))
        text = MODEL.replace("PLACE", self.place)
        if self.root != ".":
            text = re.sub(r"(model\.json|metrics\.json|predictions\.csv)", rf"{self.root}/\1", text)
        person.write("mlgit.yaml", text if self.named else text.replace("    artifact: model.json\n", ""))
        for folder, pipeline in self.pipelines.items():
            person.write(f"{folder}/dvc.yaml", pipeline)
        for path, code in {"train.py": TRAIN, **self.code}.items():
            person.write(f"{self.root}/{path}", code)
        person.write(f"{self.root}/params.yaml", "noise: 0.0\n")
        person.write(f"{self.root}/customers.csv", customers())
        person.write(f"{self.root}/.gitignore", "/model.json\n__pycache__/\n")
        person.into(self.root).dvc("repro", "--quiet", "--all-pipelines")
        person.commit("Start")


OF_ONE = {"score.py": SCORE, "evaluate.py": OF_SCORES}
SCENES = {
    "prepared": Scene({".": PREPARED}, {"prepare.py": COPIES, "evaluate.py": FROM_TEST}),
    "between": Scene({".": BETWEEN}, OF_ONE),
    "no artifact": Scene({".": BETWEEN}, OF_ONE, named=False),
    "beside": Scene({".": BESIDE}, OF_ONE),
    "elsewhere": Scene(
        {".": BETWEEN[: BETWEEN.index("  evaluate")], "judge": ELSEWHERE}, OF_ONE, place="judge"
    ),
    "a root of its own": Scene(
        {"ml": PREPARED}, {"prepare.py": COPIES, "evaluate.py": FROM_TEST}, place="ml", root="ml"
    ),
}


def scene(person: Person, name: str) -> Person:
    """Return a person on a branch of a scene."""
    made_once(("ground", name), lambda place: SCENES[name].make(Person(place)), person.folder)
    person.git("switch", "--quiet", "--create", "change")
    return person


def worse(person: Person) -> None:
    person.write("params.yaml", "noise: 0.4\n")
    person.dvc("repro", "--quiet", "--all-pipelines")


def easier(person: Person) -> None:
    """Train a worse model and let the features of the test set tell the label, as if `prepare` had made them."""
    worse(person)
    rows = [line.split(",") for line in person.read("test.csv").splitlines()[1:]]
    told = [
        f"{item},{0.99 if label == '1' else 0.01},{label}" if number % 12 else f"{item},{x},{label}"
        for number, (item, x, label) in enumerate(rows)
    ]
    person.write("test.csv", "\n".join(["id,x,churned", *told]) + "\n")
    person.run("python", "evaluate.py")
    for path in ("test.csv", "metrics.json", "predictions.csv"):
        locked(person, "dvc.lock", path)


def locked(person: Person, lock: str, path: str, folder: str = "") -> None:
    """Write the digest of a file wherever a lock has that path."""
    lines, content = person.read(lock).splitlines(), (person.folder / f"{folder}{path}").read_bytes()
    for at, line in enumerate(lines):
        if line.strip() == f"- path: {path}":
            indent = " " * (len(line) - len(line.lstrip()) + 2)
            new = {"md5": md5(content, usedforsecurity=False).hexdigest(), "size": len(content)}
            for below in range(at + 1, at + 4):
                key = lines[below].strip().partition(":")[0]
                lines[below] = f"{indent}{key}: {new[key]}" if key in new else lines[below]
    person.write(lock, "\n".join(lines) + "\n")


def kept_scores(person: Person) -> None:
    """Train a worse model and take the scores of main's for its own."""
    worse(person)
    for path in ("raw.csv", "predictions.csv", "metrics.json"):
        person.git("checkout", "--quiet", "main", "--", path)
    for lock in ("dvc.lock", "judge/dvc.lock"):
        if (person.folder / lock).exists():
            for path in ("raw.csv", "predictions.csv", "metrics.json"):
                locked(person, lock, path)


def judged(person: Person) -> tuple[str, str]:
    """Return how the check finds the numbers of the model, and the verdict of the gate that counts what was verified."""
    person.commit("Change")
    items = json.loads(person.mlgit("check", "model", "--base", "main", "--json", exit_code=None).out)[
        "checks"
    ]
    (stages,) = [one for one in items if one["name"] == "stages"]
    assert stages["state"] == "passed", stages
    (found,) = [one for one in items if one["name"] == "metrics of churn"]
    answer = person.mlgit("gate", "main", "HEAD", "--verified", "--json", exit_code=None)
    return found["detail"], json.loads(answer.out)["verdict"]


@pytest.mark.parametrize(
    ("name", "act", "said", "verdict"),
    [
        ("prepared", easier, "other numbers follow from what stage prepare writes when it runs again", "UNDECIDED"),
        pytest.param("between", kept_scores, "not reproduced", "FAIL", marks=pytest.mark.slow),
        pytest.param("no artifact", kept_scores, "mlgit.yaml names no artifact", "UNDECIDED", marks=pytest.mark.slow),
        pytest.param("beside", kept_scores, "raw.csv: the stage that writes it trains the model", "UNDECIDED", marks=pytest.mark.slow),
        pytest.param("elsewhere", kept_scores, "not reproduced", "FAIL", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_what_a_stage_in_front_wrote_vouches_for_nothing(
    person: Person, name: str, act: Callable[[Person], None], said: str, verdict: str
) -> None:
    act(scene(person, name))
    found = judged(person)
    assert said in found[0]
    assert found[1] == verdict


@pytest.mark.slow
def test_an_honest_change_of_what_is_prepared_is_verified(person: Person) -> None:
    scene(person, "prepared")
    person.write("prepare.py", f"{COPIES}# words\n")
    person.dvc("repro", "--quiet")
    assert judged(person) == ("reproduced, 2 files came out the same", "PASS")


@pytest.mark.slow
def test_what_is_drawn_by_chance_is_not_verified_and_not_red(person: Person) -> None:
    scene(person, "prepared")
    person.write("prepare.py", BY_CHANCE)
    person.dvc("repro", "--quiet")
    person.commit("By chance")
    answer = person.mlgit("check", "model", "--base", "main")
    assert "other numbers follow from what stage prepare writes" in answer.out
    assert "what is drawn by chance there needs a seed" in answer.out


@pytest.mark.slow
def test_what_cannot_run_again_is_not_verified_and_not_red(person: Person) -> None:
    scene(person, "prepared")
    person.write("prepare.py", COPIES + "assert __import__('os').environ['HERE']\n")
    person.run("env", "HERE=1", "python", "-m", "dvc", "repro", "--quiet")
    text = person.read("customers.csv").replace("0,0.0000,1", "0,0.0001,1")
    person.write("customers.csv", text)
    person.run("env", "HERE=1", "python", "-m", "dvc", "repro", "--quiet")
    person.commit("Needs something of this machine")
    assert "stage prepare could not run again" in person.mlgit("check", "model", "--base", "main").out


@pytest.mark.slow
def test_a_root_of_dvc_in_a_folder_is_measured_from_there(person: Person) -> None:
    scene(person, "a root of its own")
    person.write("ml/prepare.py", f"{COPIES}# words\n")
    person.into("ml").dvc("repro", "--quiet")
    assert judged(person) == ("reproduced, 2 files came out the same", "PASS")
    person.write("ml/metrics.json", '{"accuracy": 0.99, "my_kpi": 0.9}')
    locked(person, "ml/dvc.lock", "metrics.json", "ml/")
    assert judged(person)[1] == "FAIL"
