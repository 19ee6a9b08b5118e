"""Ids that go in the order of the target are found where they did not in the reference, and honest ones are not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.calibration.tables import SOURCES, Source, write_table
from tests.unit.data.references import leaks, schema_of

ID = 0


def numbered(path: Path, source: Source, rows: int, *, appended: bool) -> Path:
    """Write a table whose ids were given in the order of the target, or of the rows, and whose rows were shuffled then."""
    header, *lines = write_table(path, source, rows, "f").read_text().splitlines()
    found = [line.split(",") for line in lines]
    target = source.header.index(source.target)
    ids = [row[ID] for row in found]
    if appended:
        found.sort(key=lambda row: float(row[target]) if source.name == "sensors" else row[target])
    for row, one in zip(found, ids, strict=True):
        row[ID] = one
    random.Random(3).shuffle(found)
    path.write_text("\n".join((header, *(",".join(row) for row in found))) + "\n")
    return path


@pytest.mark.parametrize("rows", [500, 2000, 20_000])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_ids_given_by_class_are_found_though_the_rows_were_shuffled(
    source: Source, rows: int, tmp_path: Path
) -> None:
    schema = schema_of(write_table(tmp_path / "r.csv", source, rows, "r"), source.target)
    assert schema.columns[source.header[ID]].told is not None
    assert not leaks(numbered(tmp_path / "f.csv", source, rows, appended=False), schema)
    (found,) = leaks(numbered(tmp_path / "f.csv", source, rows, appended=True), schema)
    assert found.column == source.header[ID]
    assert found.message.startswith(f"'{found.column}' goes in the order of '{source.target}': it tells ")
    assert f"set columns.{found.column}.told in s.yaml" in found.hint
    assert not leaks(tmp_path / "f.csv", schema_of(tmp_path / "f.csv", source.target))


def series(path: Path, seed: int, rows: int = 500) -> Path:
    """Write a number that wanders with time, in the order of time, with ids that count on."""
    chance, level, lines = random.Random(seed), 0.0, ["id,noise,level"]
    for number in range(rows):
        level += chance.gauss(0, 1)
        lines.append(f"{number + 1},{chance.random():.4f},{level:.3f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_of_a_target_that_wanders_with_time_nothing_is_said(tmp_path: Path) -> None:
    wanders = Source("series", ("id", "noise", "level"), "level", lambda chance, number: ())
    told = [
        schema_of(series(tmp_path / "f.csv", seed), wanders.target).columns["id"].told or 0.0
        for seed in range(12)
    ]
    assert max(told) > 0.9 > min(told)
    schema = schema_of(series(tmp_path / "r.csv", told.index(min(told))), wanders.target)
    for seed in range(12):
        assert not leaks(series(tmp_path / "f.csv", seed), schema)
