"""A column that tells a little of the target is missed when it stands in other rows, and not when chance lets it tell less."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.unit.data.references import leaks, schema_of


def table(path: Path, seed: int, rows: int, *, other_rows: bool = False) -> Path:
    """Write prices of which a grade tells about a tenth and noise nothing."""
    chance = random.Random(seed)
    grades = [chance.randrange(6) for _ in range(rows)]
    prices = [300 + 20 * grade + chance.gauss(0, 100) for grade in grades]
    if other_rows:
        chance.shuffle(grades)
    lines = [
        f"G{grade},{chance.random():.4f},{price:.2f}" for grade, price in zip(grades, prices, strict=True)
    ]
    path.write_text("\n".join(("grade,noise,price", *lines)) + "\n")
    return path


def test_a_column_in_other_rows_is_found_though_it_told_little(tmp_path: Path) -> None:
    schema = schema_of(table(tmp_path / "r.csv", 1, 6000), "price")
    assert 0.05 < (schema.columns["grade"].told or 0.0) < 0.2
    (found,) = leaks(table(tmp_path / "o.csv", 2, 6000, other_rows=True), schema)
    assert found.column == "grade"
    assert "its values or the labels stand in other rows" in found.message


@pytest.mark.parametrize("rows", [500, 6000])
def test_that_chance_lets_it_tell_less_is_no_fault(tmp_path: Path, rows: int) -> None:
    for seed in range(5):
        schema = schema_of(table(tmp_path / "r.csv", 10 + seed, rows), "price")
        for draw in range(4):
            assert not leaks(table(tmp_path / "f.csv", 100 * seed + draw + 50, rows), schema)
