"""Whoever keeps or drops changes by their results finds no false "better" more often than the page promises."""

from __future__ import annotations

import math

import pytest

from tests.calibration.adaptive import ADAPTIVE, DEFAULT, SUBMITTERS, Submitter, false_histories, model_of


def most(draws: int) -> float:
    return 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize("submitter", SUBMITTERS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("n", "draws"),
    [
        (500, 20),
        pytest.param(500, 100, marks=pytest.mark.slow),
        pytest.param(2000, 60, marks=pytest.mark.slow),
    ],
)
def test_no_more_false_histories_than_promised(submitter: Submitter, n: int, draws: int) -> None:
    usual, adaptive = false_histories(submitter, n, draws)
    assert adaptive <= most(draws)
    if submitter.merges or not submitter.looks:
        assert usual <= most(draws)
    else:
        # What the page says of the default: it makes no promise here, and would break it.
        assert usual > 0.25


def test_the_parts_of_alpha_add_up_to_no_more_than_it() -> None:
    looks = [2**k * ADAPTIVE.test_set.spent_alpha(0.05, k + 1) for k in range(200)]
    assert sum(looks) <= 0.05
    assert sum(looks) > 0.049
    assert sum(DEFAULT.test_set.spent_alpha(0.05, k) for k in range(32)) == pytest.approx(0.05)
    tried = model_of(adaptive=True, tries=3).test_set
    assert tried.spent_alpha(0.05, 4) == pytest.approx(ADAPTIVE.test_set.spent_alpha(0.05, 4) / 8)
