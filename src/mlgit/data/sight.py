"""The first gate of a model: its margin and its evaluation budget by the number of test rows, and what it will be able to see."""

from __future__ import annotations

from msgspec import Struct

from mlgit.data.profile import Profile
from mlgit.stats.reach import LEAST

MAIN = {
    "binary-classification": "roc_auc",
    "multiclass-classification": "balanced_accuracy",
    "regression": "r2",
}
"""The main metric of each task: training chooses by it, the evaluation holds the baseline against it, the gate decides by it."""
CHANGE = 0.05
"""A change that a gate ought to see."""
RARE = 0.3
"""The share of positives at which a row counts as one; with fewer, the positives are what counts."""
USUAL = (0.02, 32)
"""Margin and evaluations where nothing decides anyway, and where anything does."""


class Rung(Struct, frozen=True, kw_only=True):
    """From so many units on, this margin and budget decide about a change of 0.05 in four draws of five.

    Drawn with `docs/calibration.py --part power`; docs/explanation/calibration.md has the table.
    """

    units: int
    margin: float
    steps: int


CLASSES = (
    Rung(units=1_300, margin=0.02, steps=32),
    Rung(units=800, margin=0.01, steps=8),
    Rung(units=600, margin=0.0, steps=8),
)
NUMBERS = (
    Rung(units=10_000, margin=0.02, steps=32),
    Rung(units=5_000, margin=0.01, steps=8),
    Rung(units=3_000, margin=0.0, steps=8),
)


class FirstGate(Struct, frozen=True, kw_only=True):
    """The gate that a new repository starts with: the metric may not be worse than at the base by more than `margin`.

    `steps` is the evaluation budget, `units` what the test set counts as (whole groups; rows of rare classes count more than
    others), `needed` how many units would decide about a change of 0.05.
    """

    metric: str
    margin: float
    steps: int
    units: int
    needed: int
    grouped: bool = False

    @property
    def decides(self) -> bool:
        """Whether a change of 0.05 gets PASS or FAIL in four draws of five."""
        return self.units >= self.needed


def first_gate(profile: Profile, test_rows: int) -> FirstGate:
    """Return the gate for so many test rows of a table."""
    units, rungs = units_of(profile, test_rows), NUMBERS if profile.task == "regression" else CLASSES
    margin, steps = next(((one.margin, one.steps) for one in rungs if units >= one.units), USUAL)
    return FirstGate(
        metric=MAIN[profile.task],
        margin=margin,
        steps=steps,
        units=units,
        needed=rungs[-1].units,
        grouped=profile.group_column is not None,
    )


def units_of(profile: Profile, test_rows: int) -> int:
    """Return what so many test rows count as.

    The variance of an area under the ROC curve goes with 1 / positives + 1 / negatives, that of the mean recall of k classes
    with the sum of 1 / rows of each over k squared; groups count as one each.
    """
    share = test_rows / max(1, profile.rows - profile.unlabelled)
    units = float(test_rows)
    if profile.class_rows and min(profile.class_rows) > 0:
        spread = sum(1.0 / (count * share) for count in profile.class_rows)
        usual = len(profile.class_rows) ** 2 if len(profile.class_rows) > 2 else 1 / RARE + 1 / (1 - RARE)
        units = min(units, usual / spread)
    if profile.group_column is not None:
        groups = profile.column(profile.group_column).distinct
        units = min(units, groups * test_rows / max(1, profile.rows))
    return max(1, round(units))


def sight(profile: Profile, test_rows: int) -> str:
    """Return one sentence: whether the first gate will decide about a change of 0.05, and what would let it."""
    gate = first_gate(profile, test_rows)
    what = "groups in the test" if gate.grouped else "test rows"
    counted = f"{gate.units if gate.grouped else test_rows:,} {what}"
    if (gate.units if gate.grouped else test_rows) < LEAST:
        return f"the gate: {counted} are too few for an interval, which takes {LEAST} at least"
    like = (
        "" if gate.grouped or gate.units >= test_rows else f" (they count as {gate.units:,}: a class is rare)"
    )
    if not gate.decides:
        more = max(2, round(gate.needed / gate.units))
        return (
            f"the gate: {counted}{like} leave a change of {CHANGE} in {gate.metric} UNDECIDED more often than not; "
            f"about {more} times as many would decide"
        )
    budget = f"margin {gate.margin:g}, {gate.steps} evaluations of this test set"
    return f"the gate: {counted}{like} decide about a change of {CHANGE} in {gate.metric} in four cases of five ({budget})"
