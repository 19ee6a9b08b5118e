"""How often a test set may be asked before it is spent.

Each comparison that can be accepted is a step. Asked again and again at 5 %, a test set sooner or later says
"better" of a model that is not; so the error is split over the steps that are planned, and a set whose steps are
used up must be replaced.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import msgspec

from mlgit.stats.errors import OutOfRangeError
from mlgit.stats.power import items_to_decide

Adaptivity: TypeAlias = Literal["none", "full"]


class StepBudget(msgspec.Struct, frozen=True, kw_only=True):
    """A test set's steps: how many were planned, how many are used, and the error each one may make."""

    planned: int
    used: int
    alpha: float

    @property
    def step(self) -> int:
        """The number of the comparison now due, from 1; above `planned` when the set is spent."""
        return self.used + 1

    @property
    def spent(self) -> bool:
        """Whether every planned step is used, so that a fresh test set is due."""
        return self.used >= self.planned

    @property
    def step_alpha(self) -> float:
        """The one-sided error that a single step may make so that all together make at most `alpha`."""
        return self.alpha / self.planned

    @property
    def step_confidence(self) -> float:
        """The one-sided confidence of a single step, 1 - `step_alpha`."""
        return 1.0 - self.step_alpha


def step_budget(planned: int, used: int, alpha: float = 0.05) -> StepBudget:
    """Return the state of a test set: `planned` >= 1 steps, `used` >= 0 of them, `alpha` in (0, 0.5) over all.

    The split is Bonferroni's and needs no independence of the steps. Raises `OutOfRangeError`.
    """
    if planned < 1 or used < 0:
        raise OutOfRangeError(f"a budget of {planned} steps with {used} used does not exist")
    _check_alpha(alpha)
    return StepBudget(planned=planned, used=used, alpha=alpha)


def false_claim_chance(alpha: float, steps: int) -> float:
    """Return the chance of at least one false claim in `steps` independent steps at `alpha` each, in [0, 1]."""
    _check_alpha(alpha)
    return -math.expm1(steps * math.log1p(-alpha))


def steps_supported(
    n: int, disagreement: float, margin: float, *, alpha: float = 0.05, power: float = 0.8, most: int = 1_000
) -> int:
    """Return how many steps `n` items carry: the largest H <= `most` that n still decides at alpha / H.

    0 when not even one step is decided. Arguments as for `power.items_to_decide`.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        needed = items_to_decide(disagreement, margin, alpha=alpha / middle, power=power)
        low, high = (middle, high) if needed <= n else (low, middle - 1)
    return low


def hoeffding_items(
    tolerance: float,
    alpha: float,
    *,
    steps: int = 1,
    variables: int = 2,
    largest: float = 1.0,
    clauses: int = 1,
    adaptivity: Adaptivity = "none",
) -> int:
    """Return the n that holds a condition within `tolerance` with error `alpha` over all `steps`, for any law.

    n = variables^2 * largest^2 * (M + ln(variables * clauses / alpha)) / (2 tolerance^2), where M is ln(steps)
    when no answer influences the next model and steps * ln 2 when each may (`adaptivity`); `variables` are
    the metrics a clause adds up, each in [0, 1], and `largest` their largest coefficient. One-sided Hoeffding:
    C. Renggli et al., Continuous Integration of Machine Learning Models with ease.ml/ci, SysML 2019.
    """
    _check_alpha(alpha)
    if tolerance <= 0.0 or largest <= 0.0 or min(steps, variables, clauses) < 1:
        raise OutOfRangeError(
            "tolerance and coefficient must be positive, steps, variables and clauses 1 or more"
        )
    histories = steps * math.log(2.0) if adaptivity == "full" else math.log(steps)
    spread = (variables * largest) ** 2
    return math.ceil(spread * (histories + math.log(variables * clauses / alpha)) / (2.0 * tolerance**2))


def _check_alpha(alpha: float) -> None:
    if not 0.0 < alpha < 0.5:
        raise OutOfRangeError(f"alpha lies between 0 and 0.5, not at {alpha}")
