"""Better and worse hold over a page: of twenty metrics that nothing touched hardly a page claims anything."""

from __future__ import annotations

import random
from typing import Any

import pytest
from scipy.stats import false_discovery_control

from mlgit.metrics.claims import with_claims
from mlgit.metrics.comparison import MetricRow, ModelComparison
from mlgit.stats.errors import EmptyInputError, OutOfRangeError
from mlgit.stats.interval import Interval
from mlgit.stats.multiple import yekutieli_adjusted


def row(p_value: float | None, **facts: Any) -> MetricRow:
    away = p_value is not None and p_value <= 0.05
    interval = Interval(estimate=0.1, low=0.01 if away else -0.1, high=0.3)
    usual: dict[str, Any] = {"file": "m.json", "name": "accuracy", "base": 0.5, "head": 0.6, "change": 0.1}
    return MetricRow(
        **{
            **usual,
            "state": "changed",
            "direction": "higher",
            "interval": interval,
            "p_value": p_value,
            **facts,
        }
    )


def judged(*rows: MetricRow) -> tuple[list[str], int]:
    models, claims = with_claims(
        [
            ModelComparison(name=str(place), pipeline=".", state="changed", metrics=(one,))
            for place, one in enumerate(rows)
        ]
    )
    return [one.metrics[0].effect for one in models], claims


def test_a_row_alone_is_told_by_its_interval_and_among_many_it_is_not_clear() -> None:
    assert judged(row(0.03)) == (["better"], 1)
    assert judged(row(0.03), *[row(0.5)] * 19) == (["unclear", *["noise"] * 19], 20)
    assert judged(row(1e-6), *[row(0.5)] * 19)[0][0] == "better"


def test_what_has_no_interval_no_p_value_or_no_direction_claims_nothing() -> None:
    assert judged(row(1e-6, interval=None))[0] == ["no interval"]
    assert judged(row(None, interval=Interval(estimate=0.1, low=0.05, high=0.2)))[0] == ["unclear"]
    assert judged(row(-1.0, interval=Interval(estimate=0.1, low=0.05, high=0.2)))[0] == ["unclear"]
    assert judged(row(1e-6, direction="unknown"))[0] == ["unknown"]
    assert judged(row(1e-6, name="baseline.accuracy")) == (["unknown"], 0)
    assert judged(row(1e-6, direction="lower"))[0] == ["worse"]


def test_pages_of_twenty_metrics_that_nothing_touched_claim_at_most_what_is_promised() -> None:
    chance = random.Random(4)
    pages = [judged(*(row(chance.random()) for _ in range(20)))[0] for _ in range(1000)]
    assert sum("better" in page for page in pages) <= 50


@pytest.mark.parametrize("count", [1, 2, 20, 300])
def test_the_adjusted_values_are_scipys(count: int) -> None:
    chance = random.Random(count)
    values = [chance.random() ** 3 for _ in range(count)]
    assert yekutieli_adjusted(values) == pytest.approx(tuple(false_discovery_control(values, method="by")))


def test_nothing_and_no_probability_are_refused() -> None:
    with pytest.raises(EmptyInputError):
        yekutieli_adjusted([])
    with pytest.raises(OutOfRangeError):
        yekutieli_adjusted([0.5, float("nan")])
