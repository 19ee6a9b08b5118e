"""Another program writes to Git's own folder: what it leaves where it fails goes, what others hold stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlgit
from mlgit.git import unlocked
from mlgit.git.repository import Repository
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.driver import Person

WRITING = {
    "add", "branch", "checkout", "commit", "fast-import", "fetch", "gc", "merge", "mktag", "pack-refs", "pull", "push",
    "rebase", "reset", "stash", "switch", "tag", "update-ref", "write-tree",
}  # fmt: skip
"""Commands of Git that take locks in its own folder."""
THROWN_AWAY = "host/github/workflows/runner.py"
"""It writes to copies that it makes for one run."""
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


def commands_run(path: Path) -> Iterator[str]:
    """Yield for each call of `run` of a repository its command, and every constant that is unpacked there."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            if "dvc" in ast.unparse(node.func.value).lower():
                continue
            unpacked = [ast.unparse(word.value) for word in node.args if isinstance(word, ast.Starred)]
            texts = [str(word.value) for word in node.args if isinstance(word, ast.Constant)]
            commands = [text for text in texts if not text.startswith("-") and "=" not in text]
            yield from (*unpacked, *commands[:1])


def test_who_writes_leaves_the_note_since_nothing_else_runs_what_writes() -> None:
    """`Repository.write` leaves it; `run` is for reading alone."""
    source = Path(mlgit.__file__).parent
    seen = {
        (path.relative_to(source).as_posix(), word)
        for path in sorted(source.rglob("*.py"))
        for word in commands_run(path)
    }
    assert len(seen) > 60
    writers = {(place, word) for place, word in seen if word in WRITING or word in ("FETCH", "ALONE")}
    assert {place for place, _ in writers} == {"git/repository.py", THROWN_AWAY}
    assert ("git/repository.py", "ALONE") in writers
