"""Another program writes to Git's own folder: what it leaves where it fails goes, what others hold stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.git import unlocked
from mlgit.git.repository import Repository
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.driver import Person

OBJECT = "objects/0c/4c911a305a8c112b1636f376102f16a9047b82.lock"


def writes_and_fails(repository: Repository) -> None:
    git = repository.git_folder
    with unlocked.unlocked_by_another(repository):
        (git / OBJECT).parent.mkdir()
        for lock in ("index.lock", OBJECT):
            (git / lock).touch()
        raise ValueError("no space")


def test_the_locks_of_a_program_that_fails_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlocked, "PATIENCE", 0.0)
    Person(tmp_path).git("init", "--quiet", ".")
    context = Context(
        directory=tmp_path, environment={}, processes=SystemProcesses(), console=SilentConsole()
    )
    git = tmp_path / ".git"
    (git / "HEAD.lock").touch()
    with pytest.raises(ValueError, match="no space"):
        writes_and_fails(Repository(context, tmp_path))
    assert [one.name for one in git.rglob("*.lock")] == ["HEAD.lock"]
    assert list((git / "mlgit/writing").iterdir()) == []


def test_a_writing_inside_of_another_leaves_the_note_of_that_one(tmp_path: Path) -> None:
    Person(tmp_path).git("init", "--quiet", ".")
    context = Context(
        directory=tmp_path, environment={}, processes=SystemProcesses(), console=SilentConsole()
    )
    repository, notes = Repository(context, tmp_path), tmp_path / ".git/mlgit/writing"
    with unlocked.unlocked(repository):
        with unlocked.unlocked(repository):
            assert len(list(notes.iterdir())) == 1
        assert len(list(notes.iterdir())) == 1
    assert list(notes.iterdir()) == []
