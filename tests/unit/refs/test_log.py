"""Entries that several clones write at once: each written once, none lost, whoever is quicker."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs.commits import commit_on
from mlgit.refs.log import Entries, RefLog
from mlgit.refs.publish import branch_tip, move_branch
from mlgit.world.context import Context, SilentConsole, real_context
from mlgit.world.processes import SystemProcesses

REF = "refs/mlgit/retraining"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder: Path) -> Repository:
    here = real_context(SilentConsole())
    context = Context(
        directory=folder, environment=here.environment, processes=SystemProcesses(), console=SilentConsole()
    )
    return Repository(context, folder)


@pytest.fixture
def clones(tmp_path: Path) -> list[Repository]:
    git(tmp_path, "init", "--quiet", "--bare", "server.git")
    made = []
    for name in ("a", "b", "c"):
        git(tmp_path, "clone", "--quiet", "server.git", name)
        made.append(repository(tmp_path / name))
    (tmp_path / "a" / "file").write_text("1\n")
    (tmp_path / "a" / "run").write_text("x\n")
    (tmp_path / "a" / "run").chmod(0o755)
    git(tmp_path / "a", "add", ".")
    git(tmp_path / "a", "commit", "--quiet", "--message", "Start")
    git(tmp_path / "a", "push", "--quiet", "origin", "HEAD:main")
    return made


def log(where: Repository, remote: str = "origin") -> RefLog:
    return RefLog(where, REF, remote=remote, message="entries\n", clock=time.time)


def test_of_many_who_want_one_entry_one_gets_it(clones: list[Repository]) -> None:
    def claim(which: int) -> Entries:
        mine = f"{which}".encode()
        return log(clones[which % 3]).append(
            lambda entries: {} if "claims/one" in entries else {"claims/one": mine}
        )

    with ThreadPoolExecutor(3) as pool:
        won = [entries for entries in pool.map(claim, range(3)) if entries]
    assert len(won) == 1
    assert log(clones[0]).entries() == won[0]


@pytest.mark.parametrize("remote", ["origin", ""])
def test_entries_of_all_are_kept_and_never_replaced(clones: list[Repository], remote: str) -> None:
    own = [clones[0]] * 3 if not remote else clones
    with ThreadPoolExecutor(3) as pool:
        list(
            pool.map(
                lambda n: log(own[n], remote).append(lambda _: {f"a/{n}": b"first", "a/all": b"first"}),
                range(3),
            )
        )
    log(own[1], remote).append(lambda _: {"a/0": b"second"})
    assert log(own[2], remote).entries() == dict.fromkeys(("a/0", "a/1", "a/2", "a/all"), b"first")


def test_a_remote_that_takes_nothing_is_an_error(clones: list[Repository], tmp_path: Path) -> None:
    hook = tmp_path / "server.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ExternalError):
        log(clones[0]).append(lambda _: {"a/0": b"x"})
    git(clones[1].root, "remote", "set-url", "origin", str(tmp_path / "nowhere"))
    with pytest.raises(ExternalError):
        log(clones[1]).entries()


def test_a_commit_changes_what_it_names_and_keeps_the_rest(clones: list[Repository]) -> None:
    where = clones[0]
    base = where.head() or ""
    changes = {"run": b"y\n", "file": None, "new/deep/a": b"a", "new/b": b"b"}
    commit = commit_on(where, base, changes, "m\n", seconds=1_700_000_000)
    assert commit == commit_on(where, base, changes, "m\n", seconds=1_700_000_000)
    listed = git(where.root, "ls-tree", "-r", "--format=%(objectmode) %(path)", commit).splitlines()
    assert listed == ["100644 new/b", "100644 new/deep/a", "100755 run"]
    gone = commit_on(where, commit, {"new/deep/a": None, "new/b": None}, "m\n", seconds=1_700_000_001)
    assert git(where.root, "ls-tree", "-r", "--name-only", gone) == "run"


@pytest.mark.parametrize("remote", ["origin", ""])
def test_a_branch_moves_only_from_where_it_was_seen(clones: list[Repository], remote: str) -> None:
    where = clones[0]
    base = where.head() or ""
    one, other = (
        commit_on(where, base, {"file": content}, "m\n", seconds=1_700_000_000) for content in (b"2", b"3")
    )
    assert branch_tip(where, remote, "mlgit/a") is None
    assert move_branch(where, remote, "mlgit/a", one, None)
    assert move_branch(where, remote, "mlgit/a", one, None)
    assert not move_branch(where, remote, "mlgit/a", other, base)
    assert not move_branch(where, remote, "mlgit/a", other, None)
    assert branch_tip(where, remote, "mlgit/a") == one
    assert move_branch(where, remote, "mlgit/a", other, one)
