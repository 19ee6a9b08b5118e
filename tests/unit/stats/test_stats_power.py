from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mlgit.stats.budget import false_claim_chance, hoeffding_items, step_budget, steps_supported
from mlgit.stats.errors import EmptyInputError, OutOfRangeError
from mlgit.stats.interval import Interval
from mlgit.stats.multiple import holm_adjusted, holm_holds
from mlgit.stats.power import items_for_interval, items_to_decide
from mlgit.stats.proportions import newcombe_bounds

shares = st.floats(0, 1)


@pytest.mark.parametrize(("disagreement", "items"), [(0.02, 1_237), (0.05, 3_092), (0.10, 6_184)])
def test_the_number_of_items_that_would_decide(disagreement: float, items: int) -> None:
    assert items_to_decide(disagreement, 0.01) == items


@pytest.mark.parametrize("disagreement", [0.02, 0.05, 0.10])
def test_so_many_items_really_decide_with_that_power(disagreement: float) -> None:
    """Drawn: .80 at 5 and 10 %; .775 at 2 %, where 25 discordant items make Newcombe's ends a little wide."""
    n = items_to_decide(disagreement, 0.01)
    shares = [0.9 - disagreement / 2, disagreement / 2, disagreement / 2, 0.1 - disagreement / 2]
    drawn = np.random.default_rng(4).multinomial(n, shares, size=20_000)
    low, _ = newcombe_bounds(*drawn.T, level=0.9)
    assert 0.77 <= (low > -0.01).mean() <= 0.81


def test_a_stricter_question_needs_more_items() -> None:
    assert items_to_decide(0.05, 0.01, alpha=0.025) == 3_925
    assert items_to_decide(0.05, 0.005) == pytest.approx(4 * items_to_decide(0.05, 0.01), rel=0.001)
    assert items_to_decide(0.05, 0.01, power=0.9) > items_to_decide(0.05, 0.01)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_items_read_from_an_interval_agree_with_the_formula(level: float) -> None:
    n = 5_000
    low, high = newcombe_bounds(4_375, 125, 125, 375, level)
    interval = Interval(estimate=0, low=float(low), high=float(high), level=level, method="x", n=n)
    assert items_for_interval(interval, 0.01) == pytest.approx(items_to_decide(0.05, 0.01), rel=0.02)


def test_an_interval_without_width_decides_already() -> None:
    assert items_for_interval(_interval(0.0, 0.0), 0.01) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: items_to_decide(0.0, 0.01),
        lambda: items_to_decide(1.1, 0.01),
        lambda: items_to_decide(0.1, 0.0),
        lambda: items_to_decide(0.1, math.nan),
        lambda: items_to_decide(0.1, 0.01, alpha=0.5),
        lambda: items_to_decide(0.1, 0.01, power=0.2),
        lambda: items_for_interval(_interval(-0.1, 0.1), 0.0),
        lambda: step_budget(0, 0),
        lambda: step_budget(3, -1),
        lambda: step_budget(3, 1, alpha=0.9),
        lambda: false_claim_chance(0.0, 3),
        lambda: hoeffding_items(0.0, 0.05),
        lambda: hoeffding_items(0.01, 0.05, steps=0),
        lambda: holm_adjusted([0.1, 1.1]),
        lambda: holm_adjusted([0.1, math.nan]),
        lambda: holm_holds([0.1], alpha=1.0),
    ],
)
def test_refuses_numbers_out_of_range(call: object) -> None:
    with pytest.raises(OutOfRangeError):
        call()  # type: ignore[operator]


@settings(max_examples=25)
@given(st.lists(shares, min_size=1, max_size=30))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    holds, adjusted, *_ = multipletests(p_values, alpha=0.05, method="holm")
    assert holm_adjusted(p_values) == pytest.approx(adjusted.tolist(), abs=1e-12)
    near = np.abs(adjusted - 0.05) < 1e-12
    assert [a or b for a, b in zip(holm_holds(p_values), near, strict=True)] == list(holds | near)


def test_holm_needs_something_to_correct() -> None:
    with pytest.raises(EmptyInputError):
        holm_adjusted([])


def test_a_budget_counts_its_steps() -> None:
    budget = step_budget(32, 6)
    assert (budget.step, budget.spent) == (7, False)
    assert budget.step_alpha == pytest.approx(0.05 / 32)
    assert budget.step_confidence == pytest.approx(1 - 0.05 / 32)
    assert step_budget(32, 32).spent
    assert step_budget(32, 40).step == 41


def test_false_claims_in_long_histories() -> None:
    assert false_claim_chance(0.025, 32) == pytest.approx(0.555, abs=0.001)
    assert false_claim_chance(0.025, 100) == pytest.approx(0.920, abs=0.001)
    assert false_claim_chance(0.05 / 32, 32) < 0.05


@given(st.integers(100, 200_000), st.floats(0.01, 0.3), st.floats(0.005, 0.05))
def test_supported_steps_are_the_most_that_n_decides(n: int, disagreement: float, margin: float) -> None:
    steps = steps_supported(n, disagreement, margin)
    if steps:
        assert items_to_decide(disagreement, margin, alpha=0.05 / steps) <= n
    if steps < 1_000:
        assert items_to_decide(disagreement, margin, alpha=0.05 / (steps + 1)) > n


def test_hoeffding_sizes() -> None:
    # One variable, one clause, one step: the textbook bound ln(1 / alpha) / (2 tolerance^2).
    assert hoeffding_items(0.01, 0.0001, variables=1) == math.ceil(math.log(1e4) / 0.0002)
    # Renggli et al. 2019: 32 steps at 0.0001 within .05, two variables, no and full adaptivity.
    none = hoeffding_items(0.05, 0.0001, steps=32)
    full = hoeffding_items(0.05, 0.0001, steps=32, adaptivity="full")
    assert none == math.ceil(4 * (math.log(32) + math.log(2 / 0.0001)) / 0.005)
    assert full == math.ceil(4 * (32 * math.log(2) + math.log(2 / 0.0001)) / 0.005)


def _interval(low: float, high: float) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high, level=0.95, method="x", n=10)
