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


def test_in_a_good_repository(trained: Person) -> None:
    findings = json.loads(trained.mlgit("doctor", "--json").out)["findings"]
    assert all(finding["good"] for finding in findings)
    assert {"mlgit.yaml", "managed files", "dvc repository"} <= {finding["name"] for finding in findings}


def test_every_trouble_has_a_cure(repository: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("mlgit.yaml", "version: 1\nmodls: {}\n")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(config.read_text() + "[user]\n\tuseConfigOnly = true\n")
    answer = repository.mlgit("doctor", exit_code=1)
    for word in ("git config --global user.name", "dvc init", "modls", "mend with"):
        assert word in answer.out


def test_without_git(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(person.folder))
    answer = person.mlgit("doctor", exit_code=1)
    assert "missing  git" in answer.out
    assert "https://git-scm.com" in answer.out
