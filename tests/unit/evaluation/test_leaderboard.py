"""Ranks by corrected p-values: what the data cannot tell apart shares one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mlgit.metrics.leaderboard import ranked
from mlgit.stats.estimates import share_estimates
from mlgit.stats.multiple import holm_adjusted
from mlgit.stats.proportions import count_pairs
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


def test_forty_entrants_in_four_tiers_rank_by_tier() -> None:
    """780 pairs of real predictions, corrected together: within a tier nothing is told apart, between two all is."""
    random = np.random.default_rng(1)
    rights = np.repeat([0.7, 0.8, 0.9, 0.97], 10)
    right = [random.random(3_000) < one for one in rights]
    p_values = {
        (one, other): share_estimates(count_pairs(right[one], right[other]), 1).p_value
        for one, other in combinations(range(40), 2)
    }
    values = {place: float(one.mean()) for place, one in enumerate(right)}
    ranks = ranked(values, p_values, higher_is_better=True)
    assert [len(ranks[place]) + 1 for place in range(40)] == np.repeat([31, 21, 11, 1], 10).tolist()


@pytest.mark.parametrize(
    "metric",
    ["accuracy", "f1", "mcc", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier"],
)
def test_every_law_tells_a_clear_difference_over_a_thousand_pairs(metric: str) -> None:
    """Fifty entrants are 1,225 pairs: a p-value that ends at one over the draws would leave all at rank 1."""
    random = np.random.default_rng(2)
    labels = random.integers(0, 2, 2_000)
    sides = [np.where(random.random(2_000) < right, labels, 1 - labels) for right in (0.7, 0.95)]
    scores = [np.where(side == 1, 0.8, 0.2) + random.uniform(-0.1, 0.1, 2_000) for side in sides]
    found = evaluator(
        labels.tolist(),
        *(side.tolist() for side in sides),
        scores=(scores[0].tolist(), scores[1].tolist()),
        positive="1",
    )
    assert found.estimates(metric).p_value < 0.05 / 1_225
