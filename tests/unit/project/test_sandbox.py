"""The temporary copy: what is in it, that the user's tree is left alone, and that nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.project.sandbox import sandboxes
from mlgit.world.context import SilentConsole, real_context
from mlgit.world.processes import own_name
from tests.cli.compare_repository import Sandbox
from tests.counted import Counted

REMOTE = "[core]\n    remote = r\n['remote \"r\"']\n    url = ../../storage\n"


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "repository").with_dvc()
    made.write({".dvc/config": REMOTE, "a": "1", "sub/.dvc/config": "", "sub/run.sh": "echo\n"})
    (made.root / "sub/run.sh").chmod(0o755)
    made.commit()
    return made


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def project(repository: Sandbox, counted: Counted) -> Project:
    context = msgspec.structs.replace(real_context(SilentConsole()), processes=counted)
    return Project(Repository(context, repository.root))


def left(project: Project) -> list[Path]:
    return list(sandboxes(project.repository).iterdir())


def test_a_commit_with_the_cache_and_the_remotes_of_the_repository(
    repository: Sandbox, project: Project, counted: Counted, tmp_path: Path
) -> None:
    repository.write({"a": "2", ".git/hooks/post-checkout": "#!/bin/sh\nexit 1\n"})
    (repository.root / ".git/hooks/post-checkout").chmod(0o755)
    head = project.at("HEAD")
    head.paths()
    counted.started.clear()
    with project.sandbox() as sandbox:
        copy = sandbox.check_out(head.files)
        assert counted.verbs == [], "beside the clone itself git is asked for nothing"
        assert (copy.root / "a").read_text() == "1"
        assert copy.head() == head.commit
        settings = (copy.root / ".dvc/config.local").read_text()
        assert f"dir = {repository.root}/.dvc/cache" in settings
        assert f"url = {tmp_path}/storage" in settings
        assert f"dir = {repository.root}/sub/.dvc/cache" in (copy.root / "sub/.dvc/config.local").read_text()
        assert copy.run("status", "--porcelain").text == ""
        assert copy.run("config", "core.hooksPath").text.strip() == "/dev/null"
        place = sandbox.folder
    assert not place.exists()
    assert left(project) == []
    assert (repository.root / "a").read_text() == "2"


def test_the_working_tree_with_what_is_not_committed(repository: Sandbox, project: Project) -> None:
    repository.write({"a": "2", "new": "3", ".gitignore": "secret\n", "secret": "s"})
    with project.sandbox() as sandbox:
        copy = sandbox.check_out(project.at().files)
        assert (copy.root / "a").read_text() == "2"
        assert (copy.root / "new").read_text() == "3"
        assert not (copy.root / "secret").exists()
        assert os.access(copy.root / "sub/run.sh", os.X_OK)
        assert "dir = " in (copy.root / ".dvc/config.local").read_text()
        (copy.root / "a").write_text("changed")
    assert (repository.root / "a").read_text() == "2"
    assert left(project) == []


def test_two_at_once_are_apart(project: Project) -> None:
    with project.sandbox() as one, project.sandbox() as other:
        assert one.folder != other.folder
        one.check_out(project.at("HEAD").files)
    assert left(project) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_nothing_stays_when_the_work_is_interrupted(
    project: Project, interruption: type[BaseException]
) -> None:
    def work() -> None:
        with project.sandbox() as sandbox:
            sandbox.check_out(project.at("HEAD").files)
            raise interruption

    with pytest.raises(interruption):
        work()
    assert left(project) == []


WAITING = """\
import sys, time
from pathlib import Path
from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.world.context import SilentConsole, real_context
project = Project(Repository(real_context(SilentConsole()), Path(sys.argv[1])))
with project.sandbox() as sandbox:
    sandbox.check_out(project.at("HEAD").files)
    print("ready", flush=True)
    time.sleep(60)
"""


@contextmanager
def working(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Give another process that works in a sandbox."""
    arguments = [sys.executable, "-c", WAITING, str(project.root)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def test_what_a_killed_process_left_is_removed_by_the_next(project: Project) -> None:
    with working(project) as process:
        with project.sandbox():
            assert len(left(project)) == 2, "a sandbox of a process that runs was removed"
        process.kill()
    assert len(left(project)) == 1
    with project.sandbox():
        assert len(left(project)) == 1
    assert left(project) == []


def test_ctrl_c_leaves_nothing(project: Project) -> None:
    with working(project) as process:
        process.send_signal(signal.SIGINT)
    assert process.returncode != 0
    assert left(project) == []


def test_a_linked_work_tree_shares_the_folder(repository: Sandbox, project: Project, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Project(Repository(project.context, tmp_path / "linked"))
    assert sandboxes(linked.repository) == sandboxes(project.repository)
    with linked.sandbox() as sandbox:
        assert (sandbox.check_out(linked.at("HEAD").files).root / "a").read_text() == "1"
    assert left(project) == []


def test_no_blank_is_in_the_path_that_programs_see(project: Project) -> None:
    with project.sandbox() as sandbox:
        own = sandbox.folder.relative_to(project.root).as_posix()
        assert " " not in own
        assert own_name() in own
