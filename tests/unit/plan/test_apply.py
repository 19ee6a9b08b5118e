"""Apply does what the plan says, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.errors import ExternalError, UsageError
from mlgit.plan.apply import apply
from mlgit.plan.change import Change, Plan, first_changed_line


def change(path: str, old: bytes | None, new: bytes | None) -> Change:
    return Change(path=path, old=old, new=new, reason="a test")


def test_creates_updates_and_deletes(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"1")
    (tmp_path / "c").write_bytes(b"2")
    apply(
        Plan(changes=(change("x/a", None, b"0"), change("b", b"1", b"9"), change("c", b"2", None))), tmp_path
    )
    assert (tmp_path / "x/a").read_bytes() == b"0"
    assert (tmp_path / "b").read_bytes() == b"9"
    assert not (tmp_path / "c").exists()


def test_a_file_that_changed_meanwhile_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"theirs")
    with pytest.raises(ExternalError, match="changed while"):
        apply(Plan(changes=(change("a", None, b"0"), change("b", b"1", b"2"))), tmp_path)
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").read_bytes() == b"theirs"


def test_a_failed_write_undoes_the_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    plan = Plan(
        changes=(change("new/a", None, b"0"), change("file", b"1", b"2"), change("file/below", None, b"3"))
    )
    with pytest.raises((ExternalError, UsageError, NotADirectoryError)):
        apply(plan, tmp_path)
    assert (tmp_path / "file").read_bytes() == b"1"
    assert not (tmp_path / "new").exists()


def test_a_path_outside_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(UsageError, match="outside"):
        apply(Plan(changes=(change("../a", None, b"0"),)), root)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [(b"a\nb\n", b"a\nc\n", 2), (b"a\n", b"a\nb\n", 2), (None, b"a\n", 1), (b"a\n", None, 1)],
)
def test_first_changed_line(old: bytes | None, new: bytes | None, line: int) -> None:
    assert first_changed_line(old, new) == line
