"""The first gate is chosen by the number of test rows, and what it will be able to see is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.data.profiling import profile_file
from mlgit.data.sight import first_gate, sight
from tests.unit.data.test_grouping import panel
from tests.unit.data.test_profiling import table


@pytest.mark.parametrize(
    ("rows", "said", "margin", "steps"),
    [
        (10, "10 test rows are too few for an interval, which takes 20 at least", 0.02, 32),
        (100, "100 test rows leave a change of 0.05 in roc_auc UNDECIDED more often than not; about 6 times as many would", 0.02, 32),
        (700, "700 test rows decide about a change of 0.05 in roc_auc in four cases of five (margin 0, 8 evaluations", 0.0, 8),
        (1_000, "(margin 0.01, 8 evaluations of this test set)", 0.01, 8),
        (1_500, "(margin 0.02, 32 evaluations of this test set)", 0.02, 32),
    ],
)  # fmt: skip
def test_rows_and_what_they_tell(rows: int, said: str, margin: float, steps: int, tmp_path: Path) -> None:
    profile = profile_file(table(tmp_path, {"x": [0.5 * n for n in range(200)], "y": ["a", "b"] * 100}), "y")
    assert said in sight(profile, rows)
    gate = first_gate(profile, rows)
    assert (gate.metric, gate.margin, gate.steps) == ("roc_auc", margin, steps)


def test_a_rare_class_counts_more_than_the_rows_of_the_other(tmp_path: Path) -> None:
    profile = profile_file(
        table(tmp_path, {"x": [0.5 * n for n in range(200)], "y": ["a"] * 10 + ["b"] * 190}), "y"
    )
    assert first_gate(profile, 2_000).units == 452
    assert "2,000 test rows (they count as 452: a class is rare) leave a change" in sight(profile, 2_000)


def test_groups_are_what_counts(tmp_path: Path) -> None:
    profile = profile_file(panel(tmp_path), "y")
    assert sight(profile, 50) == (
        "the gate: 10 groups in the test are too few for an interval, which takes 20 at least"
    )
