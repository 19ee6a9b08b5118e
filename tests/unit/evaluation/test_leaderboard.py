"""Ranks by corrected p-values: what the data cannot tell apart shares one."""

from __future__ import annotations

from itertools import combinations

import pytest

from mlgit.metrics.leaderboard import ranked
from mlgit.stats.multiple import holm_adjusted
from tests.unit.evaluation.predictions_of import evaluator


def test_only_what_is_better_beyond_doubt_is_ahead() -> None:
    values, p_values = {0: 0.8, 1: 0.9, 2: 0.7}, {(0, 1): 0.2, (0, 2): 0.01, (1, 2): 0.001}
    assert ranked(values, p_values, higher_is_better=True) == {0: (), 1: (), 2: (0, 1)}
    assert ranked(values, p_values, higher_is_better=False) == {0: (2,), 1: (2,), 2: ()}


def test_all_pairs_are_corrected_together() -> None:
    """0.04 is beyond doubt for one pair, not as the second of three."""
    two = ranked({0: 0.8, 1: 0.9}, {(0, 1): 0.04}, higher_is_better=True)
    three = ranked(
        {0: 0.8, 1: 0.9, 2: 0.85}, {(0, 1): 0.04, (0, 2): 0.04, (1, 2): 0.5}, higher_is_better=True
    )
    assert (two, three) == ({0: (1,), 1: ()}, {0: (), 1: (), 2: ()})
    assert holm_adjusted([0.04, 0.04, 0.5]) == pytest.approx((0.12, 0.12, 0.5))


def test_places_need_not_follow_each_other() -> None:
    """The entrant at place 1 did not fit and is not ranked."""
    assert ranked({0: 0.8, 2: 0.9}, {(0, 2): 0.001}, higher_is_better=True) == {0: (2,), 2: ()}


def test_one_entrant_alone_is_the_best() -> None:
    assert ranked({0: 0.8}, {}, higher_is_better=True) == {0: ()}


def test_thirty_entrants_are_told_apart() -> None:
    """435 pairs: a p-value of one over the draws would end at rank 1 for all, whatever the difference."""
    labels = [row % 2 for row in range(2_000)]
    worst, other = (
        [1 - one if row % 100 < share else one for row, one in enumerate(labels)] for share in (50, 10)
    )
    clear = evaluator(labels, worst, other).estimates("f1").p_value
    p_values = {(one, other): clear if one == 0 else 1.0 for one, other in combinations(range(30), 2)}
    ranks = ranked(
        {place: 0.5 if place == 0 else 0.9 for place in range(30)}, p_values, higher_is_better=True
    )
    assert len(ranks[0]) == 29
    assert all(ranks[place] == () for place in range(1, 30))
