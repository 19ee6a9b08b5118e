"""Days that programs write for no value are found among days that could be; a birthday that happens to be one is none."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.unit.data.references import failures, schema_of


def table(
    path: Path, seed: int, rows: int = 3000, *, empty: float = 0.0, time: str = "", day: str = "1970-01-01"
) -> Path:
    """Write birthdays around 1970, so many of them for nothing."""
    chance = random.Random(seed)
    lines = ["born,size"]
    for _ in range(rows):
        born = str(date(1940, 1, 1) + timedelta(days=chance.randrange(24_000)))
        lines.append(f"{day if chance.random() < empty else born}{time},{chance.random():.3f}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("time", ["", " 01:00:00"], ids=["date", "timestamp"])
def test_days_for_nothing_are_found_with_their_rows(tmp_path: Path, time: str) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1, time=time))
    path = table(tmp_path / "t.csv", 2, empty=0.01, time=time)
    (found,) = [one for one in failures(path, schema) if one.rule == "text"]
    lines = path.read_text().splitlines()
    assert found.failed == sum(line.startswith("1970-01-01") for line in lines)
    assert all(lines[(one.line or 0) - 1].startswith("1970-01-01") for one in found.examples)
    assert "days that programs write for no value, as 1970-01-01" in found.message
    assert "columns.born.odd_texts_seen" in found.hint


def test_real_days_and_those_of_the_reference_are_no_fault(tmp_path: Path) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1))
    for seed in range(10):
        assert not failures(table(tmp_path / "f.csv", 20 + seed, 20_000), schema)
    usual = schema_of(table(tmp_path / "u.csv", 3, empty=0.02))
    assert usual.columns["born"].odd_texts_seen
    assert not failures(table(tmp_path / "v.csv", 4, empty=0.03), usual)
