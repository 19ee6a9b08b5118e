"""Where files are made before they stand: inside Git's folder, gone with the process that made them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mlgit.world.files import write_atomically
from mlgit.world.staging import FOLDER, fresh_name, git_folder_around, put, staged_name, staging, sweep


def dead_name() -> str:
    """The name that a process gave which has ended."""
    program = "from mlgit.world.staging import fresh_name; print(fresh_name())"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_what_is_unfinished_lies_inside_gits_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    with staging(tmp_path / "data" / "table.csv") as folder:
        assert folder.parent == tmp_path / ".git" / FOLDER
    assert not folder.exists()
    assert staged_name(tmp_path / ".git" / "x" / "y").parent == tmp_path / ".git" / "x"


def test_the_folder_of_a_linked_work_tree(tmp_path: Path) -> None:
    (tmp_path / "git" / "worktrees" / "one").mkdir(parents=True)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".git").write_text("gitdir: ../git/worktrees/one\n")
    found = git_folder_around(tmp_path / "tree")
    assert found is not None
    assert found.resolve() == tmp_path / "git" / "worktrees" / "one"
    (tmp_path / "tree" / ".git").write_text("gitdir: ../nowhere\n")
    assert git_folder_around(tmp_path / "tree") is None
    assert git_folder_around(tmp_path / "git") is None


def test_the_next_takes_away_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    left, ours = tmp_path / dead_name(), tmp_path / fresh_name()
    left.mkdir()
    (left / "half").write_text("half")
    ours.write_text("goes on")
    (tmp_path / ".mlgit-notes").write_text("a user's")
    (tmp_path / ".mlgit-a+b+c").write_text("a user's")
    sweep(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        [ours.name, ".mlgit-notes", ".mlgit-a+b+c"]
    )


def test_beside_the_place_where_there_is_no_git(tmp_path: Path) -> None:
    (tmp_path / dead_name()).write_text("half")
    write_atomically(tmp_path / "file", b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_mount_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, place = tmp_path / "staged", tmp_path / "place"
    source.write_text("new")
    place.write_text("old")
    real, moves = Path.replace, []

    def refused_once(self: Path, target: Path) -> Path:
        moves.append(self)
        if len(moves) == 1:
            raise OSError(18, "Invalid cross-device link")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refused_once)
    put(source, place)
    assert place.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["place"]


def test_an_interruption_of_the_last_cleaning_up_says_nothing(tmp_path: Path) -> None:
    """The work is done by then, and Python prints what is raised at its end."""
    program = """
        import os, signal
        from mlgit.world import staging
        from mlgit.world.streaming import interruptible
        remove = staging.remove
        staging.remove = lambda folder: (os.kill(os.getpid(), signal.SIGTERM), remove(folder))
        with interruptible():
            print(staging.scratch_of_process())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(done.stdout.strip()).exists()
