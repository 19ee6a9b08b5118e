"""Forged metrics, predictions and locks of a worse model, alone and together, in an adopted project and in a scaffold.

None is green: neither the gate where only what was verified counts, nor the first line of the page.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlgit.commands.check.run import check
from mlgit.evaluation.compare import compare
from mlgit.evaluation.gate import gate
from mlgit.project.project import Project
from mlgit.stats.decision import Verdict
from mlgit.views.comment import Frame, counts_of
from mlgit.world.context import Context, SilentConsole, real_context
from tests.cli.adopted_repository import lock_again, make_adopted, trained_with
from tests.driver import Person
from tests.isolation import isolated_environment

GATES = "[{accuracy: {no_worse_than: {margin: 0.1}}}]"
METRICS = ("true", "of the good model", "a little better", "perfect")
PREDICTIONS = ("true", "of the good model", "one row", "perfect")
LOCKS = ("left", "agrees", "of main")
FORGERIES = [
    (metrics, predictions, lock)
    for metrics, predictions, lock in itertools.product(METRICS, PREDICTIONS, LOCKS)
    if (metrics, predictions) != ("true", "true") or lock == "of main"
]
SHORT = [("of the good model", "of the good model", "agrees")]
"""What the short form of the suite forges: all of one mind, so that only a rerun finds it."""


@dataclass(frozen=True)
class Scene:
    """A project on a branch whose model is worse than main's; `good` and `true` hold main's files and the branch's."""

    person: Person
    metrics: str
    predictions: str
    good: dict[str, str]
    true: dict[str, str]

    @classmethod
    def of(cls, person: Person, metrics: str, predictions: str) -> Scene:
        paths = (metrics, predictions, "dvc.lock")
        good, true = (
            {path: person.git("show", f"{commit}:{path}") + "\n" for path in paths}
            for commit in ("main", "HEAD")
        )
        return cls(person, metrics, predictions, good, true)

    def forge(self, metrics: str, predictions: str, lock: str) -> None:
        """Commit a forgery on a branch of its own."""
        person = self.person
        person.git("switch", "--quiet", "--force-create", "forged", "change")
        for path, kind, change in (
            (self.metrics, metrics, better_metrics(metrics)),
            (self.predictions, predictions, better_predictions(predictions)),
        ):
            if kind == "of the good model":
                person.git("checkout", "--quiet", "main", "--", path)
            elif kind != "true":
                person.write(path, change(person.read(path)))
        if lock == "agrees":
            lock_again(person, self.metrics, self.predictions)
        elif lock == "of main":
            person.git("checkout", "--quiet", "main", "--", "dvc.lock")
        person.commit("Forged")


def better_metrics(kind: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        found = json.loads(text)
        for name in ("accuracy", "roc_auc"):
            if name in found:
                found[name] = 1.0 if kind == "perfect" else found[name] + 0.01
        return json.dumps(found)

    return change


def better_predictions(kind: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text)))
        wrong = [row for row in rows if row["label"] != row["prediction"]]
        for row in wrong if kind == "perfect" else wrong[:1]:
            row["prediction"] = row["label"]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return change


@pytest.fixture(scope="module", autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith(("GITHUB_", "MLGIT_"))]:
            patched.delenv(name)
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patched.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def adopted(isolated: None, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    person = make_adopted(tmp_path_factory.mktemp("adopted") / "a", gates=GATES)
    trained_with(person, 0.4)
    return Scene.of(person, "metrics.json", "predictions.csv")


@pytest.fixture(scope="module")
def scaffold(isolated: None, trained_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scaffold") / "p"
    shutil.copytree(trained_once, folder, symlinks=True)
    person = Person(folder)
    person.git("switch", "--quiet", "--create", "change")
    text = person.read("params.yaml")
    person.write(
        "params.yaml", text.replace("model: best", "model: boosting").replace("rate: 0.1", "rate: 0.000001")
    )
    person.dvc("repro", "--quiet")
    person.commit("A worse model")
    return Scene.of(person, "metrics/test.json", "predictions/test.csv")


def greens(scene: Scene) -> list[str]:
    """Return what is green of the branch that is checked out."""
    here = real_context(SilentConsole())
    context = Context(
        directory=scene.person.folder,
        environment=here.environment,
        processes=here.processes,
        console=SilentConsole(),
    )
    items = check(context, ("model",), "main")
    project = Project.find(context)
    comparison = compare(project, "main", "HEAD", only_verified=True).comparison
    page = counts_of(comparison, Frame(checks=items)).outcome
    alone = counts_of(comparison, Frame()).outcome
    verdict = gate(project, "main", "HEAD", only_verified=True).verdict
    found = {
        "gate": verdict is Verdict.PASS,
        "page": page == "good",
        "page without checks": alone == "good",
    }
    return [name for name, green in found.items() if green]


def cases(short: list[tuple[str, str, str]]) -> list[object]:
    return [
        pytest.param(*one, id=" ".join(one), marks=() if one in short else pytest.mark.slow)
        for one in FORGERIES
    ]


@pytest.mark.parametrize(("metrics", "predictions", "lock"), cases(SHORT))
def test_no_forgery_in_an_adopted_project_is_green(
    adopted: Scene, metrics: str, predictions: str, lock: str
) -> None:
    adopted.forge(metrics, predictions, lock)
    assert greens(adopted) == []


@pytest.mark.parametrize(("metrics", "predictions", "lock"), cases([]))
def test_no_forgery_in_a_scaffold_is_green(
    scaffold: Scene, metrics: str, predictions: str, lock: str
) -> None:
    scaffold.forge(metrics, predictions, lock)
    assert greens(scaffold) == []


@pytest.mark.slow
def test_the_honest_models_are_told_apart(adopted: Scene) -> None:
    """The worse model fails by its numbers, a model as good as main's is green: the scene lets through what is well."""
    adopted.person.git("switch", "--quiet", "change")
    assert greens(adopted) == []
    adopted.person.git("switch", "--quiet", "--force-create", "forged", "main")
    trained_with(adopted.person, 0.01)
    assert greens(adopted) == ["gate", "page", "page without checks"]


def test_there_are_forty_forgeries_of_each_kind() -> None:
    assert len(FORGERIES) >= 40
