from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mlgit.stats.distributions import normal_quantile
from mlgit.stats.errors import EmptyInputError, OutOfRangeError
from mlgit.stats.interval import Interval
from mlgit.stats.multiple import holm_adjusted
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

    def interval(at: float) -> Interval:
        low, high = newcombe_bounds(4_375, 125, 125, 375, at)
        return Interval(estimate=0, low=float(low), high=float(high), level=at, method="x", items=n)

    found = items_for_interval(interval(level), interval(0.5), 0.01)
    assert found == pytest.approx(items_to_decide(0.05, 0.01), rel=0.03)


@pytest.mark.parametrize("unseen", [0.0, 0.004, 0.05])
def test_what_was_never_seen_shrinks_with_the_items_and_the_error_with_their_root(unseen: float) -> None:
    """Each end lies `unseen` and so many standard errors away; at the n that is told the margin is just reached."""
    n, error, margin = 1_000, 0.01, 0.02

    def interval(at: float) -> Interval:
        far = unseen + error * normal_quantile(0.5 + at / 2)
        return Interval(estimate=0.1, low=0.1 - far, high=0.1 + far, level=at, method="x", items=n)

    found = items_for_interval(interval(0.99), interval(0.5), margin)
    assert found is not None
    more = found / n
    assert unseen / more + (1.645 + 0.8416) * error / math.sqrt(more) == pytest.approx(margin, rel=0.002)


def test_an_interval_without_width_decides_already() -> None:
    assert items_for_interval(_interval(0.0, 0.0), _interval(0.0, 0.0), 0.01) is None
    untold = Interval(estimate=0.0, low=-0.1, high=0.1)
    assert items_for_interval(untold, untold, 0.01) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: items_to_decide(0.0, 0.01),
        lambda: items_to_decide(1.1, 0.01),
        lambda: items_to_decide(0.1, 0.0),
        lambda: items_to_decide(0.1, math.nan),
        lambda: items_to_decide(0.1, 0.01, alpha=0.5),
        lambda: items_to_decide(0.1, 0.01, power=0.2),
        lambda: items_for_interval(_interval(-0.1, 0.1), _interval(-0.01, 0.01), 0.0),
        lambda: holm_adjusted([0.1, 1.1]),
        lambda: holm_adjusted([0.1, math.nan]),
    ],
)
def test_refuses_numbers_out_of_range(call: object) -> None:
    with pytest.raises(OutOfRangeError):
        call()  # type: ignore[operator]


@settings(max_examples=25)
@given(st.lists(shares, min_size=1, max_size=30))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    _, adjusted, *_ = multipletests(p_values, alpha=0.05, method="holm")
    assert holm_adjusted(p_values) == pytest.approx(adjusted.tolist(), abs=1e-12)


def test_holm_needs_something_to_correct() -> None:
    with pytest.raises(EmptyInputError):
        holm_adjusted([])


def _interval(low: float, high: float) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high, level=0.95, method="x", items=10)
