"""A column that only rows of one class have tells the target by that alone; that some have none by chance tells nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from mlgit.data.leakage import told
from tests.unit.data.references import leaks, schema_of


def table(path: Path, seed: int, rows: int = 2000, *, left: bool = False) -> Path:
    """Write customers who churned or not, and a day of the last visit that half of them have, or that those have who left."""
    chance = random.Random(seed)
    lines = ["size,last,churned"]
    for _ in range(rows):
        churned = chance.random() < 0.3
        there = churned if left else chance.random() < 0.5
        day = date(2024, 1, 1) + timedelta(days=chance.randrange(600))
        lines.append(f"{chance.random():.3f},{day if there else ''},{'yes' if churned else 'no'}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_day_that_only_those_have_who_left_is_a_leak(tmp_path: Path) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1), "churned")
    (found,) = leaks(table(tmp_path / "l.csv", 2, left=True), schema)
    assert found.column == "last"
    assert found.message.startswith("'last' tells 100% of 'churned' by itself, ")
    known = schema_of(table(tmp_path / "k.csv", 3, left=True), "churned")
    assert (known.columns["last"].told or 0.0) > 0.99
    assert not leaks(table(tmp_path / "m.csv", 4, left=True), known)


@pytest.mark.parametrize("rows", [200, 2000])
def test_values_that_are_missing_by_chance_tell_nothing(tmp_path: Path, rows: int) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1, rows), "churned")
    for seed in range(10):
        assert not leaks(table(tmp_path / "f.csv", 10 + seed, rows), schema)


def test_of_numbers_it_is_the_ranks_that_having_one_tells() -> None:
    target = [float(number) for number in range(400)]
    late = [None if number < 200 else 1 for number in range(400)]
    assert 0.7 < (told(late, target, classes=False) or 0.0) < 0.8
    assert (
        told([1] * 400, target, classes=False)
        == told([*[1] * 391, *[None] * 9], target, classes=False)
        == 0.0
    )
