"""What the first gate will be able to see: how large a change of a metric so many test rows can tell from luck."""

from __future__ import annotations

import math

from mlgit.data.profile import Profile
from mlgit.stats.power import items_to_decide
from mlgit.stats.reach import LEAST

DISAGREEMENT = 0.1
"""The share of test rows that exactly one of two models gets right; about what two versions of one model show."""
MARGIN = 0.02


def sight(profile: Profile, test_rows: int) -> str:
    """Return one sentence: the smallest margin at which a gate on the accuracy decides with these test rows, and what helps.

    By `items_to_decide`: two equally good models that differ on one row in ten pass with a chance of 80 %. Numbers have no
    such figure before there are predictions; below `LEAST` units no interval is drawn at all.
    """
    units = test_rows
    if profile.group_column is not None:
        column = profile.column(profile.group_column)
        units = max(1, round(column.distinct * test_rows / max(1, profile.rows)))
        if units < LEAST:
            return f"the gate: {units} groups in the test are too few for an interval, which takes {LEAST} at least"
    if units < LEAST:
        return f"the gate: {units} test rows are too few for an interval, which takes {LEAST} at least"
    if profile.task == "regression":
        return f"the gate: {units:,} test {'groups' if profile.group_column else 'rows'} decide; `mlgit compare` says how finely"
    needed = items_to_decide(DISAGREEMENT, MARGIN)
    margin = MARGIN * math.sqrt(needed / units)
    what = "groups" if profile.group_column else "rows"
    if margin <= MARGIN:
        return (
            f"the gate: {units:,} test {what} decide whether a model is worse by {MARGIN:.2f} of them or more"
        )
    return (
        f"the gate: {units:,} test {what} tell a difference of {margin:.2f} in accuracy from luck, smaller ones stay undecided; "
        f"{needed:,} would decide about {MARGIN:.2f}"
    )
