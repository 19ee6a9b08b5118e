"""Entries that several clones write at once: each written once, none lost, whoever is quicker."""

from __future__ import annotations

import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs import advance as advancing
from mlgit.refs import swap as swapping
from mlgit.refs.commits import commit_on
from mlgit.refs.log import Entries, RefLog
from mlgit.refs.publish import Publication, branch_tip, move_branch, publish
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


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("remote", ["origin", ""])
def test_whatever_rivals_do_nothing_is_lost_and_nothing_is_there_twice(
    clones: list[Repository], monkeypatch: pytest.MonkeyPatch, remote: str, seed: int
) -> None:
    chance, rivals = random.Random(seed), [log(one, remote) for one in (clones if remote else clones[:1])]
    first: dict[str, bytes] = {}
    swap = swapping.swap
    depth = 0

    def contested(*arguments: Any) -> bool:
        """Let a rival write between reading and writing, and lose the answer of one write in five."""
        nonlocal depth
        if depth < 2 and chance.random() < 0.5:
            depth += 1
            append(chance.choice(rivals))
            depth -= 1
        moved = swap(*arguments)
        return moved and chance.random() < 0.8

    def append(one: RefLog) -> None:
        mine = {f"a/{chance.randrange(8)}": b"%d" % chance.randrange(99) for _ in range(chance.randrange(3))}
        for path, entry in one.append(lambda _: mine).items():
            assert first.setdefault(path, entry) == entry

    monkeypatch.setattr(advancing, "swap", contested)
    monkeypatch.setattr(advancing, "pause", lambda: None)
    for _ in range(5):
        append(chance.choice(rivals))
    assert all(one.entries() == first for one in rivals)
    newest = branch_tip_of_log(clones[0], remote)
    commits = git(clones[0].root, "rev-list", newest).splitlines() if newest else []
    sizes = [len(clones[0].tree(commit)) for commit in reversed(commits)]
    assert sizes == sorted(set(sizes))


def branch_tip_of_log(where: Repository, remote: str) -> str:
    return swapping.tip(where, remote, REF) or ""


def test_a_log_grows_from_a_shallow_clone(clones: list[Repository], tmp_path: Path) -> None:
    for number in range(3):
        log(clones[0]).append(lambda _, number=number: {f"a/{number}": b"x"})  # type: ignore[misc]
    address = f"file://{tmp_path}/server.git"
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--branch", "main", address, "shallow")
    shallow = repository(tmp_path / "shallow")
    log(shallow).append(lambda _: {"a/3": b"y"})
    assert len(log(clones[1]).entries()) == 4
    git(shallow.root, "fetch", "--quiet", "--depth", "1", "origin", f"+{REF}:{REF}")
    log(shallow, "").append(lambda _: {"a/4": b"z"})
    assert sorted(log(shallow, "").entries()) == [f"a/{number}" for number in range(5)]


@pytest.mark.parametrize("remote", ["origin", ""])
def test_a_log_that_plumbing_wrote_is_read_and_grows(clones: list[Repository], remote: str) -> None:
    where = clones[0].root
    (where / "entry").write_text('{"version":1}\n')
    blob = git(where, "hash-object", "-w", "entry")
    git(where, "update-index", "--add", "--cacheinfo", f"100644,{blob},claims/one-0001")
    git(where, "rm", "--quiet", "--cached", "file", "run")
    commit = git(where, "commit-tree", git(where, "write-tree"), "-m", "Note what continuous training does")
    git(where, "update-ref", REF, commit)
    git(where, "push", "--quiet", "origin", REF)
    log(clones[0], remote).append(lambda _: {"claims/one-0001": b"other", "outcomes/one-0001": b"x"})
    found = log(clones[0], remote).entries()
    assert found == {"claims/one-0001": b'{"version":1}\n', "outcomes/one-0001": b"x"}
    assert git(where, "rev-list", branch_tip_of_log(clones[0], remote)).splitlines()[-1] == commit


def test_why_a_remote_takes_nothing_is_told(clones: list[Repository], tmp_path: Path) -> None:
    refuse(tmp_path, "this branch is frozen")
    with pytest.raises(ExternalError) as caught:
        log(clones[0]).append(lambda _: {"a/0": b"x"})
    assert caught.value.code == "ref-push"
    assert "remote: this branch is frozen" in caught.value.message
    assert log(clones[1]).entries() == {}


def test_a_ref_that_a_rival_holds_is_tried_again(
    clones: list[Repository], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []
    hook = refuse(tmp_path, "error: cannot lock ref")
    monkeypatch.setattr(
        advancing, "pause", lambda: pauses.append(1) or (hook.unlink() if len(pauses) == 3 else None)
    )
    log(clones[0]).append(lambda _: {"a/0": b"x"})
    assert (len(pauses), log(clones[1]).entries()) == (3, {"a/0": b"x"})


def refuse(folder: Path, words: str) -> Path:
    hook = folder / "server.git" / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho {words} >&2\nexit 1\n")
    hook.chmod(0o755)
    return hook


def test_what_was_made_over_one_tip_is_put_on_no_other(clones: list[Repository]) -> None:
    one, other = clones[:2]
    base = branch_tip(one, "origin", "main")
    assert base is not None
    assert branch_tip(other, "origin", "main") == base
    made = commit_on(one, base, {"file": b"2\n"}, "x\n\nBy: us\n", seconds=1)
    publication = Publication(branch="mlgit/x", base=base, commit=made, trailer="By", over=None)
    assert publish(one, "origin", publication) == "moved"
    rival = commit_on(other, base, {"file": b"3\n"}, "y\n\nBy: us\n", seconds=2)
    late = Publication(branch="mlgit/x", base=base, commit=rival, trailer="By", over=None)
    assert publish(other, "origin", late) == "rival"
    assert publish(other, "origin", replace(late, over=made)) == "moved"
    assert branch_tip(one, "origin", "mlgit/x") == rival
