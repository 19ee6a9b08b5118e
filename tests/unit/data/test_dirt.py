"""Dirt that no rule was written for: tables of four sources, one real; the schema is inferred from a reference alone."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.schema import Schema
from tests.unit.data.dirt import DIRT
from tests.unit.data.dirt_sources import TARGETS, drawn
from tests.unit.data.test_faults import checked, missed, written

TODAY = date(2026, 1, 1)
SHORT = {
    "no address",
    "rounded to tens",
    "filled by the most frequent",
    "labels flipped",
    "no ids",
    "a comma in a text",
    "labels shuffled",
    "a class gone",
    "unit of wines",
}
"""Kinds that the short tests try, of the two small sources."""


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("references")


@cache
def schema_of(source: str, folder: Path) -> Schema:
    """Return what is inferred from the reference of a source."""
    path = written(drawn(source, "reference"), folder / f"{source}.csv")
    profile = profile_file(path, TARGETS[source])
    return infer(profile, observe(path, profile, TODAY))


def wrong(kinds: set[str], references: Path, folder: Path) -> list[str]:
    """Return what is wrong with what was found of these kinds."""
    found = []
    for one in DIRT:
        if one.name in kinds:
            schemas = {one.source: schema_of(one.source, references)}
            said = missed(one, drawn(one.source, "fresh"), schemas, folder)
            found += [said] if said else []
    return found


def test_some_dirt_is_caught_and_named(references: Path, tmp_path: Path) -> None:
    assert not wrong(SHORT, references, tmp_path)


@pytest.mark.slow
def test_dirt_is_caught_and_named(references: Path, tmp_path: Path) -> None:
    found = wrong({one.name for one in DIRT}, references, tmp_path)
    assert len(DIRT) >= 100
    assert len(found) <= 0.05 * len(DIRT), "\n".join(found)
    print("\n".join(found))


@pytest.mark.slow
@pytest.mark.parametrize("source", TARGETS)
def test_what_is_clean_passes(source: str, references: Path, tmp_path: Path) -> None:
    for seed in ("fresh", "1", "2", "3", "4"):
        report = checked(drawn(source, seed), schema_of(source, references), tmp_path)
        assert report.passed, [one.message for one in report.failures]
