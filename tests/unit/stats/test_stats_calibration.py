"""Do the intervals keep what they promise? 20,000 draws in 12 settings, and proof that the question has teeth.

The harness takes any interval for the difference of two accuracies on the same items and lists its broken
promises. Ours breaks none; Wald's interval and an interval that forgets the pairing are both caught.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgit.stats.bootstrap import compare_confusion, count_cells
from mlgit.stats.confusion import ConfusionMetric
from mlgit.stats.distributions import normal_quantile
from mlgit.stats.interval import two_sided_level
from mlgit.stats.losses import MeanEstimate
from mlgit.stats.proportions import newcombe_bounds, wilson_bounds
from mlgit.stats.ranking import compare_areas, difference_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgit.stats.arrays import Floats

    Bounds = Callable[[Floats, Floats, Floats, Floats, float], tuple[Floats, Floats]]

DRAWS = 20_000
MARGIN = 0.01
NOMINAL = 0.05
LEVEL = two_sided_level(1 - NOMINAL)


@dataclass(frozen=True)
class Setting:
    """The base is right on 90 %; `effect` is how much more often the head is right."""

    n: int
    disagreement: float
    effect: float

    def draw(self) -> tuple[Floats, Floats, Floats, Floats]:
        only_base, only_head = (self.disagreement + sign * self.effect for sign in (-1, 1))
        shares = np.array([1.8 - only_base, only_base, only_head, 0.2 - only_head]) / 2
        random = np.random.default_rng([self.n, round(1e4 * self.disagreement), round(-1e4 * self.effect)])
        both, first, second, neither = random.multinomial(self.n, shares, size=DRAWS).T.astype(np.float64)
        return both, first, second, neither


SIZES = [(200, 0.02), (200, 0.10), (1_000, 0.05), (3_092, 0.05)]
SETTINGS = [Setting(n, share, effect) for n, share in SIZES for effect in (0.0, -MARGIN, -2 * MARGIN)]


def broken_promises(bounds: Bounds) -> list[str]:
    """List where an interval covers too little, passes or fails models wrongly, or never decides."""
    return [f"{setting}: {promise}" for setting in SETTINGS for promise in _broken(setting, bounds)]


def _broken(setting: Setting, bounds: Bounds) -> list[str]:
    cells = setting.draw()
    low, high = bounds(*cells, 0.95)
    coverage = ((low <= setting.effect + 1e-12) & (setting.effect - 1e-12 <= high)).mean()
    low, high = bounds(*cells, LEVEL)
    passed, failed, better = (low > -MARGIN).mean(), (high < -MARGIN).mean(), (low > 0).mean()
    nominal = NOMINAL + 3 * np.sqrt(NOMINAL * (1 - NOMINAL) / DRAWS)
    checks = [
        ("coverage below .945", coverage < 0.945),
        ("a model worse than the margin passes", setting.effect < -MARGIN and passed > NOMINAL),
        ("a model at the margin passes", setting.effect == -MARGIN and passed > nominal),
        ("a model at the margin fails", setting.effect == -MARGIN and failed > nominal),
        ("an equal model fails", setting.effect == 0 and failed > nominal),
        ("an equal model is called better", setting.effect == 0 and better > nominal),
        ("undecided where n should decide", setting.effect == 0 and setting.n == 3_092 and passed < 0.78),
    ]
    return [promise for promise, is_broken in checks if is_broken]


def test_there_are_twelve_settings() -> None:
    assert len(SETTINGS) == len(set(SETTINGS)) == 12


def test_ours_keeps_every_promise() -> None:
    assert broken_promises(newcombe_bounds) == []


def test_walds_interval_is_caught() -> None:
    broken = broken_promises(_wald_bounds)
    assert any("coverage below .945" in promise for promise in broken)
    assert any("a model at the margin passes" in promise for promise in broken)


def test_dropping_the_pairing_is_caught() -> None:
    assert any("undecided where n should decide" in promise for promise in broken_promises(_unpaired_bounds))


def test_turning_the_difference_is_caught() -> None:
    def turned(a: Floats, b: Floats, c: Floats, d: Floats, level: float) -> tuple[Floats, Floats]:
        return newcombe_bounds(a, c, b, d, level)

    assert any("a model worse than the margin passes" in promise for promise in broken_promises(turned))


def test_beyond_the_twelve_the_worst_error_is_known() -> None:
    """A model at the margin: 5.5 % pass at n = 1,000 and 2 % disagreement, the worst of this wider grid."""
    rates = {}
    for n in (100, 200, 500, 1_000, 2_000):
        for disagreement in (0.02, 0.05, 0.10):
            low, _ = newcombe_bounds(*Setting(n, disagreement, -MARGIN).draw(), LEVEL)
            rates[n, disagreement] = (low > -MARGIN).mean()
    assert max(rates.values()) < 0.06
    assert np.median(list(rates.values())) < NOMINAL


def test_delongs_interval_covers() -> None:
    """3,000 draws of 60 positives among 200: at least .945 less three standard errors."""
    random, covered, draws = np.random.default_rng(6), 0, 3_000
    labels = np.arange(200) < 60
    truth = _area(1.0) - _area(1.2)
    for _ in range(draws):
        shared = random.normal(size=200)
        base = 0.8 * shared + 0.6 * random.normal(size=200) + 1.2 * labels
        head = 0.8 * shared + 0.6 * random.normal(size=200) + 1.0 * labels
        interval = difference_interval(compare_areas(labels, base, head))
        covered += interval.low <= truth <= interval.high
    assert covered / draws >= 0.945 - 3 * np.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize(("n", "disagreement"), [(100, 0.05), (200, 0.02), (500, 0.05)])
def test_the_f1_interval_covers_with_unseen_items(n: int, disagreement: float) -> None:
    """1,000 draws of a head that flips answers of the base: at least .945 less three standard errors."""
    random, covered, draws = np.random.default_rng(n), 0, 1_000
    right = 0.9 - 0.8 * disagreement
    difference = _f1(right) - _f1(0.9)
    for seed in range(draws):
        truth = (random.random(n) < 0.3).astype(int)
        base = np.where(random.random(n) < 0.9, truth, 1 - truth)
        head = np.where(random.random(n) < disagreement, 1 - base, base)
        cells = count_cells(truth, base, head, 2)
        compared = compare_confusion(ConfusionMetric(name="f1"), cells, resamples=400, seed=seed, unseen=1.0)
        interval = compared.difference.interval()
        covered += interval.low <= difference <= interval.high
    assert covered / draws >= 0.945 - 3 * np.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize("n", [8, 40, 120])
def test_mean_differences_cover(n: int) -> None:
    """1,500 draws of differences of squared errors, whose law has long tails: .945 less three standard errors."""
    random, covered, draws = np.random.default_rng(n), 0, 1_500
    for seed in range(draws):
        first, second = random.normal(size=(2, n))
        interval = MeanEstimate(values=second**2 - first**2, seed=seed, resamples=1_000).interval()
        covered += interval.low <= 0 <= interval.high
    assert covered / draws >= 0.945 - 3 * np.sqrt(0.05 * 0.95 / draws)


def _wald_bounds(a: Floats, b: Floats, c: Floats, d: Floats, level: float) -> tuple[Floats, Floats]:
    n = a + b + c + d
    difference = (c - b) / n
    reach = normal_quantile(0.5 + level / 2) * np.sqrt(((b + c) / n - difference**2) / n)
    return difference - reach, difference + reach


def _unpaired_bounds(a: Floats, b: Floats, c: Floats, d: Floats, level: float) -> tuple[Floats, Floats]:
    n = a + b + c + d
    base, head = (a + b) / n, (a + c) / n
    base_low, base_high = wilson_bounds(a + b, n, level)
    head_low, head_high = wilson_bounds(a + c, n, level)
    difference = head - base
    down, up = np.hypot(head - head_low, base_high - base), np.hypot(head_high - head, base - base_low)
    return difference - down, difference + up


def _f1(right: float) -> float:
    return 2 * 0.3 * right / (0.3 + 0.3 * right + 0.7 * (1 - right))


def _area(shift: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(shift / np.sqrt(2)))
