"""The number of items that would decide: with the power it has, where it lies, and by how many evaluations there are."""

from __future__ import annotations

import numpy as np
import pytest

from mlgit.evaluation.enough import SURE
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import Verdict
from mlgit.stats.power import items_to_decide
from mlgit.stats.proportions import exact_interval
from mlgit.views.gate_wording import explained
from tests.unit.evaluation.predictions_of import evaluator, rule_of
from tests.unit.evaluation.test_calibration import CORRECTED, drawn, rates


def binary(n: int, share: float, seed: int = 1) -> tuple[list[int], list[int], list[int]]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n)
    base, head = (np.where(random.random(n) < share, labels, 1 - labels) for _ in range(2))
    return labels.tolist(), base.tolist(), head.tolist()


def asked(sides: tuple[list[int], list[int], list[int]], metric: str, confidence: float, **keys: object) -> Finding:  # fmt: skip
    (found,) = evaluator(*sides).findings(metric, rule_of(**keys), confidence)
    return found


def test_more_evaluations_need_more_items() -> None:
    """By hand: (z_alpha + z_0.2)^2 * d / 0.01^2 at 5 % and at a 32nd of it."""
    sides = binary(400, 0.9)
    alone, corrected = (asked(sides, "accuracy", 1 - alpha, no_worse_than={"margin": 0.01}) for alpha in (0.05, 0.05 / 32))  # fmt: skip
    assert alone.needed
    assert corrected.needed
    assert corrected.needed / alone.needed == pytest.approx((2.9552 + 0.8416) ** 2 / 2.4866**2, rel=1e-3)


def test_so_many_items_decide_in_four_draws_of_five_at_one_of_32_evaluations() -> None:
    n = items_to_decide(0.05, 0.01, alpha=0.05 / 32)
    assert rates(CORRECTED, drawn(n, 0.05, 0.0, 1_000))[Verdict.PASS] > 0.8 - 3 * 0.0127


def test_the_range_is_that_of_what_the_number_hangs_on() -> None:
    sides = binary(400, 0.9)
    found = asked(sides, "accuracy", 0.95, no_worse_than={"margin": 0.01})
    labels, base, head = (np.array(one) for one in sides)
    share = exact_interval(int(((base == labels) != (head == labels)).sum()), 400, SURE)
    assert found.needed_range == tuple(items_to_decide(one, 0.01) for one in (share.low, share.high))
    assert found.needed_range[0] < (found.needed or 0) < (found.needed_range[1] or 0)


def test_a_value_near_its_bound_may_need_items_without_end() -> None:
    found = asked(binary(400, 0.9), "accuracy", 0.95, min=0.88)
    assert found.verdict is Verdict.UNDECIDED
    assert found.needed_range is not None
    assert found.needed_range[0] < (found.needed or 0)
    assert found.needed_range[1] is None
    far = asked(binary(60, 0.9), "accuracy", 1 - 0.05 / 32, min=0.82)
    assert far.needed_range is not None
    assert far.needed_range[0] < (far.needed or 0) < (far.needed_range[1] or 0)


def test_the_range_holds_the_number_of_the_truth_in_four_draws_of_five() -> None:
    truth = items_to_decide(2 * 0.9 * 0.1, 0.01)
    ranges = [asked(binary(200, 0.9, seed), "accuracy", 0.95, no_worse_than={"margin": 0.01}).needed_range for seed in range(60)]  # fmt: skip
    held = [one is not None and one[0] <= truth <= (one[1] or np.inf) for one in ranges]
    assert np.mean(held) >= 0.8 - 3 * (0.16 / 60) ** 0.5


def test_it_is_explained_in_items_and_groups() -> None:
    labels, base, head = binary(400, 0.9)
    groups = [row // 10 for row in range(400)]
    (found,) = evaluator(labels, base, head, groups=groups).findings("accuracy", rule_of(no_worse_than={"margin": 0.01}), 0.95)  # fmt: skip
    assert found.groups == 40
    said = "\n".join(explained(found))
    assert "on 400 item(s) in 40 groups: " in said
    assert f"n >= {found.needed:,} would decide" in said
    assert f"four draws of five, about {-(-(found.needed or 0) // 10):,} groups of this size" in said
    alone = asked((labels, base, head), "accuracy", 0.95, no_worse_than={"margin": 0.01})
    low, high = alone.needed_range or (0, 0)
    assert alone.groups is None
    assert f"it lies between {low:,} and {high:,}" in "\n".join(explained(alone))
