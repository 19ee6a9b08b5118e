"""What a path holds, from a commit alone and from the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlgit.dvc import disk_evidence as module
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.evidence import Finding
from mlgit.dvc.hashing import Member, content_digest, members_digest
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.tracked import Tracked
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot
from mlgit.world.context import SilentConsole, real_context

from ...cli.compare_repository import Sandbox

A, B = content_digest(b"a\n"), content_digest(b"b\n")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository").with_dvc()


def committed(sandbox: Sandbox, tracked: dict[str, Tracked]) -> CommittedEvidence:
    repository = Repository(real_context(SilentConsole()), sandbox.root)
    return CommittedEvidence(
        BlobCache(repository), snapshot(repository, "HEAD"), tracked, LocalCache(sandbox.root)
    )


def folder_in_dvc(
    sandbox: Sandbox, path: str, members: list[Member], *, in_cache: bool
) -> dict[str, Tracked]:
    digest = members_digest(members)
    if in_cache:
        listed = ", ".join(f'{{"md5": "{one.md5}", "relpath": "{one.relpath}"}}' for one in members)
        sandbox.write({f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}": f"[{listed}]"})
    return {path: Tracked(path, Entry(path=path, digest=digest, files=len(members)), "", "brought")}


def test_a_commit_tells_files_of_git_and_of_dvc(sandbox: Sandbox) -> None:
    sandbox.write({"in/a": "a\n", "in/deep/b": "b\n", "crlf": b"a\r\n"}).commit()
    tracked = {"data/x": Tracked("data/x", Entry(path="x", digest="123"), "data", "brought")}
    found = committed(sandbox, tracked)
    assert found.dependency("in/a", None) == Finding(digest=A)
    assert found.dependency("data/x", None) == Finding(digest="123")
    whole = members_digest([Member("a", A), Member("deep/b", B)])
    assert found.dependency("in", Entry(path="in", digest=whole, files=2)) == Finding(digest=whole)
    assert found.dependency("crlf", Entry(path="crlf", legacy=True)) == Finding(digest=A)
    assert found.output("in/a", Entry(path="a", digest="recorded"), cached=False) == Finding(digest=A)
    assert found.output("elsewhere", Entry(path="e", digest="recorded"), cached=True) == Finding(
        digest="recorded"
    )


def test_a_folder_that_held_files_git_does_not_have_is_unknown(sandbox: Sandbox) -> None:
    sandbox.write({"in/a": "a\n"}).commit()
    found = committed(sandbox, {})
    assert found.dependency("in", Entry(path="in", digest="x.dir", files=2)).unknown
    assert found.dependency("in", Entry(path="in", digest="x.dir", files=1)).digest == members_digest(
        [Member("a", A)]
    )
    assert found.dependency("nowhere", None).unknown == "neither Git nor DVC has nowhere"


def test_a_symbolic_link_is_no_file_to_hash(sandbox: Sandbox) -> None:
    (sandbox.root / "link").symlink_to("/etc/hostname")
    sandbox.commit()
    assert committed(sandbox, {}).dependency("link", None).unknown


@pytest.mark.parametrize("in_cache", [True, False])
def test_a_file_inside_a_tracked_folder(sandbox: Sandbox, in_cache: bool) -> None:
    members = [Member("one", A), Member("sub/two", B)]
    sandbox.commit()
    tracked = folder_in_dvc(sandbox, "data", members, in_cache=in_cache)
    found = committed(sandbox, tracked)
    if not in_cache:
        assert "not in the cache" in found.dependency("data/one", None).unknown
        return
    assert found.dependency("data/one", None) == Finding(digest=A)
    assert found.dependency("data/sub", None) == Finding(digest=members_digest([Member("two", B)]))
    assert found.dependency("data/none", None).unknown


@pytest.mark.parametrize("in_cache", [True, False])
def test_a_folder_of_git_with_a_folder_of_dvc_in_it(sandbox: Sandbox, in_cache: bool) -> None:
    sandbox.write({"data/readme": "a\n"}).commit()
    tracked = folder_in_dvc(sandbox, "data/raw", [Member("x", B)], in_cache=in_cache)
    tracked["data/y"] = Tracked("data/y", Entry(path="y", digest=A), "data", "brought")
    found = committed(sandbox, tracked).dependency("data", None)
    expected = members_digest([Member("readme", A), Member("raw/x", B), Member("y", A)])
    assert found == Finding(digest=expected) if in_cache else bool(found.unknown)


def disk(
    sandbox: Sandbox, ignored: str = "", remembered: dict[str, module.Remembered] | None = None
) -> DiskEvidence:
    if ignored:
        sandbox.write({".dvcignore": ignored})
    return DiskEvidence(sandbox.root, LocalCache(sandbox.root), remembered or {})


def test_the_disk_tells_files_and_folders(sandbox: Sandbox) -> None:
    sandbox.write({"in/a": "a\n", "in/.git": "x", "in/deep/b": "b\n", "in/deep/c.pyc": "c"})
    assert disk(sandbox).dependency("in/a", None) == Finding(digest=A)
    assert disk(sandbox).dependency("in/none", None).missing
    assert disk(sandbox).dependency("in/a/none", None).missing
    kept = members_digest([Member("a", A), Member("deep/b", B)])
    assert disk(sandbox, "# why\n*.pyc\n").dependency("in", None) == Finding(digest=kept)
    only_top = members_digest([Member("a", A)])
    assert disk(sandbox, "deep/\n").dependency("in", None) == Finding(digest=only_top)
    untold = disk(sandbox, "!\n").dependency("in", None).unknown
    assert ".dvcignore has a rule that cannot be read as DVC would" in untold


def test_a_file_of_another_size_is_not_read(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.write({"in/a": "a\n"})
    monkeypatch.setattr(module, "file_digest", lambda *_, **__: pytest.fail("it was read"))
    found = disk(sandbox).dependency("in/a", Entry(path="a", digest=A, size=3))
    assert found.digest not in ("", A)


def test_a_large_file_is_hashed_once_until_it_is_touched(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGE", 2)
    sandbox.write({"big": "a\n"})
    first = disk(sandbox)
    assert first.dependency("big", None) == Finding(digest=A)
    memory = dict(first.learned)
    with monkeypatch.context() as patched:
        patched.setattr(module, "file_digest", lambda *_, **__: pytest.fail("it was read again"))
        assert disk(sandbox, remembered=memory).dependency("big", None) == Finding(digest=A)
    sandbox.write({"big": "b\n"})
    os.utime(sandbox.root / "big", (1, 1))
    assert disk(sandbox, remembered=memory).dependency("big", None) == Finding(digest=B)


def test_an_output_that_the_cache_lost_is_missing(sandbox: Sandbox) -> None:
    sandbox.write({"out": "a\n"})
    recorded = Entry(path="out", digest=A, size=2)
    assert disk(sandbox).output("out", recorded, cached=True).missing
    assert disk(sandbox).output("out", recorded, cached=False) == Finding(digest=A)
    sandbox.write({f".dvc/cache/files/md5/{A[:2]}/{A[2:]}": "a\n"})
    assert disk(sandbox).output("out", recorded, cached=True) == Finding(digest=A)


def test_what_dvcignore_names_is_left_out_of_a_folder_at_a_commit_as_on_disk(sandbox: Sandbox) -> None:
    sandbox.write(
        {"in/a": "a\n", "in/x.log": "noise\n", "in/cache/b": "b\n", ".dvcignore": "*.log\ncache/\n"}
    ).commit()
    seen = Finding(digest=members_digest([Member("a", A)]))
    recorded = Entry(path="in", digest=seen.digest, files=1)
    assert committed(sandbox, {}).dependency("in", recorded) == seen
    disk = DiskEvidence(sandbox.root, LocalCache(sandbox.root), {})
    assert disk.dependency("in", recorded) == seen
