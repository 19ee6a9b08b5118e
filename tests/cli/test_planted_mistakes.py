"""Mistakes and forgeries planted in a pull request: each is red in the right job, and the page says why.

The jobs of mlgit-ci are run command by command, then mlgit-comment posts to a stub server of GitHub.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.adopted_repository import edited_metrics, lock_again, make_adopted, trained_with
from tests.cli.ci_run import reviewed
from tests.driver import Person
from tests.github.stub_server import StubServer
from tests.isolation import isolated_environment

GATES = "[{accuracy: {no_worse_than: {margin: 0.1}}}]"
TEST = "def test_mine():\n    assert 1 == 2, 'planted'\n"


@dataclass(frozen=True)
class Mistake:
    """What somebody does on the branch, the job that has to be red (empty: none, the page is neutral), and what the page says."""

    plant: Callable[[Person], None]
    job: str
    said: str


@pytest.fixture(scope="module")
def adopted_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patched.setenv(name, value)
        yield make_adopted(tmp_path_factory.mktemp("adopted") / "a", gates=GATES).folder


@pytest.fixture
def adopted(adopted_once: Path, tmp_path: Path) -> Person:
    copy = tmp_path / "a"
    shutil.copytree(adopted_once, copy, symlinks=True)
    return Person(copy)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_", "MLGIT_"))]:
        monkeypatch.delenv(name)
    with StubServer() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.state.violations == []


def writes(path: str, text: str) -> Callable[[Person], None]:
    def plant(person: Person) -> None:
        person.write(path, text)

    return plant


def replaces(path: str, old: str, new: str) -> Callable[[Person], None]:
    def plant(person: Person) -> None:
        text = person.read(path)
        assert old in text
        person.write(path, text.replace(old, new))

    return plant


def removes(path: str) -> Callable[[Person], None]:
    def plant(person: Person) -> None:
        (person.folder / path).unlink()

    return plant


def a_broken_row(person: Person) -> None:
    person.write("customers.csv", person.read("customers.csv").replace("\n3,", "\nthree,", 1))


def a_worse_model(person: Person) -> None:
    trained_with(person, 0.4)


def stale_lock(person: Person) -> None:
    person.write("params.yaml", "noise: 0.05\n")


def loosened(person: Person) -> None:
    trained_with(person, 0.4)
    replaces("mlgit.yaml", "margin: 0.1", "margin: 0.9")(person)


def without_gate(person: Person) -> None:
    trained_with(person, 0.4)
    replaces("mlgit.yaml", f"    gates: {GATES}\n", "")(person)


def without_model(person: Person) -> None:
    text = person.read("mlgit.yaml")
    person.write("mlgit.yaml", text[: text.index("models:")] + text[text.index("data:") :])


def forged_metrics(person: Person) -> None:
    trained_with(person, 0.01)
    edited_metrics(person, lambda metrics: metrics.update(accuracy=0.99))


def forged_predictions(person: Person) -> None:
    good = person.read("predictions.csv")
    trained_with(person, 0.4)
    person.write("predictions.csv", good)
    lock_again(person, "predictions.csv")


def forged_both(person: Person) -> None:
    metrics, predictions = person.read("metrics.json"), person.read("predictions.csv")
    trained_with(person, 0.4)
    person.write("metrics.json", metrics)
    person.write("predictions.csv", predictions)
    lock_again(person, "metrics.json", "predictions.csv")


def forged_scores(person: Person) -> None:
    trained_with(person, 0.01)
    lines = person.read("predictions.csv").splitlines()
    lines[5] = lines[5].rpartition(",")[0] + ",0.9999"
    person.write("predictions.csv", "\n".join(lines) + "\n")
    lock_again(person, "predictions.csv")


def forged_labels(person: Person) -> None:
    trained_with(person, 0.4)
    lines = [line.split(",") for line in person.read("predictions.csv").splitlines()]
    rows = [",".join([one[0], one[2], *one[2:]]) for one in lines[1:]]
    person.write("predictions.csv", "\n".join(["id,label,prediction,score", *rows]) + "\n")
    lock_again(person, "predictions.csv")


def fewer_rows(person: Person) -> None:
    trained_with(person, 0.4)
    lines = person.read("predictions.csv").splitlines()
    person.write("predictions.csv", "\n".join(lines[:200]) + "\n")
    lock_again(person, "predictions.csv")


def edited_without_lock(person: Person) -> None:
    edited_metrics(person, lambda metrics: None)
    person.write("metrics.json", json.dumps({"accuracy": 0.99, "my_kpi": 0.9}))


def verify_switched_off(person: Person) -> None:
    forged_both(person)
    replaces("mlgit.yaml", "    positive: 1\n", "    positive: 1\n    verify: off\n")(person)


def verify_loosened(person: Person) -> None:
    forged_metrics(person)
    loose = "    verify: {tolerance: {accuracy: 1000}, predictions: 1000}\n"
    replaces("mlgit.yaml", "    positive: 1\n", "    positive: 1\n" + loose)(person)


def not_a_number(person: Person) -> None:
    replaces("evaluate.py", '"my_kpi": 0.9', '"my_kpi": float("nan")')(person)
    trained_with(person, 0.01)


MISTAKES: dict[str, Mistake] = {
    "a failing test of the code": Mistake(writes("tests/code/test_mine.py", TEST), "code", "test_mine.py"),
    "a failing test of the data": Mistake(writes("tests/data/test_mine.py", TEST), "data", "test_mine.py"),
    "a failing test of the model": Mistake(writes("tests/model/test_mine.py", TEST), "model", "test_mine.py"),
    "a hand edit of a workflow": Mistake(
        replaces(".github/workflows/mlgit-ci.yml", "permissions: {}", "permissions: write-all"),
        "code",
        "mlgit-ci.yml",
    ),
    "a removed workflow": Mistake(
        removes(".github/workflows/mlgit-comment.yml"), "code", "mlgit-comment.yml"
    ),
    "a broken row of data": Mistake(a_broken_row, "data", "customers.csv:"),
    "a broken schema": Mistake(
        writes("schemas/customers.yaml", "version: 1\ncolumns: [\n"), "data", "schemas/customers.yaml"
    ),
    "a stale lock": Mistake(stale_lock, "model", "out of date"),
    "a missing lock": Mistake(removes("dvc.lock"), "model", "out of date"),
    "a broken lock": Mistake(writes("dvc.lock", "schema: '2.0'\nstages: [\n"), "model", "dvc.lock"),
    "conflict markers in the lock": Mistake(
        replaces("dvc.lock", "stages:", "<<<<<<< main\nstages:"), "model", "dvc.lock"
    ),
    "a broken pipeline": Mistake(writes("dvc.yaml", "stages:\n  train: [\n"), "model", "dvc.yaml"),
    "a broken mlgit.yaml": Mistake(writes("mlgit.yaml", "version: 1\nmodels: [\n"), "model", "mlgit.yaml"),
    "a worse model": Mistake(a_worse_model, "model", "Gates failed"),
    "a loosened gate": Mistake(loosened, "model", "Gates failed"),
    "a removed gate": Mistake(without_gate, "model", "Gates failed"),
    "a removed model": Mistake(without_model, "model", "no longer names churn"),
    "edited metrics, the lock left": Mistake(edited_without_lock, "model", "metrics.json"),
    "forged metrics and lock": Mistake(forged_metrics, "model", "accuracy is 0.99 but came out"),
    "forged predictions and lock": Mistake(forged_predictions, "model", "prediction came out different"),
    "forged metrics, predictions and lock": Mistake(forged_both, "model", "prediction came out different"),
    "one forged score and lock": Mistake(forged_scores, "model", "score came out different in 1 row"),
    "forged labels and lock": Mistake(forged_labels, "model", "label"),
    "fewer rows and lock": Mistake(fewer_rows, "model", "other ids"),
    "forged, with verify switched off": Mistake(verify_switched_off, "model", "came out different"),
    "forged, with verify loosened": Mistake(verify_loosened, "model", "accuracy is 0.99 but came out"),
    "a metric that becomes NaN": Mistake(not_a_number, "", "no finite number any more"),
}
SHORT = ("a failing test of the data", "forged metrics, predictions and lock")
"""What the short form of the suite plants."""


MARGIN = "{margin: 0.02}"
RAW, SCHEMA = "data/raw/breast-cancer.csv", "schemas/breast-cancer.yaml"
METRICS, PREDICTIONS = "metrics/test.json", "predictions/test.csv"


@pytest.fixture(scope="module")
def scaffold_once(trained_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project of `mlgit init`, trained; on the branch `worse` its model sees little, `change` is checked out."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patched.setenv(name, value)
        folder = tmp_path_factory.mktemp("scaffold") / "p"
        shutil.copytree(trained_once, folder, symlinks=True)
        person = Person(folder)
        person.git("switch", "--quiet", "--create", "worse")
        with_one_measurement(person)
        person.dvc("repro", "--quiet")
        person.commit("One measurement alone")
        person.git("switch", "--quiet", "--create", "change", "main")
        person.dvc("checkout", "--quiet")
        yield folder


def with_one_measurement(person: Person) -> None:
    """Let the model see one column: so much worse that 142 rows can show it."""
    text = person.read("params.yaml")
    numbers = re.search(r"(?m)^  numbers:\n((?:    - .*\n)+)", text)
    assert numbers is not None
    (kept,) = [line for line in numbers[1].splitlines(keepends=True) if "mean symmetry" in line]
    person.write("params.yaml", text.replace(numbers[1], kept))


@pytest.fixture
def scaffold(scaffold_once: Path, tmp_path: Path) -> Person:
    copy = tmp_path / "p"
    shutil.copytree(scaffold_once, copy, symlinks=True)
    return Person(copy)


def worse(*then: Callable[[Person], None], good: tuple[str, ...] = ()) -> Callable[[Person], None]:
    """Take the model of one measurement, with some files of the good one, and dvc.lock made to agree with them."""

    def plant(person: Person) -> None:
        person.git("reset", "--quiet", "--hard", "worse")
        person.dvc("checkout", "--quiet")
        if good:
            person.git("checkout", "--quiet", "main", "--", *good)
            lock_again(person, *good)
        for one in then:
            one(person)

    return plant


def a_broken_row_of_the_scaffold(person: Person) -> None:
    lines = person.read(RAW).splitlines()
    first, *_ = lines[3].split(",")
    lines[3] = lines[3].replace(first, "many", 1)
    person.write(RAW, "\n".join(lines) + "\n")
    person.dvc("add", "--quiet", RAW)


def metrics_of_the_scaffold(person: Person) -> None:
    person.write(METRICS, json.dumps({**json.loads(person.read(METRICS)), "accuracy": 0.999}))


def models_removed(person: Person) -> None:
    text = person.read("mlgit.yaml")
    person.write("mlgit.yaml", text[: text.index("models:")] + text[text.index("data:") :])


SCAFFOLD: dict[str, Mistake] = {
    "a failing test of the code": Mistake(writes("tests/code/test_mine.py", TEST), "code", "test_mine.py"),
    "a failing test of the data": Mistake(writes("tests/data/test_mine.py", TEST), "data", "test_mine.py"),
    "a failing test of the model": Mistake(writes("tests/model/test_mine.py", TEST), "model", "test_mine.py"),
    "a hand edit of a workflow": Mistake(
        replaces(".github/workflows/mlgit-ci.yml", "permissions: {}", "permissions: write-all"),
        "code",
        "mlgit-ci.yml",
    ),
    "a removed workflow": Mistake(
        removes(".github/workflows/mlgit-comment.yml"), "code", "mlgit-comment.yml"
    ),
    "a broken row of data": Mistake(a_broken_row_of_the_scaffold, "data", RAW),
    "a broken schema": Mistake(writes(SCHEMA, "version: 1\ncolumns: [\n"), "data", SCHEMA),
    "a stale lock": Mistake(replaces("params.yaml", "seed: 0", "seed: 1"), "model", "out of date"),
    "a missing lock": Mistake(removes("dvc.lock"), "model", "out of date"),
    "a broken lock": Mistake(writes("dvc.lock", "schema: '2.0'\nstages: [\n"), "model", "dvc.lock"),
    "conflict markers in the lock": Mistake(
        replaces("dvc.lock", "stages:", "<<<<<<< main\nstages:"), "model", "dvc.lock"
    ),
    "a broken pipeline": Mistake(writes("dvc.yaml", "stages:\n  train: [\n"), "model", "dvc.yaml"),
    "a broken mlgit.yaml": Mistake(writes("mlgit.yaml", "version: 1\nmodels: [\n"), "model", "mlgit.yaml"),
    "a worse model": Mistake(worse(), "model", "Gates failed"),
    "a loosened gate": Mistake(
        worse(replaces("mlgit.yaml", MARGIN, "{margin: 0.9}")), "model", "Gates failed"
    ),
    "a removed gate": Mistake(
        worse(replaces("mlgit.yaml", f"    gates:\n      - roc_auc: {{no_worse_than: {MARGIN}}}\n", "")),
        "model",
        "Gates failed",
    ),
    "a removed model": Mistake(models_removed, "model", "no longer names"),
    "edited metrics, the lock left": Mistake(metrics_of_the_scaffold, "model", METRICS),
    "forged metrics and lock": Mistake(worse(good=(METRICS,)), "model", "came out"),
    "forged predictions and lock": Mistake(worse(good=(PREDICTIONS,)), "model", "came out different"),
    "forged metrics, predictions and lock": Mistake(
        worse(good=(METRICS, PREDICTIONS)), "model", "came out different"
    ),
    "forged, with verify switched off": Mistake(
        worse(
            replaces("mlgit.yaml", "    gates:\n", "    verify: off\n    gates:\n"),
            good=(METRICS, PREDICTIONS),
        ),
        "model",
        "came out different",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCAFFOLD)
def test_a_mistake_in_a_scaffold_is_red_and_its_reason_stands_on_the_page(
    scaffold: Person, github: StubServer, name: str
) -> None:
    red_with_its_reason(scaffold, github, name, SCAFFOLD[name])


def test_there_are_twenty_two_mistakes_of_each_kind() -> None:
    assert min(len(SCAFFOLD), len(MISTAKES)) >= 22


def red_with_its_reason(person: Person, github: StubServer, name: str, mistake: Mistake) -> None:
    """Plant a mistake and hold that the right job is red and the page says why."""
    mistake.plant(person)
    if person.git("status", "--porcelain"):
        person.commit(name)
    page = reviewed(person, github)
    assert page.first.startswith("## ❌"), page.body
    assert page.conclusion == "failure"
    assert not mistake.job or mistake.job in page.red
    assert mistake.said.lower() in page.body.lower(), page.body


@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.slow) for name in MISTAKES]
)
def test_a_planted_mistake_is_red_and_its_reason_stands_on_the_page(
    adopted: Person, github: StubServer, name: str
) -> None:
    red_with_its_reason(adopted, github, name, MISTAKES[name])


@pytest.mark.slow
def test_what_is_well_is_green_in_every_job(adopted: Person, github: StubServer) -> None:
    trained_with(adopted, 0.01)
    page = reviewed(adopted, github)
    assert page.red == frozenset()
    assert page.first == "## ✅ Gates passed; 1 metric within noise"
    assert page.conclusion == "success"


@pytest.mark.slow
def test_a_mistake_that_is_taken_back_leaves_no_cross_behind(adopted: Person, github: StubServer) -> None:
    a_worse_model(adopted)
    assert reviewed(adopted, github).conclusion == "failure"
    adopted.git("reset", "--quiet", "--hard", "main")
    adopted.write("README.md", "Words\n")
    adopted.commit("Only words")
    page = reviewed(adopted, github, jobs=("code",))
    assert page.first == "## ✅ No model changed"
    assert page.conclusion == "success"


@pytest.mark.slow
def test_data_that_nobody_pushed_are_a_failed_check(
    adopted: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`dvc pull` of the job fails on an own branch: the step that gets the data hands that on."""
    trained_with(adopted, 0.01)
    monkeypatch.setenv("MLGIT_DATA", "failed")
    page = reviewed(adopted, github, jobs=("data", "model"))
    assert page.red == {"data", "model"}
    assert page.first.startswith("## ❌ Failed: data, model")
    assert "dvc push" in page.body or "remote" in page.body
    assert page.conclusion == "failure"


