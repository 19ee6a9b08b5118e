"""Many days of continuous training: every trigger answered once, no loop, within the budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.jobs.retraining.simulation import Simulation


def simulated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, days: int, models: int, seed: int
) -> Simulation:
    made = Simulation(folder, models=models, seed=seed, monkeypatch=monkeypatch)
    for number in range(days):
        made.day(number)
    made.check()
    return made


def test_forty_days_with_ten_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulated(tmp_path, monkeypatch, days=40, models=10, seed=1)
    assert sum(made.trained.values()) > 5
    assert made.reported("old") > 0
    assert made.reported("long") > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_five_hundred_days_with_fifty_models(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = simulated(tmp_path, monkeypatch, days=500, models=50, seed=seed)
    assert sum(made.trained.values()) > 500
    assert made.reported("old") > 50
    assert made.reported("long") > 20
    assert made.reported("failed") > 50
    assert made.settled() > 20
