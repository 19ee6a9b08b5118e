"""*.dvc files: data that was added, and data that was imported."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mlgit.dvc import pointer
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.tracked import PointerFile
from mlgit.errors import UsageError

ADDED = "outs:\n- md5: 764efa883dda1e11db47671c4a3bbd9e\n  size: 3\n  hash: md5\n  path: x.csv\n"
IMPORTED = (
    "md5: aa\nfrozen: true\nwdir: deep\ndeps:\n- path: get-started/data.xml\n  repo:\n    url: https://example.org/r\n"
    "    rev_lock: abc\nouts:\n- {md5: bb, size: 1, hash: md5, path: data.xml}\n"
)


def test_data_that_was_added() -> None:
    read = pointer.read(ADDED, "data/x.csv.dvc")
    assert (read.source, read.frozen, read.outputs[0].size) == ("added", False, 3)
    assert [one.path for one in PointerFile("data/x.csv.dvc", read).tracked()] == ["data/x.csv"]


def test_data_that_was_imported() -> None:
    read = pointer.read(IMPORTED, "a/data.xml.dvc")
    assert (read.source, read.origin, read.frozen, read.dependencies) == (
        "imported",
        "https://example.org/r",
        True,
        (),
    )
    assert [one.path for one in PointerFile("a/data.xml.dvc", read).tracked()] == ["a/deep/data.xml"]
    from_url = pointer.read(
        "deps:\n- {path: 'https://example.org/f', etag: q, size: 1}\nouts:\n- {md5: b, path: f}\n", "f.dvc"
    )
    assert (from_url.source, from_url.origin) == ("imported from a URL", "https://example.org/f")


def test_a_path_out_of_the_repository_is_left_out() -> None:
    read = pointer.read("outs:\n- {md5: b, path: ../../etc/x}\n", "data/x.dvc")
    assert PointerFile("data/x.dvc", read).tracked() == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/b.csv.dvc", True), (".dvc", False), ("a/.dvc", False), ("a.dvcx", False), ("d.dvc", True)],
)
def test_which_files_are_pointers(path: str, expected: bool) -> None:
    assert pointer.is_pointer(path) is expected


@pytest.mark.parametrize(
    "content", ["", "outs: []\n", "outs: {a: 1}\n", "outs:\n- {md5: x}\n", "- a\n", "outs: [1]\n"]
)
def test_bad_input_is_named(content: str) -> None:
    with pytest.raises(UsageError) as caught:
        pointer.read(content, "x.dvc")
    assert caught.value.where.startswith("x.dvc")


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(UsageError):
        pointer.read(content, "x.dvc")


@pytest.mark.parametrize(
    "output",
    [
        Entry(path="1", digest="a" * 32, size=3),
        Entry(path="1", digest="b" * 32 + ".dir", size=9, files=2),
        Entry(path="1", digest="c" * 32, legacy=True),
    ],
)
def test_what_is_written_is_read_again(output: Entry) -> None:
    text = pointer.pointer_text(output, "1", remote="a: b")
    assert pointer.read(text, "1.dvc").outputs == (replace(output, remote="a: b"),)
    assert 'remote: "a: b"\n' in text
