"""Git's plumbing on real repositories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.finding import find
from mlgit.git.plumbing import raw_differences
from mlgit.git.repository import Repository, git_environment
from mlgit.world.context import SilentConsole, real_context
from mlgit.world.processes import Completed

from ...cli.compare_repository import Sandbox

HOSTILE = ["--upload-pack=touch x", "-h", "--help", "", " ", "HEAD:a", "a..b", "HEAD\nHEAD", "\u2028", "\x85", "\udcff", "@{", "^", "HEAD^{tree}", "--all", "x\0y"]  # fmt: skip


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    return Repository(real_context(SilentConsole()), sandbox.root)


def test_names_of_commits(sandbox: Sandbox, repository: Repository) -> None:
    one, two = sandbox.commit("one"), sandbox.commit("two")
    sandbox.git("tag", "-a", "v1", "-m", "annotated", "HEAD~1")
    assert repository.resolve_many(["HEAD", "HEAD~1", "v1", one[:12], "main"]) == [two, one, one, one, two]
    assert repository.resolve("v1") == one
    assert repository.resolve_many([]) == []
    assert repository.merge_base(one, two) == one
    assert repository.head() == two


@pytest.mark.parametrize("revision", HOSTILE)
def test_a_name_that_is_none(sandbox: Sandbox, repository: Repository, revision: str) -> None:
    sandbox.write({"a": "1"}).commit()
    with pytest.raises(UsageError) as caught:
        repository.resolve_many(["HEAD", revision])
    assert caught.value.code == "revision-unknown"
    assert caught.value.hint


def test_before_the_first_commit(repository: Repository) -> None:
    assert repository.head() is None
    with pytest.raises(UsageError):
        repository.resolve_many(["HEAD"])


def test_what_differs_between_commits_and_on_disk(sandbox: Sandbox, repository: Repository) -> None:
    old = sandbox.write(
        {"kept": "1", "edited": "1", "gone": "1", "touched": "1", "ignored.tmp": "", ".gitignore": "*.tmp\n"}
    ).commit()
    sandbox.write({"edited": "2", "new name\twith\ttabs\nand lines": "3"})
    (sandbox.root / "gone").unlink()
    new = sandbox.commit()
    found = {one.path: one.mode for one in repository.differences(old, new)}
    assert found == {"edited": "100644", "gone": "", "new name\twith\ttabs\nand lines": "100644"}
    sandbox.write({"edited": "4", "untracked/x": "5", "other.tmp": ""})
    (sandbox.root / "kept").unlink()
    on_disk = {one.path: one.mode for one in repository.differences_on_disk(old)}
    assert "touched" not in on_disk
    assert on_disk == {**found, "kept": ""}
    assert repository.untracked() == ["untracked/x"]


def test_blobs_are_read_once_and_missing_ones_left_out(sandbox: Sandbox, repository: Repository) -> None:
    commit = sandbox.write({"a": b"\0\n\xff", "b": b"\0\n\xff", "empty": b""}).commit()
    names = {entry.path: entry.oid for entry in repository.tree(commit)}
    assert names["a"] == names["b"]
    absent = "0" * 39 + "1"
    assert repository.blobs([*names.values(), absent]) == {names["a"]: b"\0\n\xff", names["empty"]: b""}
    assert repository.blobs([]) == {}
    with pytest.raises(ExternalError):
        repository.blobs(["--batch-all-objects"])


def test_nothing_of_the_callers_git_comes_along() -> None:
    kept = git_environment(
        {
            "GIT_DIR": "/x",
            "GIT_INDEX_FILE": "y",
            "GIT_AUTHOR_NAME": "A",
            "PATH": "/bin",
            "GIT_CONFIG_COUNT": "1",
        }
    )
    assert "GIT_DIR" not in kept
    assert "GIT_INDEX_FILE" not in kept
    assert "GIT_CONFIG_COUNT" not in kept
    assert (kept["GIT_AUTHOR_NAME"], kept["PATH"], kept["GIT_TERMINAL_PROMPT"]) == ("A", "/bin", "0")


def test_a_repository_of_somebody_else_is_told_with_its_cure() -> None:
    from mlgit.git.failures import git_failed

    said = b"fatal: detected dubious ownership in repository at '/r'\n"
    error = git_failed(Completed(("git", "ls-tree"), 128, b"", said))
    assert (error.code, "safe.directory" in error.hint) == ("git-owner", True)
    assert "exit code 3" in git_failed(Completed(("git", "x"), 3, b"", b"")).message


def test_outside_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(MlgitError) as caught:
        find(real_context(SilentConsole()).at(tmp_path))
    assert caught.value.code == "not-a-repository"


def test_output_cut_short_is_no_crash() -> None:
    assert raw_differences(b"") == []
    assert raw_differences(b":100644 100644 a b M\0path\0")[0].path == "path"


def test_who_brought_files_in(sandbox: Sandbox, repository: Repository) -> None:
    first = sandbox.write({"r/a b": "1", "r/sub/é": "2", "other": "3"}).commit("Bring\x01 them " + "f" * 40)
    sandbox.write({"r/a b": "changed"}).commit("Change one")
    second = sandbox.write({"r/c": "3"}).commit("x")
    found = repository.additions(second, "r")
    assert {path: (author.commit, author.name) for path, author in found.items()} == {
        "r/a b": (first, "Test Author"), "r/sub/é": (first, "Test Author"), "r/c": (second, "Test Author"),
    }  # fmt: skip
    assert found["r/a b"].subject == "Bring\x01 them " + "f" * 40
    assert found["r/c"].date == "2026-01-05T12:00:00+00:00"
    assert repository.additions(first, "nowhere") == {}


def test_what_a_folder_ever_held(sandbox: Sandbox, repository: Repository) -> None:
    sandbox.write({"r/a": "1", "r/b": "2", "other": "3"}).commit()
    sandbox.write({"r/a": "changed"}).commit()
    (sandbox.root / "r" / "b").unlink()
    head = sandbox.commit()
    found = repository.ever(head, "r")
    blobs = repository.blobs(oid for path, oid in found if path in ("r/a", "r/b"))
    assert sorted(blobs.values()) == [b"1", b"2", b"changed"]
    assert {path for path, _ in found} == {"r", "r/a", "r/b"}


def test_contents_count_on_disk_not_times_nor_line_ends(sandbox: Sandbox, repository: Repository) -> None:
    """An index that was not refreshed holds other times than the disk; it is left as it is."""
    files = {".gitattributes": "*.csv text eol=crlf\n", "a.csv": "1\r\n", "b.txt": "2\n", "c.txt": "3\n"}
    old = sandbox.write(files).commit()
    sandbox.write({"a.csv": "1\n"})
    for path in ("a.csv", "b.txt"):
        os.utime(sandbox.root / path, (1, 1))
    before = (sandbox.root / ".git/index").read_bytes()
    assert repository.differences_on_disk(old) == []
    assert (sandbox.root / ".git/index").read_bytes() == before
    sandbox.write({"c.txt": "4\n"})
    assert [(one.path, one.mode) for one in repository.differences_on_disk(old)] == [("c.txt", "100644")]


def test_git_is_not_asked_to_read_what_never_ends(sandbox: Sandbox, repository: Repository) -> None:
    """It would wait at a pipe, and read a device behind a link, for ever."""
    old = sandbox.write({"a.txt": "1\n", "b.txt": "2\n", "c.txt": "3\n"}).commit()
    for path in ("a.txt", "b.txt", "c.txt"):
        (sandbox.root / path).unlink()
    os.mkfifo(sandbox.root / "a.txt")
    (sandbox.root / "b.txt").symlink_to("/dev/zero")
    (sandbox.root / "c.txt").mkdir()
    assert {one.path for one in repository.differences_on_disk(old)} == {"a.txt", "b.txt", "c.txt"}


@pytest.mark.parametrize(
    "setting",
    [
        "diff.external=false",
        "diff.relative=true",
        "color.ui=always",
        "diff.noprefix=true",
        "diff.renames=copies",
    ],
)
def test_no_setting_of_a_user_changes_what_differs(
    sandbox: Sandbox, repository: Repository, setting: str
) -> None:
    old = sandbox.write({"a/b.txt": "1\n", "c.txt": "long enough to be a copy\n" * 9}).commit()
    sandbox.git("config", *setting.split("="))
    sandbox.write({"a/b.txt": "2\n"})
    (sandbox.root / "c.txt").rename(sandbox.root / "d.txt")
    found = repository.differences_on_disk(old)
    assert [(one.path, one.mode) for one in found] == [("a/b.txt", "100644"), ("c.txt", "")]