@pytest.mark.slow
def test_a_pull_request_that_moves_to_another_base_is_judged_by_the_gates_of_that(
    adopted: Person, github: StubServer
) -> None:
    """`edited`: what a lenient base let through fails where the new base asks for more."""
    adopted.git("switch", "--quiet", "--create", "lenient", "main")
    replaces("mlgit.yaml", "margin: 0.1", "margin: 0.9")(adopted)
    adopted.commit("A lenient branch")
    adopted.git("switch", "--quiet", "--force-create", "change", "lenient")
    trained_with(adopted, 0.3)
    assert "model" not in reviewed(adopted, github, base="lenient").red
    page = reviewed(adopted, github, base="main")
    assert "model" in page.red
    assert page.first.startswith("## ❌ Gates failed")
    assert page.conclusion == "failure"


@pytest.mark.slow
def test_a_stack_of_pull_requests_is_judged_as_a_whole_where_it_ends(
    adopted: Person, github: StubServer
) -> None:
    """The lower one loosens the gate, the upper one uses it; into main both together fail by the gate of main."""
    replaces("mlgit.yaml", "margin: 0.1", "margin: 0.9")(adopted)
    adopted.commit("Loosen")
    assert not reviewed(adopted, github, jobs=("code", "data", "model")).first.startswith("## ✅")
    adopted.git("switch", "--quiet", "--create", "upper")
    trained_with(adopted, 0.3)
    assert not reviewed(adopted, github, base="change").first.startswith("## ✅ Gates passed"), (
        "the page goes by the gates of the default branch"
    )
    page = reviewed(adopted, github, base="main")
    assert "model" in page.red
    assert page.first.startswith("## ❌ Gates failed")


@pytest.mark.slow
def test_two_changes_that_are_well_alone_are_red_together(adopted: Person, github: StubServer) -> None:
    """Merge skew: main got another evaluation meanwhile, and the merge was never trained."""
    trained_with(adopted, 0.01)
    adopted.git("switch", "--quiet", "main")
    replaces("evaluate.py", '"my_kpi": 0.9', '"my_kpi": 0.8')(adopted)
    adopted.dvc("repro", "--quiet")
    adopted.commit("Another number")
    adopted.git("switch", "--quiet", "change")
    adopted.git("merge", "--quiet", "--no-edit", "--strategy-option", "ours", "main")
    page = reviewed(adopted, github)
    assert "model" in page.red
    assert "out of date" in page.body
    assert page.conclusion == "failure"
