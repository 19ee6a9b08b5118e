"""Windows of the reference are no drift, shifts of it are, and small windows say what they could see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from scipy.stats import norm

from mlgit.data import question
from mlgit.data.distributions import Distribution, Stored, counted_file, distributions, read, written
from mlgit.data.drift import FAMILY, column_drift, drift_of
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError
from tests.calibration.tables import SOURCES, write_table
from tests.unit.data.test_honest_samples import TODAY

CATEGORIES = (0.6, 0.3, 0.098, 0.002)
SIZES = (50, 100, 1_000, 10_000, 100_000)


@dataclass
class Column:
    """A column of a reference, and windows of the same source: the cells are the quantiles of the reference.

    What lies in a cell follows from where its edges are in the distribution, so that no row has to be drawn.
    """

    base: Distribution
    edges: np.ndarray | None

    @classmethod
    def of_numbers(cls, chance: np.random.Generator, rows: int) -> Column:
        values = np.sort(chance.standard_normal(rows))
        edges = values[[round(rows * step / 20) - 1 for step in range(1, 20)]]
        counts = np.diff(np.searchsorted(values, edges, side="right"), prepend=0, append=rows)
        return cls(Distribution(edges=tuple(map(float, edges)), counts=tuple(map(int, counts))), edges)

    @classmethod
    def of_categories(cls, chance: np.random.Generator, rows: int) -> Column:
        counts = (*map(int, chance.multinomial(rows, CATEGORIES)), 0)
        return cls(Distribution(values=("a", "b", "c", "d"), counts=counts), None)

    def window(self, chance: np.random.Generator, rows: int, shift: float = 0.0) -> Distribution:
        shares = (
            CATEGORIES if self.edges is None else np.diff(norm.cdf(self.edges - shift), prepend=0, append=1)
        )
        counts = tuple(map(int, chance.multinomial(rows, shares)))
        return structs.replace(self.base, counts=counts if self.edges is not None else (*counts, 0))


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("reference", [2_000, 50_000])
def test_windows_of_the_reference_are_no_drift(rows: int, reference: int) -> None:
    """The promise is for a table: any of its five columns."""
    chance, alarms, windows, made = np.random.default_rng(rows + reference), 0, 500, []
    for number in range(windows):
        if number % 10 == 0:
            made = [Column.of_numbers(chance, reference) for _ in range(4)]
            made.append(Column.of_categories(chance, reference))
        states = [column_drift("x", one.base, one.window(chance, rows), FAMILY / 5).state for one in made]
        alarms += "drift" in states
    assert alarms <= 0.05 * windows


@pytest.mark.parametrize("shift", [0.2, 0.5])
def test_shifts_are_found(shift: float) -> None:
    chance, found, windows = np.random.default_rng(int(shift * 10)), 0, 200
    for _ in range(windows):
        one = Column.of_numbers(chance, 5_000)
        found += column_drift("x", one.base, one.window(chance, 10_000, shift), FAMILY / 20).state == "drift"
    assert found >= 0.95 * windows
    few = Column.of_numbers(chance, 5_000)
    assert column_drift("x", few.base, few.window(chance, 20, 3.0), FAMILY).state == "not judged"


def test_a_table_beside_its_profile(tmp_path: Path) -> None:
    source = SOURCES[1]
    path = write_table(tmp_path / "r.csv", source, 2000, "reference")
    profile = profile_file(path, source.target)
    schema = infer(profile, observe(path, profile, TODAY))
    stored = distributions(path, schema, shown="r.csv")
    assert read(written(stored), "p.json") == stored
    assert all(sum(one.counts) + one.empty == 2000 for one in stored.columns.values())
    assert "id" not in stored.columns
    alarms = 0
    for number in range(20):
        fresh = write_table(tmp_path / "f.csv", source, 2000, f"fresh {number}")
        alarms += drift_of(fresh, schema, stored, table="t", shown="f.csv", profile="p.json").drifted
    assert alarms <= 2, "2 % of honest tables alarm"
    lines = fresh.read_text(encoding="utf-8").splitlines()
    moved = [line.split(",") for line in lines[1:]]
    for row in moved:
        row[1] = str(float(row[1]) + 3)
    fresh.write_text("\n".join([lines[0], *map(",".join, moved)]) + "\n", encoding="utf-8")
    found = drift_of(fresh, schema, stored, table="t", shown="f.csv", profile="p.json")
    assert [one.column for one in found.columns if one.state == "drift"] == ["inside"]


@pytest.mark.parametrize("odd", ["", " 7", "1_000", "NA", "1e2", "x"])
def test_texts_written_otherwise_are_counted_by_the_whole_law(
    odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One value among many that is not written plainly: the counts are those of the whole law."""
    source = SOURCES[1]
    path = write_table(tmp_path / "r.csv", source, 600, "reference")
    profile = profile_file(path, source.target)
    schema = infer(profile, observe(path, profile, TODAY))
    stored = distributions(path, schema, shown="r.csv")
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    values = lines[300].split(",")
    values[1] = odd or values[1]
    path.write_text(
        "\n".join([header, *lines[:300], ",".join(values), *lines[301:]]) + "\n", encoding="utf-8"
    )
    whole = counted_file(path, schema, stored.columns, shown="r.csv")
    monkeypatch.setattr(question, "MANY_ROWS", 1)
    assert counted_file(path, schema, stored.columns, shown="r.csv") == whole


def test_what_is_no_profile() -> None:
    with pytest.raises(UsageError) as caught:
        read(b"{}", "schemas/t.profile.json")
    assert caught.value.code == "profile-invalid"
    assert written(Stored(rows=1, columns={})).startswith(b'{"version": 1')
