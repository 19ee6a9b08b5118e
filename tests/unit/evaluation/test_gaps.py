"""Gaps between slices: how often a gap exactly on the bound passes and fails, and what is said of small slices."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlgit.stats.decision import Verdict
from tests.unit.evaluation.predictions_of import evaluator, one_of, rule_of


def drawn(shares: dict[str, tuple[int, float]], seed: int):  # type: ignore[no-untyped-def]
    """Return the evaluator of a head that is right on a share of each slice."""
    random = np.random.default_rng([seed, 8])
    country = [name for name, (n, _) in shares.items() for _ in range(n)]
    right = [hit for n, share in shares.values() for hit in random.random(n) < share]
    labels = [row % 2 for row in range(len(country))]
    head = [label if hit else 1 - label for label, hit in zip(labels, right, strict=True)]
    return evaluator(labels, labels, head, columns={"country": country})


RULE = {"gap": "country", "max": 0.1}


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 32])
@pytest.mark.parametrize(
    ("shares", "draws"),
    [
        ({"AT": (150, 0.9), "DE": (150, 0.8)}, 150),
        ({"AT": (60, 0.98), "CH": (200, 0.93), "DE": (400, 0.88)}, 150),
        pytest.param(dict.fromkeys("abcdefg", (80, 0.9)) | {"h": (80, 0.8)}, 1000, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_gap_on_the_bound_is_seldom_decided(
    shares: dict[str, tuple[int, float]], draws: int, alpha: float
) -> None:
    found = [
        one_of(drawn(shares, seed).findings("accuracy", rule_of(**RULE), 1 - alpha)).verdict
        for seed in range(draws)
    ]
    most = 1.5 * alpha + 3 * math.sqrt(alpha * (1 - alpha) / draws)
    assert found.count(Verdict.PASS) / draws <= most
    assert found.count(Verdict.FAIL) / draws <= most


def test_small_slices_are_left_out_and_named() -> None:
    shares = {"AT": (400, 0.9), "DE": (400, 0.9), "LI": (8, 0.0)}
    rule = rule_of(**RULE, min_n=100)
    found = one_of(drawn(shares, 1).findings("accuracy", rule, 0.95))
    assert (found.verdict, found.items, found.slice) == (Verdict.PASS, 800, "gap by country")
    assert found.reason == "between AT and DE; left out with n < 100: LI"
    assert found.decided is not None
    assert 0 <= found.decided.low < found.decided.high
    alone = one_of(drawn(shares, 1).findings("accuracy", rule_of(**RULE), 0.95))
    assert alone.verdict is Verdict.FAIL
    assert "LI" in alone.reason
    few = one_of(drawn(shares, 1).findings("accuracy", rule_of(**RULE, min_n=500), 0.95))
    assert (few.verdict, few.reason) == (
        Verdict.UNDECIDED,
        "country has fewer than two values with n >= 500",
    )
    lacking = one_of(drawn(shares, 1).findings("accuracy", rule_of(gap="city", max=0.1), 0.95))
    assert "no column city" in lacking.reason


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"min": 0.1}, "give it max"),
        ({"max": 0.1, "min": 0.0}, "no other condition"),
        ({"max": -0.1}, "0 or more"),
        ({"max": 0.1, "mode": "point"}, "needs predictions"),
    ],
)
def test_a_gap_that_means_nothing_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(Exception, match=said):
        rule_of(gap="country", **keys)
