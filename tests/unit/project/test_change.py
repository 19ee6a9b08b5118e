"""Where a change starts, and which commit is the newest of the default branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.project.change import default_branch_tip, start_of_change
from mlgit.project.project import Project
from mlgit.world.context import SilentConsole, real_context
from tests.cli.compare_repository import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    return Repository(real_context(SilentConsole()), sandbox.root)


def test_a_change_starts_where_it_left_its_base(sandbox: Sandbox, repository: Repository) -> None:
    start = sandbox.write({"a": "1"}).commit()
    sandbox.git("switch", "--quiet", "--create", "work")
    head = sandbox.write({"a": "2"}).commit()
    sandbox.git("switch", "--quiet", "main")
    sandbox.write({"b": "1"}).commit()
    assert start_of_change(repository, "main", head) == (start, "")


def test_why_it_cannot_be_told(sandbox: Sandbox, repository: Repository, tmp_path: Path) -> None:
    head = sandbox.write({"a": "1"}).commit()
    sandbox.write({"a": "2"}).commit()
    assert start_of_change(repository, "0" * 40, head) == (None, "there is no commit before this one")
    assert start_of_change(repository, "nowhere", head)[0] is None
    sandbox.git("switch", "--quiet", "--orphan", "apart")
    apart = sandbox.commit()
    assert start_of_change(repository, "main", apart) == (
        None,
        f"main and {apart[:12]} have no commit in common",
    )
    sandbox.git("clone", "--quiet", "--depth", "1", f"file://{sandbox.root}", str(tmp_path / "shallow"))
    shallow = Repository(repository.context, tmp_path / "shallow")
    assert "shallow" in start_of_change(shallow, "HEAD", shallow.resolve("HEAD"))[1]


@pytest.mark.parametrize("remote", ["", "origin"])
def test_the_tip_of_the_default_branch(
    sandbox: Sandbox, repository: Repository, tmp_path: Path, remote: str
) -> None:
    tip = sandbox.write({"mlgit.yaml": "version: 1\nci: {branch: main}\n"}).commit()
    sandbox.git("switch", "--quiet", "--create", "work")
    sandbox.commit()
    sandbox.git("clone", "--quiet", "--branch", "work", str(sandbox.root), str(tmp_path / "clone"))
    clone = Project(Repository(repository.context, tmp_path / "clone" if remote else sandbox.root))
    assert default_branch_tip(clone, remote) == (tip, "main")
    sandbox.write({"mlgit.yaml": "version: 1\nci: {branch: release}\n"})
    with pytest.raises(UsageError, match="there is no branch 'release'") as caught:
        default_branch_tip(Project(repository), "")
    assert caught.value.code == "branch-unknown"
