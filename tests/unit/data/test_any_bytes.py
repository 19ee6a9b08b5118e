"""Whatever the bytes, a file is a table or refused in one sentence; and what is a table keeps its own schema."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.profiling import profile_file
from mlgit.data.schema_file import read, write
from mlgit.data.split import split_file
from mlgit.errors import UsageError

CELLS = st.sampled_from(
    ["", "0", "1", "-3", "2.5", "1e9", "1,5", "NA", "nan", "inf", "true", "no", "a", "b", " a ", "x\ny", 'q"q', "2024-01-31", "2024-02-30", "007", "é", "9" * 25]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=5)  # fmt: skip


def looked_at(path: Path, target: str) -> None:
    """Profile, infer, write, read, check and split; only errors that are told to people may come out."""
    error, profile = None, None
    try:
        profile = profile_file(path, target)
    except UsageError as caught:
        error = caught
    if profile is None:
        assert error is not None
        assert error.message
        assert error.hint
        assert "\n" not in error.message
        return
    schema = infer(profile)
    assert read(write(schema, "t", profile.rows), "s.yaml") == schema
    report = check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml")
    assert report.passed, report.failures
    if target:
        assert split_file(path, profile)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(content)
    looked_at(path, "")


@settings(max_examples=150, deadline=None)
@given(content=st.text(st.sampled_from('ab1,;\t|"\n\r \x00é.-'), max_size=80))
def test_any_text_of_a_csv(content: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("text") / "t.csv"
    path.write_bytes(content.encode())
    looked_at(path, "")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), width=st.integers(2, 4), rows=st.integers(10, 30))
def test_any_table(
    data: st.DataObject, width: int, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    palettes = [data.draw(st.lists(CELLS, min_size=1, max_size=6)) for _ in range(width)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([f"column {index}" for index in range(width)])
    for _ in range(rows):
        writer.writerow([data.draw(st.sampled_from(palette)) for palette in palettes])
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_bytes(stream.getvalue().encode())
    looked_at(path, data.draw(st.sampled_from(["", "column 0"])))
