"""`mlgit doctor`: what is missing is named with the command that mends it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.driver import Person


def test_outside_of_a_repository(person: Person) -> None:
    answer = person.mlgit("doctor")
    assert "not inside a repository" in answer.out
    assert "missing" not in answer.out
    assert "not ok" not in answer.out


def test_in_a_good_repository(trained: Person) -> None:
    findings = json.loads(trained.mlgit("doctor", "--json", exit_code=1).out)["findings"]
    bad = {finding["name"] for finding in findings if not finding["good"]}
    assert bad == {"CI reaches data"}, "its remote is a folder of this machine"
    assert {"mlgit.yaml", "managed files", "dvc repository"} <= {finding["name"] for finding in findings}


def test_every_trouble_has_a_cure(repository: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("mlgit.yaml", "version: 1\nmodls: {}\n")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(config.read_text() + "[user]\n\tuseConfigOnly = true\n")
    answer = repository.mlgit("doctor", exit_code=1)
    for word in ("git config --global user.name", "dvc init", "modls", "hint: "):
        assert word in answer.out


def test_without_git(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(person.folder))
    answer = person.mlgit("doctor", exit_code=1)
    assert "not ok   git " in answer.out
    assert "https://git-scm.com" in answer.out


def lines(person: Person, exit_code: int = 0) -> dict[str, str]:
    """Return the lines of the doctor by the name of their finding, the hint behind."""
    text = person.mlgit("doctor", exit_code=exit_code).out.replace("\n         hint: ", " -> ")
    return {line[9:25].strip(): line[:7].strip() + ": " + line[25:] for line in text.splitlines()}


def test_a_full_clone_and_a_shallow_one(trained: Person, tmp_path: Path) -> None:
    said = lines(trained, exit_code=1)
    assert said["whole history"] == "ok: every commit is here"
    assert said["dvc repository"] == "ok: DVC keeps its settings in .dvc"
    assert said["managed files"] == "ok: in sync with mlgit.yaml"
    trained.git("clone", "--quiet", "--depth", "1", trained.folder.as_uri(), str(tmp_path / "shallow"))
    said = lines(Person(tmp_path / "shallow"), exit_code=1)
    assert said["whole history"] == (
        "not ok: this clone is shallow: older commits are not here -> git fetch --unshallow"
    )
    bad = [name for name, line in said.items() if line.startswith("not ok")]
    assert bad == ["whole history", "CI reaches data"]


def test_in_an_empty_repository(person: Person) -> None:
    person.git("init", "--quiet", ".")
    said = lines(person, exit_code=1)
    assert said["whole history"] == "ok: every commit is here"
    assert said["dvc repository"] == "not ok: there is no folder .dvc: DVC is not set up here -> dvc init"
    assert said["mlgit.yaml"].endswith("-> mlgit init writes one")
    assert said["managed files"].startswith("not ok: not compared: there is no mlgit.yaml")


def test_what_is_wrong_is_told_with_its_place_and_the_command_that_mends_it(trained: Person) -> None:
    trained.write(".github/workflows/mlgit-ci.yml", "")
    assert lines(trained, exit_code=1)["managed files"].startswith(
        "not ok: out of sync with mlgit.yaml -> mlgit sync"
    )
    trained.write("mlgit.yaml", "version: 1\nmodls: {}\n")
    said = lines(trained, exit_code=1)
    assert "unknown key 'modls', known are: version, models, " in said["mlgit.yaml"]
    assert "(mlgit.yaml:2) -> `mlgit help mlgit-yaml` lists every key" in said["mlgit.yaml"]
    assert "(mlgit.yaml:2)" in said["managed files"]
