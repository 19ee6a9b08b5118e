"""A command of DVC that failed, or was interrupted: the line that tells, and the file that it left torn."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlgit.dvc.command import LOCKS, failed, remove_empty_runs, remove_torn_locks


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: no space\nmore", "dvc add failed: no space"),
        ("'./data/a.csv.dvc' is invalid.\n  while parsing\nat line 3", "dvc add failed: './data/a.csv.dvc' is invalid."),
        ("'dvc.yaml' validation failed.\nextra keys", "dvc add failed: 'dvc.yaml' validation failed."),
        ("one\n\nlast words\n", "dvc add failed: last words"),
        ("", "dvc add failed: exit code 7"),
    ],
)  # fmt: skip
def test_the_line_that_tells(said: str, told: str) -> None:
    assert failed("add", said, 7).message == told


@pytest.mark.parametrize(
    ("content", "stays"), [(b"", False), (b'{"a": [', False), (b"\xff", False), (b"{}", True)]
)
def test_locks_that_an_interrupted_dvc_left_torn(tmp_path: Path, content: bytes, stays: bool) -> None:
    remove_torn_locks(tmp_path)
    place = tmp_path / LOCKS
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    remove_torn_locks(tmp_path)
    assert place.exists() is stays


def test_locks_of_processes_that_are_gone_are_removed_together(tmp_path: Path) -> None:
    """To DVC one that ended and that nobody waited for runs still."""
    place = tmp_path / LOCKS
    place.parent.mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    gone = f'{{"a": {{"write": {{"pid": {ended.pid}, "cmd": "x"}}}}}}'
    for text, left in ((gone, False), (gone.replace(str(ended.pid), str(os.getpid())), True), ("{}", True)):
        place.write_text(text)
        remove_torn_locks(tmp_path)
        assert place.exists() is left, text


def test_what_dvc_began_to_remember_of_a_stage_goes_and_what_it_remembers_stays(tmp_path: Path) -> None:
    """DVC fails at a folder without a run: `join() argument must be str, bytes, or os.PathLike object, not 'NoneType'`."""
    runs = tmp_path / ".dvc" / "cache" / "runs"
    (runs / "0a" / "0a11").mkdir(parents=True)
    (runs / "0b" / "0b22").mkdir(parents=True)
    (runs / "0b" / "0b22" / "c3").write_text("cmd: make\n")
    remove_empty_runs(tmp_path)
    assert not (runs / "0a" / "0a11").exists()
    assert (runs / "0b" / "0b22" / "c3").exists()
