"""What is inferred of numbers that are 0 or 1: a flag where both are frequent, else perhaps a count."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write

TODAY = date(2026, 11, 1)
ROWS = 900


def table(path: Path, values: list[int]) -> Path:
    chance = random.Random(len(values))
    rows = [f"{value},{chance.gauss(0, 1):.3f}" for value in values]
    path.write_text("\n".join(["dark,x", *rows, ""]), encoding="utf-8")
    return path


def schema_of(path: Path) -> Schema:
    profile = profile_file(path, "")
    return read(write(infer(profile, observe(path, profile, TODAY)), "t", profile.rows), "s.yaml")


@pytest.mark.parametrize(
    ("ones", "twos", "verdict"),
    [(3, 0, "kept"), (3, 1, "open"), (3, 40, "broken"), (300, 0, "kept"), (300, 1, "broken")],
)
def test_a_two_is_no_fault_by_itself_where_ones_are_rare(
    ones: int, twos: int, verdict: str, tmp_path: Path
) -> None:
    schema = schema_of(table(tmp_path / "r.csv", [1] * ones + [0] * (ROWS - ones)))
    values = [2] * twos + [1] * ones + [0] * (ROWS - ones - twos)
    found = check_table(
        table(tmp_path / "t.csv", values),
        schema,
        table="t",
        shown="t.csv",
        schema_shown="s.yaml",
        today=TODAY,
    )
    about = [one for one in found.results if one.column == "dark"]
    assert any(not one.passed for one in about) is (verdict == "broken")
    assert any(not one.judged for one in about) is (verdict == "open")
