"""The jobs of data and model, really executed: who may reach the storage, who trains, what is handed over."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from mlgit.runs.place import pipeline_of
from tests.driver import Person
from tests.workflows.small import OIDC, SECRETS, job, results, run, with_model

TRAINS = "ci: {train: run, commit: true}\nrunners: {train: [self-hosted, gpu]}\n" + OIDC
SETTINGS = {"verify": "", "oidc": OIDC, "secrets": SECRETS, "trains": TRAINS}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for the repositories that the tests of this module copy."""
    return tmp_path_factory.mktemp("originals")


@pytest.fixture
def desk(originals: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Person:
    """A person in a fresh copy of a repository with a model, on the branch `change`; the parameter names the settings."""
    original = originals / request.param
    if not original.exists():
        with_model(original, SETTINGS[request.param])
    folder = tmp_path / "desk"
    shutil.copytree(original, folder, symlinks=True)
    return Person(folder)


def retrained(person: Person) -> None:
    person.dvc("repro", "--quiet")
    person.commit("Train")


@pytest.mark.parametrize("desk", ["verify"], indirect=True)
def test_a_stale_lock_is_bad_news_and_the_report_is_handed_over_all_the_same(
    desk: Person, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    outcome = run(desk, "pull_request", "--artifacts", str(kept), exit_code=1)
    assert results(outcome) == {
        "changes": "success",
        "code": "skipped",
        "data": "success",
        "model": "failure",
        "required": "failure",
    }
    (failed,) = [step for step in job(outcome, "model")["steps"] if step["result"] == "failure"]  # type: ignore[attr-defined]
    assert failed["name"] == "Check the model"
    assert "weight" in str(failed["tail"])
    report = zipfile.ZipFile(kept / "mlgit-report.zip")
    assert (
        {"comparison.json", "event.json"}
        <= set(report.namelist())
        <= {"charts.json", "comparison.json", "event.json"}
    )
    event = json.loads(report.read("event.json"))
    assert event.pop("data", "done") == "done"
    assert event == {
        "version": 1,
        "number": 1,
        "head_sha": desk.git("rev-parse", "change"),
        "base_sha": desk.git("rev-parse", "main"),
        "merge_base": desk.git("rev-parse", "main"),
    }
    assert json.loads(report.read("comparison.json"))
    assert zipfile.ZipFile(kept / "mlgit-report-html.zip").namelist() == ["mlgit-report.html"]


@pytest.mark.parametrize("desk", [pytest.param("oidc", marks=pytest.mark.slow), "secrets"], indirect=True)
def test_an_own_branch_reaches_the_storage(desk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_PASSWORD", "swordfish-of-the-storage")
    retrained(desk)
    answer = desk.mlgit("run", "pull_request", "--json", "--secret", "STORAGE_PASSWORD")
    outcome = json.loads(answer.out)
    assert results(outcome) == {
        "changes": "success",
        "code": "skipped",
        "data": "success",
        "data-fork": "skipped",
        "model": "success",
        "model-fork": "skipped",
        "required": "success",
    }
    assert job(outcome, "model")["outputs"]["state"] == "done"  # type: ignore[index]
    assert "swordfish" not in answer.out + answer.err


@pytest.mark.parametrize(
    "desk",
    ["oidc", *(pytest.param(name, marks=pytest.mark.slow) for name in ("secrets", "trains"))],
    indirect=True,
)
def test_a_fork_reaches_nothing_and_never_trains(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORAGE_PASSWORD", "swordfish-of-the-storage")
    retrained(desk)
    kept = tmp_path / "kept"
    answer = desk.mlgit(
        "run", "pull_request", "--fork", "--json", "--secret", "STORAGE_PASSWORD", "--artifacts", str(kept)
    )
    outcome = json.loads(answer.out)
    found = results(outcome)
    assert found.pop("commit", "skipped") == "skipped"
    assert found == {
        "changes": "success",
        "code": "skipped",
        "data": "skipped",
        "data-fork": "success",
        "model": "skipped",
        "model-fork": "success",
        "required": "success",
    }
    for name in ("data-fork", "model-fork"):
        assert job(outcome, name)["outputs"] == {"state": "unreachable"}
        assert any("no access to the data" in note for note in job(outcome, name)["notes"])  # type: ignore[attr-defined]
    assert (kept / "mlgit-report.zip").exists()
    assert "swordfish" not in answer.out + answer.err


@pytest.mark.parametrize("desk", ["trains"], indirect=True)
def test_ci_trains_what_is_stale_and_commits_it(desk: Person, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    outcome = run(desk, "pull_request", "--artifacts", str(kept))
    assert results(outcome) == {
        "changes": "success",
        "code": "skipped",
        "data": "success",
        "data-fork": "skipped",
        "model": "success",
        "model-fork": "skipped",
        "commit": "success",
        "required": "success",
    }
    patch = zipfile.ZipFile(kept / "mlgit-results.zip").read("results.patch").decode()
    changed = {line.split(" b/")[1] for line in patch.splitlines() if line.startswith("diff --git")}
    (record,) = (path for path in changed if pipeline_of(path) is not None)
    assert changed == {"dvc.lock", "metrics.json", ".mlgit/runs/.gitattributes", record}
    assert '"trigger": "pull_request"' in patch
    comparison = zipfile.ZipFile(kept / "mlgit-report.zip").read("comparison.json").decode()
    assert "0.5" in comparison
    retrained(desk)
    outcome = run(desk, "pull_request")
    assert results(outcome)["commit"] == "skipped"
    assert results(outcome)["required"] == "success"


@pytest.mark.slow
@pytest.mark.parametrize("desk", ["trains"], indirect=True)
def test_a_push_to_the_default_branch(desk: Person, tmp_path: Path) -> None:
    desk.git("switch", "--quiet", "main")
    desk.write("params.yaml", '{"weight": 3}\n')
    desk.commit("Another weight")
    outcome = run(desk, "push", "--artifacts", str(tmp_path / "kept"))
    found = results(outcome)
    assert (found["model"], found["model-fork"], found["commit"], found["required"]) == (
        "success",
        "skipped",
        "skipped",
        "success",
    )
    assert not list((tmp_path / "kept").iterdir())
