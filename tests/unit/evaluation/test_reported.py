"""What a run reports, decided by the rules of the base: bounds, confidence and min_n are the base's, to the digit."""

from __future__ import annotations

from typing import Any

import pytest

from mlgit.evaluation.reported import with_base_gates
from mlgit.metrics.comparison import MetricRow, ModelComparison
from mlgit.metrics.verdict import Finding, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.stats.interval import Interval, two_sided_level
from tests.unit.evaluation.predictions_of import model_of

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
NO_WORSE = {"no_worse_than": {"margin": 0.01}}


def reported(level: float, low: float = 0.0, high: float = 0.1, **facts: Any) -> ModelComparison:
    """Return a model as a run reports it, with one finding that passed."""
    honest = {
        "metric": "roc_auc",
        "condition": "no_worse_than",
        "threshold": 0.01,
        "verdict": PASS,
        "items": 500,
    }
    interval = Interval(estimate=low, low=low, high=high, level=level)
    found = Finding(**{**honest, "decided": interval, **facts})
    gate = ModelVerdict(name="churn", verdict=PASS, state="evaluated", findings=(found,))
    name = "test.roc_auc" if found.mode == "interval" else "roc_auc"
    row = MetricRow(file="m.json", name=name, state="changed", verdict="FAIL")
    return ModelComparison(name="churn", pipeline=".", state="changed", metrics=(row,), gate=gate)


def decided(told: ModelComparison, rule: dict[str, Any], **model: Any) -> Finding:
    """Return the finding on the one rule of the base."""
    made = with_base_gates(told, model_of(gates=[{"roc_auc": rule}], **model))
    assert made.gate is not None
    (found,) = made.gate.findings
    assert made.gate.verdict is found.verdict
    assert made.metrics[0].verdict == found.verdict
    return found


@pytest.mark.parametrize(("confidence", "split"), [(None, True), (None, False), (0.8, True), (0.8, False)])
def test_the_rules_own_confidence_is_what_an_interval_needs(confidence: float | None, split: bool) -> None:
    rule = {**NO_WORSE, **({"confidence": confidence} if confidence else {})}
    alpha = (1 - (confidence or 0.95)) / (32 if split else 1)
    enough = decided(reported(two_sided_level(1 - alpha)), rule, test_set={"split": split})
    assert (enough.verdict, enough.confidence) == (PASS, pytest.approx(1 - alpha))
    assert enough.failure_confidence == (confidence or 0.95)
    less = decided(reported(two_sided_level(1 - alpha * 1.01)), rule, test_set={"split": split})
    assert (less.verdict, less.reason) == (UNDECIDED, "the run's interval is less sure than the base asks")


@pytest.mark.parametrize(("min_n", "verdict"), [(500, PASS), (501, UNDECIDED)])
def test_exactly_so_many_items_are_enough(min_n: int, verdict: Verdict) -> None:
    found = decided(reported(0.999), {**NO_WORSE, "min_n": min_n})
    assert (found.verdict, "min_n" in found.reason) == (verdict, verdict is UNDECIDED)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.009, 0.1, PASS), (-0.02, 0.1, UNDECIDED), (-0.1, -0.011, FAIL), (0.1, 0.0, UNDECIDED)],
)
def test_the_interval_of_the_run_is_held_against_the_bound_of_the_base(
    low: float, high: float, verdict: Verdict
) -> None:
    found = decided(reported(0.999, low, high, threshold=0.5), NO_WORSE)
    assert (found.verdict, found.threshold) == (verdict, 0.01)
    assert found.bound == (-0.01 if low <= high else None)


def test_seeds_are_decided_at_the_confidence_of_the_rule_alone() -> None:
    rule = {"min": 0.5, "seeds": ["a.json", "b.json"]}
    told = reported(0.9, 0.6, 0.7, condition="min", threshold=0.5, mode="seeds", items=2)
    assert decided(told, rule).verdict is UNDECIDED
    below = reported(0.9, 0.3, 0.4, condition="min", threshold=0.5, mode="seeds", items=2)
    assert decided(below, rule).verdict is FAIL


def test_a_number_as_it_stands_has_no_interval() -> None:
    rule = {"no_worse_than": {"margin": 0.01}, "mode": "point"}
    facts: dict[str, Any] = {"decided": None, "mode": "point", "base": 0.9}
    assert decided(reported(0.9, head=0.895, **facts), rule).verdict is PASS
    assert decided(reported(0.9, head=0.88, **facts), rule).verdict is FAIL
    assert decided(reported(0.9, head=None, **facts), rule).verdict is UNDECIDED


def test_a_fail_of_the_run_stays() -> None:
    assert decided(reported(0.999, verdict=FAIL), NO_WORSE).verdict is FAIL
    assert decided(reported(0.5, verdict=FAIL), NO_WORSE).verdict is FAIL
