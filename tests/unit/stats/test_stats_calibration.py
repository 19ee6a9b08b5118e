"""Do the intervals keep what they promise? 20,000 draws in 12 settings, and proof that the question has teeth.

The harness takes any interval for the difference of two accuracies on the same items and lists its broken
promises. Ours breaks none; Wald's interval and an interval that forgets the pairing are both caught.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.distributions import normal_quantile
from mlgit.stats.interval import two_sided_level
from mlgit.stats.proportions import newcombe_bounds, wilson_bounds

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
