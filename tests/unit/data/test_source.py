"""Every file that is no whole table is refused in one sentence, at its line, with the hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.opening import open_source
from mlgit.data.profiling import profile_file
from mlgit.errors import ExternalError, UsageError
from tests.unit.data.tables import customers, put

ROWS = "".join(f"{index},{index % 7},{'ab'[index % 2]}\n" for index in range(30))
GOOD = "a,b,y\n" + ROWS

BAD: dict[str, tuple[bytes | str, str, int | None, str, str]] = {
    # name: content, code, line, words of the message, words of the hint
    "empty": ("", "data-empty", None, "empty", "fetch it again"),
    "header only": ("a,b,y\n", "data-no-rows", None, "no row", "fetch"),
    "header without end": ("a,b,y", "data-no-rows", None, "no row", "fetch"),
    "header and blank lines": ("a,b,y\n\n\n", "data-no-rows", None, "no row", "fetch"),
    "blank": ("\n\n\n", "data-blank-header", 1, "blank", "header"),
    "one column": ("a\n1\n2\n", "data-one-column", 1, "one column", "comma"),
    "duplicate": ("a,a,y\n" + ROWS, "data-duplicate-header", 1, "'a', 'a'", "rename"),
    "duplicate but for case": ("Age,age,y\n" + ROWS, "data-duplicate-header", 1, "'Age', 'age'", "case"),
    "duplicate but for blanks": ("a, a,y\n" + ROWS, "data-duplicate-header", 1, "share a name", "blanks"),
    "nameless column": (",b,y\n" + ROWS, "data-blank-header", 1, "column 1 has no name", "index=False"),
    "blank name": ("a,  ,y\n" + ROWS, "data-blank-header", 1, "column 2", "name it"),
    "latin-1": (GOOD.encode() + "3,caf\xe9,a\n".encode("latin-1"), "data-encoding", 32, "0xe9", "iconv -f ISO-8859-1"),
    "windows": (GOOD.encode() + b"3,\x93x\x94,a\n", "data-encoding", 32, "0x93", "iconv -f WINDOWS-1252"),
    "utf-16": (GOOD.encode("utf-16"), "data-encoding", 1, "UTF-16LE", "iconv -f UTF-16"),
    "utf-16 big": (b"\xfe\xff" + GOOD.encode("utf-16-be"), "data-encoding", 1, "UTF-16BE", "iconv -f UTF-16"),
    "utf-16 without mark": (GOOD.encode("utf-16-le"), "data-binary", 1, "NUL", "UTF-8"),
    "half a character": (GOOD.encode() + "1,2,\xe9".encode()[:-1], "data-truncated", 32, "middle of a character", "dvc pull"),
    "short row": (GOOD + "1,2\n" + ROWS, "data-ragged", 32, "2 values, the header has 3", "quotes"),
    "long row": (GOOD + "1,2,3,4\n", "data-ragged", 32, "4 values", "quotes"),
    "long by a delimiter at the end": ("a,b,y\n1,2,3,\n4,5,6,\n", "data-ragged", 2, "4 values", "quotes"),
    "cut in the last row": (GOOD + "29,1", "data-ragged", 32, "2 values", "cut off"),
    "no header": ("569,30,malignant,benign\n" + "1,2,3\n" * 9, "data-ragged", 2, "the header has 4", "looks like data"),
    "blank line between": ("a,b,y\n1,2,a\n\n3,4,b\n", "data-blank-line", 3, "empty", "sed -i '3d'"),
    "open quote": (GOOD + '1,"2,a\n' + ROWS, "data-quotes", 32, "never closed", '""'),
    "text after a quote": (GOOD + '1,"2"x,"a\n', "data-quotes", 32, "quote", '""'),
    "mixed line ends": ("a,b,y\r\n1,2,a\n3,4,b\r\n", "data-line-ends", None, "different ways", "sed"),
    "lfs pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
        "data-lfs-pointer",
        1,
        "Git LFS",
        "git lfs pull",
    ),
    "conflict": (
        "a,b,y\n1,2,a\n<<<<<<< HEAD\n3,4,b\n=======\n3,5,b\n>>>>>>> other\n",
        "data-conflict",
        3,
        "merge conflict",
        "git checkout --ours",
    ),
    "html": (b"\n<!DOCTYPE html>\n<p>a, b</p>\n", "data-other-format", 1, "an HTML page", "sign in"),
    "xml": (b"<?xml version='1.0'?>\n<a/>\n", "data-other-format", 1, "XML", "Parquet"),
    "json": (b'{"error": "not found", "code": 404}\n', "data-other-format", 1, "JSON", "errors"),
    "json list": (b'\xef\xbb\xbf[\n {"a": 1}\n]\n', "data-other-format", 1, "JSON", "errors"),
    "gzip": (b"\x1f\x8b\x08\x00abc", "data-packed", None, "gzip", "gunzip"),
    "excel": (b"PK\x03\x04abc", "data-packed", None, "Excel", "export"),
    "pickle": (b"\x80\x04\x95abc", "data-packed", None, "pickle", "code"),
    "binary junk": (bytes(range(256)) * 9, "data-binary", 1, "NUL", "UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_refused(name: str, tmp_path: Path) -> None:
    content, code, line, said, hint = BAD[name]
    path = put(tmp_path, content)
    with pytest.raises(UsageError) as caught:
        open_source(path, "data/t.csv")
    error = caught.value
    assert error.code == code
    assert error.where == ("data/t.csv" if line is None else f"data/t.csv:{line}")
    assert said in error.message
    assert hint in error.hint
    assert "\n" not in error.message


def test_a_short_and_a_long_row_do_not_cancel_out(tmp_path: Path) -> None:
    path = put(tmp_path, GOOD + "1,2\n3,4,5,6\n")
    with pytest.raises(UsageError) as caught:
        profile_file(path, shown="t.csv")
    assert (caught.value.code, caught.value.where) == ("data-ragged", "t.csv:32")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_source(tmp_path / "no.csv")
    assert (caught.value.code, caught.value.exit_code) == ("data-missing", 2)


def test_a_misspelt_file_is_suggested(tmp_path: Path) -> None:
    customers(tmp_path)
    with pytest.raises(UsageError) as caught:
        open_source(tmp_path / "custmers.csv")
    assert "customers.csv" in caught.value.hint


def test_a_file_that_dvc_keeps_is_pulled(tmp_path: Path) -> None:
    put(tmp_path, "outs:\n", "t.csv.dvc")
    with pytest.raises(UsageError) as caught:
        open_source(tmp_path / "t.csv", "data/t.csv")
    assert caught.value.hint == "DVC keeps it: dvc pull data/t.csv"


def test_a_folder_and_a_device(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        open_source(tmp_path)
    with pytest.raises(UsageError, match="regular"):
        open_source(Path("/dev/null"))


def test_a_file_that_the_system_refuses_is_the_worlds_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ExternalError) as caught:
        open_source(path)
    assert (caught.value.code, caught.value.exit_code) == ("data-unreadable", 4)


def test_a_file_that_is_too_large_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(1_000_000_001)
    with pytest.raises(UsageError) as caught:
        open_source(path)
    assert caught.value.code == "data-too-large"
    assert "--sample" in caught.value.hint


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_parquet_file_that_is_cut_off(kept: float, tmp_path: Path) -> None:
    import duckdb

    whole = tmp_path / "whole.parquet"
    duckdb.connect().execute(f"COPY (SELECT range AS a, range % 2 AS y FROM range(5000)) TO '{whole}'")
    content = whole.read_bytes()
    path = put(tmp_path, content[: max(4, int(kept * len(content)))], "cut.parquet")
    with pytest.raises(UsageError) as caught:
        open_source(path)
    assert caught.value.code == "data-truncated"
    assert open_source(whole).rows == 5000


def test_a_parquet_file_whose_middle_is_broken(tmp_path: Path) -> None:
    path = put(tmp_path, b"PAR1" + b"\x07" * 400 + b"PAR1", "t.parquet")
    with pytest.raises(UsageError) as caught:
        open_source(path)
    assert caught.value.code == "data-unreadable-table"
    with pytest.raises(UsageError, match="does not start with PAR1"):
        open_source(put(tmp_path, GOOD, "text.parquet"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_usual_way_to_write_a_csv(delimiter: str, mark: bytes, ending: str, tmp_path: Path) -> None:
    text = GOOD.replace(",", delimiter).replace("\n", ending)
    source = open_source(put(tmp_path, mark + text.encode()))
    assert (source.names, source.delimiter, source.rows) == (("a", "b", "y"), delimiter, 30)


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n"])
def test_what_stands_behind_the_last_row_does_not_matter(ending: str, tmp_path: Path) -> None:
    assert open_source(put(tmp_path, GOOD.rstrip("\n") + ending)).rows == 30


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_header_over_two_lines(mark: bytes, tmp_path: Path) -> None:
    path = put(tmp_path, mark + ('"a\nx",b,y\n' + ROWS).encode())
    assert open_source(path).names == ("a\nx", "b", "y")
    profile = profile_file(path, "y")
    assert (profile.rows, profile.column("b").maximum) == (30, 6)


def test_a_quote_inside_a_plain_value_is_a_value(tmp_path: Path) -> None:
    path = put(tmp_path, GOOD + '30,5" pipe,a\n31,6" pipe,b\n')
    profile = profile_file(path)
    assert profile.rows == 32
    assert "2 of 32" in profile.column("b").reason


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=12),
    min_size=2,
    max_size=5,
    unique_by=lambda name: name.strip().casefold(),
).filter(lambda names: all(name.strip() for name in names))
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(names=NAMES, data=st.data())
def test_any_names_and_values_are_read_as_written(
    names: list[str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import csv

    from mlgit.data.sql import connected, numbered, reading

    rows = data.draw(st.lists(st.tuples(*[VALUES for _ in names]), min_size=1, max_size=6))
    path = tmp_path_factory.mktemp("any") / "t'\"; [1]*.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *rows])
    source = open_source(path)
    assert source.names == tuple(names)
    assert source.rows == len(rows)
    place = reading(path, len(names), delimiter=source.delimiter, skipped_lines=source.skipped_lines)
    with connected(source.bytes) as connection:
        found = connection.execute(numbered(place)).fetchall()
    assert found == [(number, *[value or None for value in row]) for number, row in enumerate(rows)]


def test_the_lines_behind_that_are_not_as_wide_are_counted_and_named(tmp_path: Path) -> None:
    """A comma that stands in no quotes is seldom alone."""
    wide = "1,2,3\n9,9,9,9\n"
    for more, said in (
        ("1,2,3\n", "the header has 3"),
        (wide, "the header has 3; 1 more line does not have 3: 4"),
        (wide * 7, "; 7 more lines do not have 3: 4, 6, 8, 10, 12, ..."),
        (wide * 2 + '1,2,"3\n', "; at least 2 more lines do not have 3: 4, 6"),
    ):
        with pytest.raises(UsageError) as caught:
            open_source(put(tmp_path, "a,b,y\n1,2,3,4\n" + more), "t.csv")
        assert caught.value.where == "t.csv:2"
        assert caught.value.message.endswith(said)
