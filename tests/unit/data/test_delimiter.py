"""A CSV that is divided otherwise than the reference is found; of a reference that says nothing of it, none is."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import CheckReport
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write
from mlgit.data.schema_update import updated
from mlgit.errors import UsageError
from tests.unit.data.tables import HEADER, draw

TODAY = date(2026, 1, 1)
ALL = (",", ";", "\t", "|")


def divided(path: Path, delimiter: str, seed: int = 1) -> Path:
    """Write rows with this between their values, packed where the name says so."""
    text = "\n".join(delimiter.join(row) for row in [HEADER, *draw(300, seed)]) + "\n"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def inferred(path: Path) -> Schema:
    """Return what is inferred from a table."""
    profile = profile_file(path, "churned", several=True)
    return infer(profile, observe(path, profile, TODAY, several=True))


def kept(schema: Schema) -> Schema:
    """Return a schema as its file keeps it."""
    return read(write(schema, "t", 300), "s.yaml")


def checked(path: Path, schema: Schema) -> CheckReport:
    """Return the report of a table."""
    return check_table(path, schema, table="t", shown=path.name, schema_shown="s.yaml", today=TODAY)


@pytest.mark.parametrize("before", ALL)
@pytest.mark.parametrize("now", ALL)
def test_another_delimiter_is_found_and_the_same_passes(before: str, now: str, tmp_path: Path) -> None:
    schema = kept(inferred(divided(tmp_path / "r.csv", before)))
    failures = checked(divided(tmp_path / "f.csv", now, 2), schema).failures
    assert [(one.rule, one.setting, one.line) for one in failures] == [
        ("file", "reference.delimiter", 1) for _ in range(before != now)
    ]
    for one in failures:
        assert one.message.startswith(
            f"the values are divided by {now!r}, those of the reference by {before!r}"
        )
        assert f"to_csv(sep={before!r})" in one.hint
        assert "set reference.delimiter in s.yaml" in one.hint


def test_what_says_nothing_is_not_held_against_a_table(tmp_path: Path) -> None:
    schema = inferred(divided(tmp_path / "r.csv", ";"))
    assert schema.reference is not None
    silent = replace(schema, reference=replace(schema.reference, delimiter=""))
    assert "delimiter" not in write(silent, "t", 300)
    for delimiter in ALL:
        assert checked(divided(tmp_path / "f.csv", delimiter, 2), kept(silent)).passed


def test_parquet_and_json_lines_have_none(tmp_path: Path) -> None:
    rows = divided(tmp_path / "r.csv", ";")
    schema = kept(inferred(rows))
    for name, form in (("r.parquet", "parquet"), ("r.jsonl", "json")):
        duckdb.sql(f"COPY (FROM read_csv('{rows}', delim=';')) TO '{tmp_path / name}' (FORMAT {form})")
        assert "delimiter" not in write(inferred(tmp_path / name), "t", 300)
        assert not [one for one in checked(tmp_path / name, schema).failures if one.rule == "file"]


def test_one_file_of_a_folder_and_one_that_is_packed_are_found(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        divided(tmp_path / "all" / name, ",")
    schema = kept(inferred(tmp_path / "all"))
    assert not [one for one in checked(tmp_path / "all", schema).failures if one.rule == "file"]
    divided(tmp_path / "all" / "b.csv", ";")
    (found,) = [one for one in checked(tmp_path / "all", schema).failures if one.rule == "file"]
    assert found.message.startswith("all/b.csv: the values are divided by ';'")
    assert inferred(tmp_path / "all").reference.delimiter == ""  # type: ignore[union-attr]
    (found,) = checked(divided(tmp_path / "f.csv.gz", ";", 2), schema).failures
    assert found.setting == "reference.delimiter"


def test_it_is_taken_over_where_it_is_right(tmp_path: Path) -> None:
    text = write(inferred(divided(tmp_path / "r.csv", ",")), "t", 300)
    fresh = divided(tmp_path / "f.csv", "\t", 2)
    found = updated(text, "s.yaml", inferred(fresh), lambda schema: checked(fresh, schema))
    assert not found.left
    assert found.text == text.replace('delimiter: ","', 'delimiter: "\\t"')


def test_what_is_no_delimiter_is_refused(tmp_path: Path) -> None:
    text = write(inferred(divided(tmp_path / "r.csv", ",")), "t", 300)
    with pytest.raises(UsageError, match=r"reference\.delimiter: "):
        read(text.replace('delimiter: ","', 'delimiter: "tab"'), "s.yaml")
