"""Windows of the reference are no drift, shifts of it are, and small windows say what they could see."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlgit.data.distributions import Distribution, Stored, distributions, read, written
from mlgit.data.drift import column_drift, drift_of
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError
from tests.calibration.tables import SOURCES, write_table
from tests.unit.data.test_honest_samples import TODAY

EDGES = tuple(value / 10 for value in range(-16, 17, 2))


def counts(values: list[float]) -> Distribution:
    inside = [0] * (len(EDGES) + 1)
    for value in values:
        inside[sum(edge < value for edge in EDGES)] += 1
    return Distribution(edges=EDGES, counts=tuple(inside))


def normal(rows: int, seed: object, shift: float = 0.0) -> Distribution:
    chance = random.Random(str(seed))
    return counts([chance.gauss(shift, 1) for _ in range(rows)])


@pytest.mark.parametrize(("rows", "windows"), [(50, 400), (1000, 40)])
def test_windows_of_the_reference_are_no_drift(rows: int, windows: int) -> None:
    base = normal(20_000, "base")
    found = [column_drift("x", base, normal(rows, seed), 0.02).state for seed in range(windows)]
    assert found.count("drift") <= 0.05 * windows


@pytest.mark.parametrize("shift", [0.2, 0.5])
def test_shifts_are_found(shift: float) -> None:
    base = normal(20_000, "base")
    for seed in range(3):
        one = column_drift("x", base, normal(10_000, seed, shift), 0.002)
        assert one.state == "drift"
        assert one.psi >= one.threshold
    assert column_drift("x", base, normal(20, 1, 3.0), 0.02).state == "not judged"


def test_a_table_beside_its_profile(tmp_path: Path) -> None:
    source = SOURCES[1]
    path = write_table(tmp_path / "r.csv", source, 2000, "reference")
    profile = profile_file(path, source.target)
    schema = infer(profile, observe(path, profile, TODAY))
    stored = distributions(path, schema, shown="r.csv")
    assert read(written(stored), "p.json") == stored
    assert all(sum(one.counts) + one.empty == 2000 for one in stored.columns.values())
    assert "id" not in stored.columns
    fresh = write_table(tmp_path / "f.csv", source, 2000, "fresh 1")
    same = drift_of(fresh, schema, stored, table="t", shown="f.csv", profile="p.json")
    assert not same.drifted, same
    lines = fresh.read_text(encoding="utf-8").splitlines()
    moved = [line.split(",") for line in lines[1:]]
    for row in moved:
        row[1] = str(float(row[1]) + 3)
    fresh.write_text("\n".join([lines[0], *map(",".join, moved)]) + "\n", encoding="utf-8")
    found = drift_of(fresh, schema, stored, table="t", shown="f.csv", profile="p.json")
    assert [one.column for one in found.columns if one.state == "drift"] == ["inside"]


def test_what_is_no_profile() -> None:
    with pytest.raises(UsageError) as caught:
        read(b"{}", "schemas/t.profile.json")
    assert caught.value.code == "profile-invalid"
    assert written(Stored(rows=1, columns={})).startswith(b'{"version": 1')
