"""What the first gate will be able to see is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.data.profiling import profile_file
from mlgit.data.sight import sight
from tests.unit.data.test_grouping import panel
from tests.unit.data.test_profiling import table


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (10, "10 test rows are too few for an interval, which takes 20 at least"),
        (100, "a difference of 0.08 in accuracy from luck, smaller ones stay undecided; 1,546 would decide about 0.02"),
        (2_000, "2,000 test rows decide whether a model is worse by 0.02"),
    ],
)  # fmt: skip
def test_rows_and_what_they_tell(rows: int, said: str, tmp_path: Path) -> None:
    profile = profile_file(table(tmp_path, {"x": [0.5 * n for n in range(200)], "y": ["a", "b"] * 100}), "y")
    assert said in sight(profile, rows)


def test_groups_are_what_counts(tmp_path: Path) -> None:
    profile = profile_file(panel(tmp_path), "y")
    assert sight(profile, 50) == (
        "the gate: 10 groups in the test are too few for an interval, which takes 20 at least"
    )
