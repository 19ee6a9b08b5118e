"""Numbers that were rounded are found, by decimals and by thousands; what was round before is none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from tests.unit.data.references import failures, schema_of

HEADER = "warmth,income,stars"


def table(path: Path, seed: int, rows: int = 2000, *, warmth: int = 2, income: int = -1) -> Path:
    """Write temperatures and incomes rounded to so many places, and stars."""
    chance = random.Random(seed)
    lines = [
        f"{round(chance.uniform(5, 30), warmth)},{round(chance.uniform(20_000, 90_000), income):.0f},{chance.randrange(1, 11)}"
        for _ in range(rows)
    ]
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    return path


def rounded(path: Path, schema: Schema) -> list[RuleResult]:
    """Return what is said to be rounded."""
    return [one for one in failures(path, schema) if one.message.endswith("it was rounded")]


def test_rounded_numbers_are_found(tmp_path: Path) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1))
    assert not schema.columns["stars"].step
    (warm,) = rounded(table(tmp_path / "w.csv", 2, warmth=0), schema)
    assert (warm.rule, warm.column, warm.setting) == ("spread", "warmth", "columns.warmth.step")
    (rich,) = rounded(table(tmp_path / "i.csv", 3, income=-3), schema)
    assert rich.message.startswith("'income' is a multiple of 1000 in 100% of the rows, 1")


def test_honest_numbers_and_few_rows_are_not_rounded(tmp_path: Path) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1))
    for seed in range(20):
        assert not rounded(table(tmp_path / "f.csv", 10 + seed, rows=500), schema)
    assert not rounded(table(tmp_path / "few.csv", 4, rows=90, warmth=0), schema)
    round_before = schema_of(table(tmp_path / "b.csv", 5, warmth=0))
    assert not rounded(table(tmp_path / "n.csv", 6, warmth=0), round_before)


def codes(path: Path, seed: int, rows: int = 2000, *, lost: int = 1, first: int = 10**16) -> Path:
    """Write accounts, and unique ids that rise, of which the last digits were lost."""
    chance = random.Random(seed)
    lines = []
    for number in range(rows):
        account = chance.randrange(first, 2 * first) // lost * lost
        lines.append(f"{(3 * first + 7 * number) // lost * lost},{account},{chance.random():.4f}")
    path.write_text("\n".join(("id,account,size", *lines)) + "\n")
    return path


@pytest.mark.parametrize(
    ("lost", "step"), [(10, 10), (100, 10), (16, 2)], ids=["spreadsheet", "more", "float"]
)
def test_codes_that_lost_their_last_digits_are_found(tmp_path: Path, lost: int, step: int) -> None:
    schema = schema_of(codes(tmp_path / "r.csv", 1))
    found = rounded(codes(tmp_path / "l.csv", 2, lost=lost), schema)
    assert {one.column for one in found} == {"id", "account"}
    assert all(f"is a multiple of {step} in 100% of the rows" in one.message for one in found)
    assert "a spreadsheet keeps 15 digits" in found[0].hint


def test_codes_that_are_whole_short_or_even_before_are_not_rounded(tmp_path: Path) -> None:
    schema = schema_of(codes(tmp_path / "r.csv", 1))
    for seed in range(10):
        assert not rounded(codes(tmp_path / "f.csv", 10 + seed, rows=200), schema)
    even = schema_of(codes(tmp_path / "e.csv", 3, lost=2))
    assert not rounded(codes(tmp_path / "n.csv", 4, lost=2), even)
    short = schema_of(codes(tmp_path / "s.csv", 5, first=10**9))
    assert {step for step, _ in short.columns["account"].step}.isdisjoint({10, 2})
