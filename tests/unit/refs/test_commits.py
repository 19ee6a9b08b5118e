"""A tree is written from paths that Git reads as just these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.refs.commits import commit_on
from mlgit.world.context import SilentConsole, real_context
from mlgit.world.processes import Completed, SystemProcesses
from tests.driver import Person


class Heard(SystemProcesses):
    """Real programs, and what each wrote on standard error."""

    def __init__(self) -> None:
        self.complaints: list[bytes] = []

    def run(self, arguments: Sequence[str], **options: Any) -> Completed:
        done = super().run(arguments, **options)
        self.complaints.append(done.stderr)
        return done


@pytest.fixture
def repository(person: Person) -> Repository:
    person.git("init", "--quiet", ".")
    person.write("a/b.txt", "one")
    person.commit("Start")
    return Repository(real_context(SilentConsole()).at(person.folder), person.folder)


def test_a_commit_replaces_adds_and_takes_away(repository: Repository, person: Person) -> None:
    head = repository.resolve("HEAD")
    made = commit_on(repository, head, {"a/b.txt": b"two", "c d/\u00fc": b"new"}, "More", seconds=1.8e9)
    assert person.git("show", f"{made}:a/b.txt") == "two"
    assert person.git("show", f"{made}:c d/\u00fc") == "new"
    gone = commit_on(repository, made, {"a/b.txt": None}, "Less", seconds=1.8e9)
    assert person.git("ls-tree", "-r", "-z", "--name-only", gone).strip("\0") == "c d/\u00fc"


def test_no_lock_of_all_refs_is_taken_and_no_ref_stays(repository: Repository, person: Person) -> None:
    head, before = repository.resolve("HEAD"), person.git("for-each-ref")
    (person.folder / ".git/packed-refs.lock").touch()
    heard = Heard()
    listening = Repository(replace(repository.context, processes=heard), person.folder)
    commit_on(listening, head, {"a/b.txt": b"two"}, "More", seconds=1.8e9)
    assert not any(heard.complaints)
    assert person.git("for-each-ref") == before


@pytest.mark.parametrize(
    "path",
    ["", "a//b", "a/", "/a", "a/../b", ".", "a/./b", ".git/config", "a/.GIT/x", "a/x\x00100644 blob 0\tb"],
)
def test_a_path_that_git_would_read_otherwise_is_refused(repository: Repository, path: str) -> None:
    with pytest.raises(UsageError) as caught:
        commit_on(repository, repository.resolve("HEAD"), {path: b"x"}, "No", seconds=1.8e9)
    assert caught.value.code == "tree-name"
