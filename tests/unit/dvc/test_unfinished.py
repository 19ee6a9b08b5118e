"""What an interrupted DVC left in the tree goes, and nothing else."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from mlgit.dvc.unfinished import LOCK, remove_unfinished

LEFT = ".AtpZnBRxeCPzi03pUqFdkw.tmp"
OTHERS = (".short.tmp", "AtpZnBRxeCPzi03pUqFdkw.tmp", f"{LEFT}.csv", f"x{LEFT}", LEFT.replace("A", " "))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / LOCK).parent.mkdir(parents=True)
    (tmp_path / LOCK).touch()
    for name in (*OTHERS, LEFT, f"data/{LEFT}"):
        (tmp_path / name).touch()
    return tmp_path


def test_only_the_names_of_dvc_are_removed(root: Path) -> None:
    remove_unfinished(root, [*OTHERS, LEFT, f"data/{LEFT}", "gone"])
    assert sorted(one.name for one in root.rglob("*tmp*") if one.is_file()) == sorted(OTHERS)


def test_what_git_tracks_is_not_asked_about(root: Path) -> None:
    remove_unfinished(root, [])
    assert (root / LEFT).exists()


def test_nothing_is_removed_while_another_dvc_works(root: Path) -> None:
    with (root / LOCK).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        remove_unfinished(root, [LEFT])
        assert (root / LEFT).exists()
    remove_unfinished(root, [LEFT])
    assert not (root / LEFT).exists()


def test_the_name_is_that_of_the_dvc_here(root: Path) -> None:
    utils = pytest.importorskip("dvc_objects.fs.utils")
    name = utils.tmp_fname()
    (root / name).touch()
    remove_unfinished(root, [name])
    assert not (root / name).exists()
