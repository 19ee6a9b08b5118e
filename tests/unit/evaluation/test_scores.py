"""Scores of the user's own through the check and the evaluator: what decides, what is refused with its rows, what is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from mlgit.evaluation.predictions import Checked, check
from mlgit.metrics.verdict import Finding
from mlgit.predictions.stored import Stored
from mlgit.stats.decision import Verdict
from tests.unit.evaluation.predictions_of import model_of

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
Columns = Mapping[str, Sequence[object]]
N = 400
RANDOM = np.random.default_rng(3)
VALUES = np.round(RANDOM.normal(4.0, 0.5, N), 3)
WORDS = RANDOM.integers(3, 30, N)
ERRORS = RANDOM.binomial(WORDS, 0.1)


def stored(columns: Columns, version: str) -> Stored:
    """Return columns as a CSV; ids are made where none are given."""
    n = len(next(iter(columns.values())))
    table = {"id": [f"q{row}" for row in range(n)], **columns}
    lines = [",".join(table), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    return Stored(
        path="predictions.csv", state="read", content=("\n".join(lines) + "\n").encode(), version=version
    )


def checked(scores: Mapping[str, Any], base: Columns, head: Columns, **more: Any) -> Checked:
    """Return the check of two tables for a model with scores."""
    return check(model_of(scores=scores, **more), stored(base, "1"), stored(head, "2"))


def found(
    score: Mapping[str, Any], base: Columns, head: Columns, rule: Mapping[str, Any], **more: Any
) -> Finding:
    """Return the verdict on one rule about one score."""
    model = model_of(scores={"own": score}, gates=[{"own": rule}], **more)
    evaluator = check(model, stored(base, "1"), stored(head, "2")).evaluator
    assert evaluator is not None
    ((metric, asked),) = model.rules
    (finding,) = evaluator.findings(metric, asked, 0.95)
    return finding


MEAN = {"mean": "rubric", "direction": "higher"}
WER = {"ratio": ["errors", "words"], "direction": "lower", "fixed": ["words"]}
P90 = {"quantile": ["ms", 0.9], "direction": "lower"}
COST = {"cost": {"1": {"0": 50}, "0": {"1": 1}}}
NO_WORSE = {"no_worse_than": {"margin": 0.05}}


@pytest.mark.parametrize(
    ("score", "base", "head", "rule", "verdict", "value"),
    [
        (MEAN, {"rubric": VALUES}, {"rubric": VALUES + 0.3}, {"better_than": {}}, PASS, VALUES.mean() + 0.3),
        (MEAN, {"rubric": VALUES}, {"rubric": VALUES - 0.3}, NO_WORSE, FAIL, VALUES.mean() - 0.3),
        (MEAN, {"rubric": VALUES}, {"rubric": VALUES - 0.3}, {"min": 3.0}, PASS, VALUES.mean() - 0.3),
        (
            WER,
            {"errors": ERRORS, "words": WORDS},
            {"errors": ERRORS * 2, "words": WORDS},
            NO_WORSE,
            FAIL,
            2 * ERRORS.sum() / WORDS.sum(),
        ),
        (WER, {"errors": ERRORS, "words": WORDS}, {"errors": ERRORS // 2, "words": WORDS}, NO_WORSE, PASS,
         (ERRORS // 2).sum() / WORDS.sum()),
        (P90, {"ms": VALUES}, {"ms": VALUES + 2.0}, NO_WORSE, FAIL, np.quantile(VALUES, 0.9) + 2.0),
        (P90, {"ms": VALUES}, {"ms": VALUES}, {"max": 6.0}, PASS, np.quantile(VALUES, 0.9)),
        (COST, {"label": [1, 0] * 200, "prediction": [1, 0] * 150 + [0, 1] * 50},
         {"label": [1, 0] * 200, "prediction": [1, 0] * 199 + [0, 0]}, {"better_than": {}}, PASS, 0.125),
    ],
)  # fmt: skip
def test_a_score_is_decided_by_its_interval(
    score: Mapping[str, Any],
    base: Columns,
    head: Columns,
    rule: Mapping[str, Any],
    verdict: Verdict,
    value: float,
) -> None:
    finding = found(score, base, head, rule)
    assert (finding.verdict, finding.items) == (verdict, N)
    assert finding.head == pytest.approx(value)
    assert finding.decided is not None
    assert finding.decided.width > 0


def test_a_slice_and_a_group_count() -> None:
    columns = {"rubric": VALUES, "language": ["de", "en"] * 200, "group": [row // 8 for row in range(N)]}
    head = {**columns, "rubric": VALUES + 0.2}
    finding = found(MEAN, columns, head, {"where": {"language": "de"}, "better_than": {}})
    assert (finding.items, finding.slice) == (200, "language=de")
    assert finding.decided is not None
    assert finding.decided.method.endswith("by group")
    few = {**columns, "group": [row // 40 for row in range(N)]}
    finding = found(MEAN, few, {**few, "rubric": VALUES + 0.2}, {"better_than": {}})
    assert finding.verdict is UNDECIDED
    assert "10 groups are too few" in finding.reason


def test_a_weight_counts_and_is_the_items_own() -> None:
    weights = np.where(np.arange(N) < 40, 10.0, 1.0)
    head = VALUES + np.where(np.arange(N) < 40, 0.5, 0.0)
    score = {**MEAN, "weight": "euros"}
    finding = found(
        score, {"rubric": VALUES, "euros": weights}, {"rubric": head, "euros": weights}, {"min": 0}
    )
    assert finding.head == pytest.approx(np.average(head, weights=weights))
    forged = checked(
        {"own": score}, {"rubric": VALUES, "euros": weights}, {"rubric": head, "euros": weights[::-1]}
    )
    assert [error.kind for error in forged.errors] == ["changed-column"]
    assert "another euros than the base: q0, q1" in forged.errors[0].message


@pytest.mark.parametrize("value", ["", "nan", "inf", "n/a", "-Infinity"])
def test_what_is_no_number_is_named_with_its_row(value: str) -> None:
    broken = [*VALUES[:7], value, *VALUES[8:]]
    head = checked({"own": MEAN}, {"rubric": VALUES}, {"rubric": broken})
    (error,) = head.errors
    assert (error.kind, error.rows, error.count) == ("not-finite", ("q7",), 1)
    assert error.message == "head: 1 row(s) have a value in rubric that is no finite number: q7"
    finding = found(MEAN, {"rubric": broken}, {"rubric": VALUES}, {"min": 1})
    assert finding.verdict is UNDECIDED
    assert finding.reason == "the base: 1 row(s) have no finite rubric: q7"


@pytest.mark.parametrize(
    ("score", "base", "head", "kind"),
    [
        (MEAN, {"rubric": VALUES}, {"other": VALUES}, "missing-column"),
        ({**MEAN, "range": [1, 5]}, {"rubric": [3, 4] * 20}, {"rubric": [3] * 39 + [6]}, "out-of-range"),
        (WER, {"errors": [1, 2] * 20, "words": [9] * 40}, {"errors": [0] * 40, "words": [-9] * 40}, "out-of-range"),
        (WER, {"errors": [1, 2] * 20, "words": [9] * 40}, {"errors": [1, 2] * 20, "words": [90] * 40}, "changed-column"),
    ],
)  # fmt: skip
def test_a_head_that_breaks_a_column_fails(
    score: Mapping[str, Any], base: Columns, head: Columns, kind: str
) -> None:
    assert kind in [error.kind for error in checked({"own": score}, base, head).errors]


@pytest.mark.parametrize(
    ("score", "base", "head", "reason"),
    [
        (MEAN, {"other": VALUES}, {"rubric": VALUES}, "the predictions of the base have no column rubric"),
        (MEAN, {"rubric": [5] * 40}, {"rubric": [5] * 39 + ["5.0"]}, "every value is 5"),
        (P90, {"ms": [5] * 400}, {"ms": [5] * 399 + ["5.0"]}, "every value is 5"),
        (WER, {"errors": [0] * 40, "words": [9] * 40}, {"errors": ["0.0"] + [0] * 39, "words": [9] * 40}, "give the score a range"),
        (WER, {"errors": [1, 2] * 20, "words": [0] * 40}, {"errors": [0] * 40, "words": [0] * 40}, "add up to 0"),
        ({**WER, "fixed": []}, {"errors": [1, 2] * 20, "words": [9] * 10 + [0] * 30}, {"errors": [0, 1] * 20, "words": [8] * 10 + [0] * 30}, "too few"),
        ({"quantile": ["ms", 0.99], "direction": "lower"}, {"ms": VALUES[:100]}, {"ms": VALUES[100:200]}, "which takes"),
        (COST, {"label": [1, 0] * 20, "prediction": [1, 0] * 20}, {"label": [1, 0] * 20, "prediction": [1, 0] * 19 + [1, 2]}, "is not said"),
        (MEAN, {"rubric": VALUES[:12]}, {"rubric": VALUES[12:24]}, "12 items are too few"),
    ],
)  # fmt: skip
def test_what_tells_nothing_is_not_decided(
    score: Mapping[str, Any], base: Columns, head: Columns, reason: str
) -> None:
    bound = {"no_worse_than": {"margin": 1e6}}
    finding = found(score, base, head, bound)
    assert (finding.verdict, reason in finding.reason) == (UNDECIDED, True), finding.reason


def test_labels_may_be_missing_where_scores_alone_decide() -> None:
    answers = {"rubric": VALUES, "prediction": [f"answer {row}" for row in range(N)]}
    assert found(MEAN, answers, {**answers, "rubric": VALUES + 1}, {"better_than": {}}).verdict is PASS
    lacking = check(
        model_of(scores={"own": MEAN}, gates=[{"accuracy": {"min": 0.5}}]),
        stored(answers, "1"),
        stored(answers, "2"),
    )
    assert "the column label is missing" in lacking.reason
