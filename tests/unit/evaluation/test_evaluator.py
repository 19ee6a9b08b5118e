"""The evaluator by itself: which interval decides which condition, and what is UNDECIDED for which reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlgit.evaluation.evaluator import Evaluator
from mlgit.stats.decision import Verdict
from mlgit.stats.errors import UnknownLabelError
from tests.unit.evaluation.predictions_of import evaluator, model_of, one_of, rule_of

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED


def of_cells(both: int, only_base: int, only_head: int, neither: int, **more: Any) -> Evaluator:
    """Return the evaluator of predictions that are right as often, the labels 1 and 0 in turn."""
    counts = [both, only_base, only_head, neither]
    labels = [row % 2 for row in range(sum(counts))]
    right = np.repeat([[True, True], [True, False], [False, True], [False, False]], counts, axis=0)
    base, head = (
        [one if hit else 1 - one for one, hit in zip(labels, side, strict=True)] for side in right.T
    )
    return evaluator(labels, base, head, **more)


NO_WORSE = {"no_worse_than": {"margin": 0.02}}


@pytest.mark.parametrize(
    ("cells", "keys", "verdict"),
    [
        ((900, 5, 60, 35), NO_WORSE, PASS),
        ((900, 60, 5, 35), NO_WORSE, FAIL),
        ((900, 40, 25, 35), NO_WORSE, UNDECIDED),
        ((900, 5, 60, 35), {"better_than": {"margin": 0.01}}, PASS),
        ((900, 22, 22, 56), {"better_than": {}}, UNDECIDED),
        ((900, 60, 5, 35), {"better_than": {}}, FAIL),
        ((900, 5, 60, 35), {"min": 0.9}, PASS),
        ((900, 5, 60, 35), {"min": 0.99}, FAIL),
        ((900, 5, 60, 35), {"min": 0.96}, UNDECIDED),
        ((900, 5, 60, 35), {"max": 0.9}, FAIL),
        ((900, 5, 60, 35), {"max": 0.99}, PASS),
    ],
)
def test_a_condition_is_decided_by_one_end_of_its_interval(
    cells: tuple[int, int, int, int], keys: dict[str, Any], verdict: Verdict
) -> None:
    found = one_of(of_cells(*cells).findings("accuracy", rule_of(**keys), 0.95))
    assert (found.verdict, found.items) == (verdict, 1_000)
    both, only_base, only_head, _ = cells
    assert found.base == pytest.approx((both + only_base) / 1_000)
    assert found.head == pytest.approx((both + only_head) / 1_000)
    assert found.change == pytest.approx((only_head - only_base) / 1_000)
    assert found.changed == only_base + only_head
    assert found.decided is not None
    assert found.shown is not None
    assert (found.decided.level, found.shown.level) == (pytest.approx(0.9), 0.95)
    middle = found.change if "margin" in str(keys) or "better_than" in keys else found.head
    assert found.decided.estimate == found.shown.estimate == pytest.approx(middle)


@pytest.mark.parametrize(
    ("cells", "verdict"), [((900, 5, 60, 35), PASS), ((900, 60, 5, 35), FAIL), ((900, 40, 25, 35), UNDECIDED)]
)
def test_a_loss_is_better_low(cells: tuple[int, int, int, int], verdict: Verdict) -> None:
    found = one_of(of_cells(*cells).findings("error_rate", rule_of(**NO_WORSE), 0.95))
    assert (found.verdict, found.bound) == (verdict, 0.02)


def test_the_confidence_asked_for_decides() -> None:
    """The lower end of +0.01 is -0.002 at one-sided 95 % and -0.011 at 99.8 %: a margin of 0.004 lies between."""
    cells, rule = of_cells(900, 22, 32, 46), rule_of(no_worse_than={"margin": 0.004})
    lenient, strict = (one_of(cells.findings("accuracy", rule, one)) for one in (0.95, 0.998))
    assert (lenient.verdict, strict.verdict) == (PASS, UNDECIDED)
    assert (lenient.confidence, strict.confidence) == (0.95, 0.998)
    assert lenient.shown == strict.shown


def test_a_fail_has_a_confidence_of_its_own() -> None:
    """The upper end of -0.02 is -0.007 at one-sided 95 % and +0.002 at 99.8 %: a margin of 0.004 lies between."""
    cells, rule = of_cells(900, 40, 20, 40), rule_of(no_worse_than={"margin": 0.004})
    own, same = (one_of(cells.findings("accuracy", rule, 0.998, failure)) for failure in (0.95, None))
    assert (own.verdict, same.verdict) == (FAIL, UNDECIDED)


def test_a_rule_decides_at_its_own_confidence_corrected_for_all_evaluations() -> None:
    own = model_of(gates=[{"accuracy": {**NO_WORSE, "confidence": 0.8}}], test_set={"steps": 10})
    ((_, rule),) = own.rules
    assert own.evaluation_confidence(rule) == pytest.approx(1 - 0.2 / 10)
    assert own.evaluation_confidence() == pytest.approx(1 - 0.05 / 10)
    alone = model_of(
        gates=[{"accuracy": {**NO_WORSE, "confidence": 0.8}}], confidence=0.9, test_set={"split": False}
    )
    ((_, rule),) = alone.rules
    assert (alone.evaluation_confidence(rule), alone.evaluation_confidence()) == (0.8, 0.9)


def test_metrics_files_do_not_wear_out() -> None:
    model = model_of(
        gates=[
            {
                "ms": {"max": 5, "mode": "point"},
                "f1": {"min": 0.5, "seeds": ["a.json", "b.json"], "confidence": 0.9},
            }
        ]
    )
    (_, point), (_, seeds) = model.rules
    assert (model.evaluation_confidence(point), model.evaluation_confidence(seeds)) == (0.95, 0.9)


@pytest.mark.parametrize(("min_n", "verdict"), [(999, PASS), (1_000, PASS), (1_001, UNDECIDED)])
def test_exactly_so_many_items_are_enough(min_n: int, verdict: Verdict) -> None:
    rule = rule_of(**NO_WORSE, min_n=min_n)
    found = one_of(of_cells(900, 5, 60, 35).findings("accuracy", rule, 0.95))
    assert (found.verdict, found.items) == (verdict, 1_000)
    assert ("min_n" in found.reason) == (verdict is UNDECIDED)
    assert (found.decided is None) == (verdict is UNDECIDED)


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        (0.4, 1.5, FAIL),
        (0.4, -0.5, FAIL),
        (1.5, 0.4, UNDECIDED),
        (-0.5, 0.4, UNDECIDED),
        (1.5, 1.5, UNDECIDED),
    ],
)
def test_scores_out_of_range_are_an_error_of_the_head_unless_the_base_has_them(
    base: float, head: float, verdict: Verdict
) -> None:
    labels = [row % 2 for row in range(200)]
    scores = [[0.2 + 0.6 * one for one in labels] for _ in range(2)]
    scores[0][0], scores[1][0] = base, head
    found = one_of(
        evaluator(labels, labels, labels, scores=(scores[0], scores[1])).findings(
            "log_loss", rule_of(no_worse_than={"margin": 0.1}), 0.95
        )
    )
    assert (found.verdict, "outside 0 to 1" in found.reason) == (verdict, True)


def test_scores_at_the_ends_of_the_range_are_in_it() -> None:
    labels = [row % 2 for row in range(200)]
    scores = [float(one) for one in labels]
    found = one_of(
        evaluator(labels, labels, labels, scores=(scores, scores)).findings("brier", rule_of(max=0.1), 0.95)
    )
    assert found.verdict is PASS


def test_a_slice_is_decided_by_its_own_items() -> None:
    rows = [("AT", 1)] * 400 + [("DE", 0)] * 600
    labels, countries = [row % 2 for row in range(1_000)], [country for country, _ in rows]
    head = [one if right else 1 - one for one, (_, right) in zip(labels, rows, strict=True)]
    sliced = evaluator(labels, labels, head, columns={"country": countries})
    here = one_of(sliced.findings("accuracy", rule_of(min=0.9, where={"country": "AT"}), 0.95))
    there = one_of(sliced.findings("accuracy", rule_of(min=0.9, where={"country": "DE"}), 0.95))
    nowhere = one_of(sliced.findings("accuracy", rule_of(min=0.9, where={"country": "FR"}), 0.95))
    unknown = one_of(sliced.findings("accuracy", rule_of(min=0.9, where={"age": "old"}), 0.95))
    assert [(one.verdict, one.items, one.slice) for one in (here, there)] == [
        (PASS, 400, "country=AT"),
        (FAIL, 600, "country=DE"),
    ]
    assert (nowhere.verdict, nowhere.items, nowhere.reason) == (UNDECIDED, 0, "no test item is in this slice")
    assert (unknown.verdict, unknown.hint) == (UNDECIDED, "let the pipeline write age into the predictions")


def test_several_conditions_are_several_findings() -> None:
    rule = rule_of(min=0.9, max=0.99, better_than={"margin": 0.0}, **NO_WORSE)
    found = of_cells(900, 5, 60, 35).findings("accuracy", rule, 0.95)
    assert [(one.condition, one.threshold, one.verdict) for one in found] == [
        ("min", 0.9, PASS),
        ("max", 0.99, PASS),
        ("no_worse_than", 0.02, PASS),
        ("better_than", 0.0, PASS),
    ]


def test_nothing_changed_is_no_worse_and_not_better() -> None:
    same = of_cells(900, 0, 0, 100)
    no_worse, better = (
        one_of(same.findings("accuracy", rule_of(**keys), 0.95))
        for keys in (NO_WORSE, {"better_than": {"margin": 0.1}})
    )
    assert (no_worse.verdict, no_worse.reason) == (PASS, "no prediction changed")
    assert (better.verdict, better.reason) == (FAIL, "no prediction changed")


def test_the_number_of_items_that_would_decide() -> None:
    open_ = one_of(
        of_cells(900, 22, 22, 56).findings("accuracy", rule_of(no_worse_than={"margin": 0.01}), 0.95)
    )
    # (1.645 + 0.8416)^2 * 0.044 / 0.01^2, by hand.
    assert (open_.verdict, open_.needed) == (UNDECIDED, 2_721)
    decided = one_of(of_cells(900, 5, 60, 35).findings("accuracy", rule_of(**NO_WORSE), 0.95))
    assert decided.needed is None


def test_two_classes_whose_names_tell_nothing_need_a_positive_one() -> None:
    labels = ["ham", "spam"] * 100
    silent = one_of(evaluator(labels, labels, labels).findings("recall", rule_of(min=0.5), 0.95))
    assert (silent.verdict, silent.hint) == (UNDECIDED, "set positive: in mlgit.yaml")
    named = evaluator(labels, labels, labels, positive="ham").findings("recall", rule_of(min=0.5), 0.95)
    assert one_of(named).verdict is PASS
    macro = evaluator(labels, labels, labels).findings("recall_macro", rule_of(min=0.5), 0.95)
    assert one_of(macro).verdict is PASS


def test_a_metric_without_an_estimator_is_unknown() -> None:
    with pytest.raises(UnknownLabelError, match="'accurracy' is no metric"):
        of_cells(9, 1, 1, 1).estimates("accurracy")


def test_what_is_asked_twice_is_computed_once() -> None:
    twice = of_cells(900, 5, 60, 35)
    assert twice.estimates("f1") is twice.estimates("f1")
    assert twice.estimates("f1") is not twice.estimates("f1", confidence=0.9999)
