"""What the split by groups promises: its interval holds the truth about groups that nobody has seen, that of rows does not."""

from __future__ import annotations

from collections import Counter

import pytest
from threadpoolctl import threadpool_limits

from tests.calibration.panels import PANELS, Panel, drawn


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
@pytest.mark.parametrize("draws", [10, pytest.param(500, marks=pytest.mark.slow)])
def test_the_interval_of_a_split_by_groups_holds_the_truth(draws: int, panel: Panel) -> None:
    covered = Counter[str]()
    with threadpool_limits(1):
        for seed in range(draws):
            covered.update({split: one.covers for split, one in drawn(panel, seed)})
    print(f"{panel.name}: of {draws} draws the truth is in the interval of {dict(covered)}")
    assert covered["groups"] >= 0.94 * draws
    assert covered["rows"] <= 0.6 * draws
