"""Commits and the work tree as files; two of them by what differs; few git processes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mlgit.errors import UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.finding import find
from mlgit.git.repository import Repository
from mlgit.git.snapshot import WorkTreeSnapshot, blob_name, pair, snapshot
from mlgit.world.context import SilentConsole, real_context
from tests.cli.compare_repository import Sandbox
from tests.counted import Counted


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def repository(sandbox: Sandbox, counted: Counted) -> Repository:
    return Repository(msgspec.structs.replace(real_context(SilentConsole()), processes=counted), sandbox.root)


def test_a_commit(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"a": "1", "d/b": "2", "run": "3"})
    (sandbox.root / "run").chmod(0o755)
    (sandbox.root / "link").symlink_to("/etc/hostname")
    commit = sandbox.commit()
    found = snapshot(repository, "HEAD")
    assert (found.name, found.commit) == ("HEAD", commit)
    assert found.paths() == {"a", "d/b", "run", "link"}
    assert found.read(["a", "run", "link", "none"]) == {"a": b"1", "run": b"3"}
    assert found.oid("a") == blob_name(b"1")
    assert found.oid("link") is None


def test_the_work_tree_reads_nothing_outside_of_the_repository(
    sandbox: Sandbox, repository: Repository
) -> None:
    sandbox.write({".gitignore": "secret\n", "secret": "s", "a": "1", "folder/x": "2"}).commit()
    (sandbox.root / "out").symlink_to("/etc/hostname")
    sandbox.write({"a": "2", "new": "3"})
    (sandbox.root / "folder/x").unlink()
    found = WorkTreeSnapshot(repository)
    assert {".gitignore", "a", "new"} <= found.paths()
    assert not {"secret", "folder/x"} & found.paths()
    assert found.read(["a", "new", "out", "../outside", "/etc/hostname", "folder", "secret"]) == {
        "a": b"2",
        "new": b"3",
        "secret": b"s",
    }


def test_two_commits_take_one_tree_and_one_difference(
    sandbox: Sandbox, repository: Repository, counted: Counted
) -> None:
    sandbox.write({"a": "1", "gone": "1", "same": "1"}).commit()
    sandbox.write({"a": "2", "new": "1"})
    (sandbox.root / "gone").unlink()
    sandbox.commit()
    both = pair(repository, "HEAD~1", "HEAD")
    assert both.changed == {"a", "gone", "new"}
    assert both.base.paths() == {"a", "gone", "same"}
    assert both.head.paths() == {"a", "new", "same"}
    assert both.head.oid("a") == blob_name(b"2")
    assert [verb for _, verb in counted.started] == ["cat-file", "diff-tree", "ls-tree"]


def test_a_commit_and_itself(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"a": "1"}).commit()
    both = pair(repository, "HEAD", "main")
    assert (both.changed, both.head.paths()) == (frozenset(), {"a"})


def test_a_commit_and_the_work_tree(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"a": "1", "gone": "1", "staged_gone": "1", "same": "1", ".gitignore": "i\n"}).commit()
    sandbox.write({"a": "2", "new": "1", "i": "ignored"})
    (sandbox.root / "gone").unlink()
    sandbox.git("rm", "--quiet", "--cached", "staged_gone")
    both = pair(repository, "HEAD", None)
    assert both.head.paths() == {"a", "new", "same", ".gitignore", "staged_gone"}
    assert {"a", "gone", "new", "staged_gone"} <= both.changed
    assert both.head.commit is None
    assert both.head.oid("a") is None


def test_a_cache_of_blobs_reads_each_content_once(
    sandbox: Sandbox, repository: Repository, counted: Counted
) -> None:
    sandbox.write({"a": "1", "b": "1"}).commit()
    sandbox.write({"a": "2"}).commit()
    both = pair(repository, "HEAD~1", "HEAD")
    blobs = BlobCache(repository)
    wanted = [(one, path) for one in (both.base, both.head) for path in ("a", "b", "none")]
    counted.started.clear()
    blobs.gather(wanted)
    assert [blobs.content(one, path) for one, path in wanted] == [b"1", b"1", None, b"2", b"1", None]
    blobs.gather(wanted)
    assert len(counted.started) == 1
    assert BlobCache(repository).content(both.base, "a") == b"1"


def test_a_cache_of_blobs_reads_the_disk_once(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"a": "1"}).commit()
    blobs, tree = BlobCache(repository), WorkTreeSnapshot(repository)
    assert blobs.content(tree, "a") == b"1"
    sandbox.write({"a": "2"})
    assert blobs.content(tree, "a") == b"1"
    assert blobs.content(tree, "none") is None


def test_files_left_out_of_a_sparse_checkout_are_those_of_the_index(sandbox: Sandbox) -> None:
    files = {"a/x": "1", "b/y": "2", "top": "3"}
    sandbox.write(files).commit()
    sandbox.git("sparse-checkout", "set", "a")
    assert not (sandbox.root / "b").exists()
    repository = Repository(real_context(SilentConsole()), sandbox.root)
    found = WorkTreeSnapshot(repository)
    assert found.paths() == set(files)
    assert found.read(["a/x", "b/y", "no"]) == {"a/x": b"1", "b/y": b"2"}
    both = pair(repository, "HEAD", None)
    assert both.changed == frozenset()
    assert both.head.read(["b/y"]) == {"b/y": b"2"}


def test_a_bare_repository_has_commits_and_no_work_tree(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write({"dvc.yaml": "stages: {s: {cmd: run, outs: [m]}}\n"}).commit()
    sandbox.git("clone", "--quiet", "--bare", str(sandbox.root), str(tmp_path / "bare.git"))
    repository = find(real_context(SilentConsole()).at(tmp_path / "bare.git"))
    assert snapshot(repository, "HEAD").paths() == {"dvc.yaml"}
    for look in (lambda: WorkTreeSnapshot(repository), lambda: pair(repository, "HEAD", None)):
        with pytest.raises(UsageError) as caught:
            look()
        assert caught.value.code == "bare-repository"


@pytest.mark.parametrize("name", ["dvc.yaml", "models/dvc.lock", "mlgit.yaml", "data/table.csv.dvc"])
@pytest.mark.parametrize("target", ["nowhere", "", "/dev/null"])
def test_what_declares_stages_and_can_be_no_file_is_refused_by_name(
    sandbox: Sandbox, repository: Repository, name: str, target: str
) -> None:
    place = sandbox.root / name
    sandbox.write({name: "a: 1\n"}).commit()
    assert name in WorkTreeSnapshot(repository).paths()
    place.unlink()
    assert name not in WorkTreeSnapshot(repository).paths()
    place.symlink_to(target or place.name)
    with pytest.raises(UsageError, match=f"{name} is no file, and no link to one"):
        WorkTreeSnapshot(repository).paths()


def test_other_links_that_lead_nowhere_are_no_files(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"a": "1"}).commit()
    for name in ("notes.md", ".dvc", "my.dvc.yaml"):
        (sandbox.root / name).symlink_to("nowhere")
    assert WorkTreeSnapshot(repository).paths() == {"a"}
