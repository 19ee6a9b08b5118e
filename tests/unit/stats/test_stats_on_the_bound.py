"""Every law on its bound, the short form: a model that is exactly at the bound gets no PASS more often than it may.

Few draws of the settings that passed wrongly most before; `docs/calibration.py` makes the long form.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgit.stats.decision import Verdict
from mlgit.stats.distributions import binomial_mass
from mlgit.stats.interval import two_sided_level
from mlgit.stats.proportions import exact_interval
from tests.calibration.harness import ALPHAS, allowed, on_the_bound, rates
from tests.calibration.settings import LAWS

if TYPE_CHECKING:
    from tests.calibration.settings import Case

DRAWS = 40
SHORT = {
    "AUC, 1 % of positives lost, 200 rows",
    "log-loss, never wrong yet, 200 rows",
    "rmse, prices, 300 rows",
    "mae, catastrophes of 1 in 667, 500 rows",
    "accuracy, groups all right or all wrong",
    "accuracy, 2 groups of 20",
    "rmse, 400 groups, 1 of 250 lost",
    "r2, 25 groups of 20",
}
CASES = [case for law in LAWS.values() for case in law()]


def named(case: Case) -> str:
    scene, asked = case
    return f"{scene.name}, {asked}"


@pytest.mark.parametrize("case", [one for one in CASES if one[0].name in SHORT], ids=named)
def test_a_model_on_the_bound_passes_no_more_often_than_it_may(case: Case) -> None:
    scene, asked = case
    for alpha, found in zip(ALPHAS, rates(scene, on_the_bound(scene, asked), DRAWS), strict=True):
        assert found.of(Verdict.PASS) <= allowed(alpha, DRAWS)
        assert found.of(Verdict.FAIL) <= allowed(alpha, DRAWS)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n", [20, 100, 500])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.97, 0.99, 0.998])
def test_a_share_on_its_bound_by_exact_sums(n: int, share: float, alpha: float) -> None:
    """No draws: the chance of every count whose lower end lies above the true share, added up."""
    ends = partial(exact_interval, n=n, level=two_sided_level(1 - alpha))
    passing = bisect_right(range(n + 1), share, key=lambda k: ends(k).low)
    assert sum(binomial_mass(k, n, share) for k in range(passing, n + 1)) <= alpha * (1 + 1e-9)
    open_ = bisect_left(range(n + 1), share, key=lambda k: ends(k).high)
    assert sum(binomial_mass(k, n, share) for k in range(open_)) <= alpha * (1 + 1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_every_law_has_eight_settings_or_more(law: str) -> None:
    assert len(LAWS[law]()) >= 8


def test_a_scene_is_on_the_bound() -> None:
    """100,000 rows: the values are those that the rule is put on, within five standard errors."""
    scene, _ = next(one for one in CASES if one[0].name == "recall, 30 positives of 1,000")
    drawn = [scene.draw(np.random.default_rng(seed)) for seed in range(100)]
    labels, head = (
        np.concatenate([getattr(one, name) for one in drawn]) for name in ("labels", "head_predictions")
    )
    assert head[labels == 1].mean() == pytest.approx(scene.head, abs=5 * (0.09 / (labels == 1).sum()) ** 0.5)
