"""The first push with an install step that really runs: uv and the registry, an empty environment for each job."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.small import code_only, job, results, run, with_model

WHEEL = ".mlgit/install/mlgit-0.1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mlgit as it is installed here: the jobs install a wheel of it."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if Path(path).name != "installed"])


def test_the_first_push_installs_the_mlgit_that_rendered_it(tmp_path: Path) -> None:
    person = code_only(tmp_path / "small")
    person.git("switch", "--quiet", "main")
    assert (person.folder / WHEEL).is_file()
    outcome = run(person, "push", "--install")
    assert {one: result for one, result in results(outcome).items() if result != "skipped"} == {
        "changes": "success",
        "code": "success",
        "required": "success",
    }


@pytest.mark.slow
def test_a_wheel_that_somebody_exchanged_is_not_installed(tmp_path: Path) -> None:
    person = code_only(tmp_path / "small")
    person.git("switch", "--quiet", "main")
    with zipfile.ZipFile(person.folder / WHEEL, "a") as wheel:
        wheel.comment = b"a wheel that is whole, and another"
    person.commit("Another wheel")
    outcome = run(person, "push", "--install", exit_code=1)
    assert results(outcome)["changes"] == "failure"
    assert "Hash mismatch" in str(job(outcome, "changes")["steps"])


@pytest.mark.slow
def test_the_first_push_of_a_fresh_init(person: Person) -> None:
    person.mlgit("init", "churn", "--no-input", "--remote", str(person.folder / "storage"))
    churn = person.into("churn")
    churn.mlgit("train")
    churn.dvc("push", "--quiet")
    churn.git("add", "--all")
    churn.git("commit", "--quiet", "--amend", "--no-edit")
    assert everything(run(churn, "push", "--install")) == {"success"}


@pytest.mark.slow
@pytest.mark.parametrize("branch", ["main", "master"])
def test_the_first_push_of_an_adopted_repository(tmp_path: Path, branch: str) -> None:
    person = adoptable(tmp_path, "msgspec\n")
    person.git("branch", "--move", "main", branch)
    assert everything(adopted(person)) == {"success"}


@pytest.mark.slow
def test_pins_that_contradict_mlgits_stand_in_an_environment_of_their_own(tmp_path: Path) -> None:
    person = adoptable(tmp_path, "packaging==21.3\nclick==7.1.2\n")
    person.write(
        "tests/code/test_theirs.py",
        "from importlib.metadata import version\n\n"
        "def test_the_versions_are_those_of_the_repository():\n"
        "    assert (version('packaging'), version('click')) == ('21.3', '7.1.2')\n",
    )
    outcome = adopted(person)
    assert results(outcome)["code"] == "success"
    assert everything(outcome) == {"success"}


@pytest.mark.slow
def test_a_way_to_a_remote_that_only_the_users_packages_know_is_taken_over(tmp_path: Path) -> None:
    person = adoptable(tmp_path, "dvc-webdav\n")
    person.write(
        "tests/code/test_ways.py",
        "from subprocess import check_output\n\n"
        "def test_the_dvc_of_the_jobs_reaches_webdav():\n"
        "    assert b'webdav' in check_output(['dvc', 'doctor']).partition(b'Supports:')[2]\n",
    )
    outcome = adopted(person)
    assert results(outcome)["code"] == "success"


def adoptable(folder: Path, requirements: str) -> Person:
    """Return a person in a repository with a model and packages of its own, and nothing of mlgit."""
    person = with_model(folder / "theirs")
    person.git("switch", "--quiet", "main")
    for path in ("mlgit.yaml", "requirements.lock"):
        (person.folder / path).unlink()
    for place in (".github", ".mlgit"):
        person.git("rm", "-r", "--quiet", "--cached", place)
        person.run("rm", "-r", place)
    person.write("requirements.txt", requirements)
    person.write(
        ".dvc/config", f"[core]\n    remote = store\n['remote \"store\"']\n    url = {folder / 'store'}\n"
    )
    return person


def adopted(person: Person) -> dict[str, object]:
    """Return what the first push after `mlgit init` gives."""
    person.dvc("repro", "--quiet")
    person.dvc("push", "--quiet")
    person.mlgit("init", "--no-input")
    person.git("add", "--all")
    person.git("commit", "--quiet", "--amend", "--no-edit")
    return run(person, "push", "--install")


def everything(outcome: dict[str, object]) -> set[str]:
    """Return the results of all jobs of a push."""
    found = results(outcome)
    assert {"changes", "data", "model", "required"} <= set(found)
    return set(found.values())
