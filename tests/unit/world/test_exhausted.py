"""What this machine has too little of is told from whatever a library raises over it."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlgit.errors import ExternalError
from mlgit.world.exhausted import exhausted
from mlgit.world.staging import scratch, temporary_folder


class OutOfMemoryException(Exception):  # noqa: N818 - as DuckDB calls it
    """What DuckDB raises."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "x", "a.csv"), "disk-full"),
        (OSError(errno.EDQUOT, "x"), "disk-full"),
        (RuntimeError('Could not write file "x": No space left on device'), "disk-full"),
        (OutOfMemoryException("failed to offload data block of size 256.0 KiB"), "disk-full"),
        (OutOfMemoryException("could not allocate block"), "memory-full"),
        (MemoryError(), "memory-full"),
    ],
)
def test_a_lack_is_an_error_of_the_environment_with_a_hint(error: Exception, code: str) -> None:
    told = exhausted(error)
    assert told is not None
    assert (told.code, told.exit_code, bool(told.hint)) == (code, 4, True)
    assert told.where == (getattr(error, "filename", None) or "")


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "x"), ValueError("x"), ZeroDivisionError()])
def test_anything_else_is_none(error: Exception) -> None:
    assert exhausted(error) is None


@pytest.mark.parametrize(("free", "code"), [(1_000_000, "disk-full"), (10**12, None)])
def test_what_dvc_hides_is_the_disk_where_it_is_full(
    free: int, code: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    told = exhausted(RuntimeError("No possible cache link types for 'model.onnx'"), tmp_path)
    assert (told.code if told else None) == code
    assert exhausted(RuntimeError("the stage failed"), tmp_path) is None


def test_a_folder_that_takes_no_temporary_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match="takes no temporary files") as told, scratch(tmp_path / "gone"):
        pass
    assert "TMPDIR" in told.value.hint


def test_the_folder_of_the_user_is_no_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python takes the current folder where every other is full."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path))
    monkeypatch.delenv("TMPDIR", raising=False)
    with pytest.raises(ExternalError, match="takes no temporary files"):
        temporary_folder()
    monkeypatch.setenv("TMPDIR", os.fspath(tmp_path))
    assert temporary_folder() == tmp_path


@pytest.mark.parametrize("spelled", ["{}", "{}/", "{}/../{name}", "."])
def test_who_stands_in_the_folder_for_temporary_files_may_write_there(
    spelled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", spelled.format(tmp_path, name=tmp_path.name))
    assert temporary_folder() == tmp_path


def test_who_stands_in_the_folder_that_python_takes_unasked_may_write_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = tempfile.gettempdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with scratch() as made:
        assert made.parent == Path(folder)
