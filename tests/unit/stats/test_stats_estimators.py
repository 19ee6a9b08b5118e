from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from mlgit.stats.errors import (
    NotFiniteError,
    OneClassError,
    OutOfRangeError,
    StatisticsError,
    TooFewItemsError,
    UndefinedMetricError,
    UnknownLabelError,
)
from mlgit.stats.estimates import Estimates
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.evidence import Evidence
from mlgit.stats.naming import named_metric
from mlgit.stats.options import Options, settle

EXPECTED = {
    "accuracy": lambda y, p, s: reference.accuracy_score(y, p),
    "error_rate": lambda y, p, s: 1 - reference.accuracy_score(y, p),
    "f1": lambda y, p, s: reference.f1_score(y, p),
    "precision": lambda y, p, s: reference.precision_score(y, p),
    "recall": lambda y, p, s: reference.recall_score(y, p),
    "specificity": lambda y, p, s: reference.recall_score(y, p, pos_label=0),
    "mcc": lambda y, p, s: reference.matthews_corrcoef(y, p),
    "balanced_accuracy": lambda y, p, s: reference.balanced_accuracy_score(y, p),
    "kappa": lambda y, p, s: reference.cohen_kappa_score(y, p),
    "roc_auc": lambda y, p, s: reference.roc_auc_score(y, s),
    "roc_auc_ovr": lambda y, p, s: reference.roc_auc_score(y, s),
    "average_precision": lambda y, p, s: reference.average_precision_score(y, s),
    "log_loss": lambda y, p, s: reference.log_loss(y, s),
    "brier": lambda y, p, s: reference.brier_score_loss(y, s),
    "mae": lambda y, p, s: reference.mean_absolute_error(y, p),
    "mse": lambda y, p, s: reference.mean_squared_error(y, p),
    "rmse": lambda y, p, s: reference.root_mean_squared_error(y, p),
    "r2": lambda y, p, s: reference.r2_score(y, p),
    "pinball": lambda y, p, s: reference.mean_pinball_loss(y, p),
    # Of items with one label each, of two labels in all.
    "subset_accuracy": lambda y, p, s: reference.accuracy_score(y, p),
    "hamming_loss": lambda y, p, s: 1 - reference.accuracy_score(y, p),
    "multilabel_f1_macro": lambda y, p, s: reference.f1_score(y, p, average="macro"),
    "multilabel_f1_micro": lambda y, p, s: reference.f1_score(y, p, average="micro"),
    "multilabel_f1_samples": lambda y, p, s: reference.accuracy_score(y, p),
}
METRICS = tuple(ESTIMATORS)
LOSSES = {"error_rate", "log_loss", "brier", "mae", "mse", "rmse", "pinball", "hamming_loss"}


def test_every_metric_is_tested() -> None:
    assert set(METRICS) == set(EXPECTED)


@pytest.mark.parametrize("groups", [None, 40])
@pytest.mark.parametrize("metric", METRICS)
def test_values_are_scikit_learns_and_intervals_hold_together(metric: str, groups: int | None) -> None:
    evidence = _evidence(400, groups=groups)
    found = estimated(metric, evidence, 7)
    y, value = evidence.labels, EXPECTED[metric]
    base = value(y, evidence.base_predictions, evidence.base_scores)
    head = value(y, evidence.head_predictions, evidence.head_scores)
    assert found.base(0.95).estimate == pytest.approx(base, abs=1e-9)
    assert found.head(0.95).estimate == pytest.approx(head, abs=1e-9)
    assert found.difference(0.95).estimate == pytest.approx(head - base, abs=1e-9)
    assert higher_is_better(metric) == (metric not in LOSSES)
    for interval_at in (found.difference, found.head):
        outer, inner = interval_at(0.95), interval_at(0.9)
        assert outer.low <= inner.low <= inner.estimate <= inner.high <= outer.high
        # Of recall and specificity only the rows of their class are items.
        rows = {"recall": 160, "specificity": 240}.get(metric, 400) if groups is None else 400
        assert (outer.level, inner.level, outer.items) == (0.95, 0.9, rows)
    assert 0 < found.p_value <= 1
    assert 0 < found.changed <= 400


@pytest.mark.parametrize("metric", METRICS)
def test_interval_and_p_value_agree_about_a_clear_difference(metric: str) -> None:
    better = _evidence(400, head_noise=0.0)
    found = estimated(metric, better)
    sign, interval = 1 if higher_is_better(metric) else -1, found.difference(0.95)
    assert min(sign * interval.low, sign * interval.high) > 0
    assert found.p_value < 0.01


@pytest.mark.parametrize("metric", METRICS)
def test_models_that_answer_alike_do_not_differ(metric: str) -> None:
    evidence = _evidence(300, same=True)
    result = estimated(metric, evidence)
    assert result.changed == 0
    assert (
        result.difference(0.95).low <= 0 == result.difference(0.95).estimate <= result.difference(0.95).high
    )
    assert result.p_value == 1.0


@pytest.mark.parametrize("metric", ["accuracy", "f1", "recall", "mcc", "balanced_accuracy", "kappa"])
def test_twenty_items_without_a_changed_answer_are_not_called_certain(metric: str) -> None:
    result = estimated(metric, _evidence(20, same=True))
    assert result.difference(0.95).low < -0.05
    assert result.difference(0.95).high > 0.05


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("groups", [None, 30])
def test_the_same_seed_gives_the_same_result(metric: str, groups: int | None) -> None:
    first, again = (estimated(metric, _evidence(200, groups=groups), 3) for _ in range(2))
    assert facts(first) == facts(again)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.sampled_from(METRICS))
def test_the_order_of_rows_does_not_move_the_estimate(seed: int, metric: str) -> None:
    evidence = _evidence(120)
    order = np.random.default_rng(seed).permutation(120)
    turned = evidence.select(np.ones(120, dtype=bool))
    shuffled = Evidence(
        ids=turned.ids[order],
        labels=turned.labels[order],
        base_predictions=evidence.base_predictions[order],  # type: ignore[index]
        head_predictions=evidence.head_predictions[order],  # type: ignore[index]
        base_scores=evidence.base_scores[order],  # type: ignore[index]
        head_scores=evidence.head_scores[order],  # type: ignore[index]
        base_class_scores={name: one[order] for name, one in evidence.base_class_scores.items()},
        head_class_scores={name: one[order] for name, one in evidence.head_class_scores.items()},
    )
    options = Options(resamples=100)
    one = estimated(metric, evidence, options=options)
    other = estimated(metric, shuffled, options=options)
    assert one.difference(0.95).estimate == pytest.approx(other.difference(0.95).estimate, abs=1e-9)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("classes", [3, 12])
def test_several_classes(average: str, classes: int) -> None:
    evidence = _classes(600, classes)
    result = estimated("f1", evidence, options=Options(average=average))  # type: ignore[arg-type]
    expected = reference.f1_score(evidence.labels, evidence.head_predictions, average=average)
    assert result.head(0.95).estimate == pytest.approx(expected)
    assert result.difference(0.95).low < result.difference(0.95).estimate < result.difference(0.95).high


def test_several_classes_are_averaged_by_macro_unless_told() -> None:
    evidence = _classes(300, 4)
    told, untold = (estimated("f1", evidence, options=one) for one in (Options(average="macro"), None))
    assert facts(told) == facts(untold)


def test_the_positive_class_can_be_named() -> None:
    evidence = _evidence(300)
    text = np.where(evidence.labels == 1, "ham", "spam")
    named = Evidence(
        ids=evidence.ids,
        labels=text,
        base_predictions=np.where(evidence.base_predictions == 1, "ham", "spam"),
        head_predictions=np.where(evidence.head_predictions == 1, "ham", "spam"),
        base_scores=evidence.base_scores,
        head_scores=evidence.head_scores,
    )
    for metric in ("f1", "recall", "roc_auc", "log_loss"):
        plain = estimated(metric, evidence)
        chosen = estimated(metric, named, options=Options(positive="ham"))
        assert chosen.head(0.95).estimate == pytest.approx(plain.head(0.95).estimate)
        other = estimated(metric, named)
        assert other.head(0.95).estimate != pytest.approx(plain.head(0.95).estimate)


def test_a_third_class_in_the_predictions_does_not_change_the_question() -> None:
    evidence = _evidence(200)
    head = evidence.head_predictions.copy()  # type: ignore[union-attr]
    head[:20] = 7
    fields = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    stray = estimated("f1", Evidence(**{**fields, "head_predictions": head}))
    plain = estimated("f1", evidence)
    assert stray.base(0.95).estimate == plain.base(0.95).estimate
    assert stray.head(0.95).estimate == pytest.approx(
        reference.f1_score(evidence.labels, head, labels=[1], average="macro")
    )


def test_options_settled_on_all_items_hold_for_a_slice() -> None:
    evidence = _classes(300, 3)
    part = evidence.select(evidence.labels < 2)
    settled = settle(evidence, Options())
    assert (settled.average, settled.positive) == ("macro", None)
    assert settle(part, Options()).average == "binary"
    result = estimated("f1", part, options=settled)
    expected = reference.f1_score(part.labels, part.head_predictions, average="macro")
    assert result.head(0.95).estimate == pytest.approx(expected)


@pytest.mark.parametrize("positive", [1, 1.0, "1", True])
def test_a_positive_class_is_found_in_any_type(positive: object) -> None:
    evidence = _evidence(100)
    if positive is True:
        evidence = Evidence(
            ids=evidence.ids,
            labels=evidence.labels == 1,
            base_predictions=evidence.base_predictions == 1,  # type: ignore[arg-type]
            head_predictions=evidence.head_predictions == 1,  # type: ignore[arg-type]
        )
    chosen = estimated("recall", evidence, options=Options(positive=positive))
    assert facts(chosen) == facts(estimated("recall", evidence))


def test_regression_may_come_as_scores() -> None:
    evidence = _evidence(200)
    scored = Evidence(
        ids=evidence.ids,
        labels=evidence.labels,
        base_scores=evidence.base_scores,
        head_scores=evidence.head_scores,
    )
    result = estimated("rmse", scored)
    assert result.head(0.95).estimate == pytest.approx(
        reference.root_mean_squared_error(evidence.labels, evidence.head_scores)
    )
    low = estimated("pinball", scored, options=Options(quantile=0.1))
    assert low.head(0.95).estimate == pytest.approx(
        reference.mean_pinball_loss(evidence.labels, evidence.head_scores, alpha=0.1)
    )


@pytest.mark.parametrize(
    ("metric", "changes", "options", "error"),
    [
        ("f1", {"base_predictions": None}, None, StatisticsError),
        ("roc_auc", {"head_scores": None}, None, StatisticsError),
        ("mae", {"base_predictions": None, "base_scores": None}, None, StatisticsError),
        ("roc_auc", {"labels": np.ones(60, dtype=int)}, None, OneClassError),
        ("log_loss", {"labels": np.arange(60) % 3}, None, OneClassError),
        ("log_loss", {"head_scores": np.full(60, 1.5)}, None, OutOfRangeError),
        ("mae", {"labels": np.full(60, "x")}, None, NotFiniteError),
        ("f1", {}, Options(positive="maybe"), UnknownLabelError),
        ("f1", {"labels": np.arange(60) % 3}, Options(average="binary"), UnknownLabelError),
        ("f1", {}, Options(resamples=3), OutOfRangeError),
        ("pinball", {}, Options(quantile=2.0), OutOfRangeError),
        ("recall", {"labels": np.zeros(60, dtype=int)}, None, UndefinedMetricError),
        ("r2", {"labels": np.ones(60)}, None, UndefinedMetricError),
        ("accuracy", {"groups": np.zeros(60, dtype=int)}, None, TooFewItemsError),
    ],
)
def test_refuses_what_has_no_answer(
    metric: str, changes: dict[str, object], options: Options | None, error: type[Exception]
) -> None:
    evidence = _evidence(60)
    fields = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    with pytest.raises(error):
        facts(estimated(metric, Evidence(**{**fields, **changes}), options=options))  # type: ignore[arg-type]


def test_one_class_everywhere_is_no_classification() -> None:
    ones = np.ones(10, dtype=int)
    evidence = Evidence(ids=np.arange(10), labels=ones, base_predictions=ones, head_predictions=ones)
    with pytest.raises(OneClassError, match="f1 needs two classes"):
        estimated("f1", evidence)


@pytest.mark.parametrize("level", [0.0, -0.3, 1.0, 95])
@pytest.mark.parametrize("metric", METRICS)
def test_refuses_a_level_without_sense(metric: str, level: float) -> None:
    with pytest.raises(OutOfRangeError):
        estimated(metric, _evidence(50)).difference(level)


def test_five_items_decide_nothing_about_a_loss() -> None:
    with pytest.raises(TooFewItemsError, match="5 items"):
        estimated("brier", _evidence(5)).difference(0.95)


@pytest.mark.parametrize("module", ["", ".decision", ".power", ".multiple", ".interval"])
def test_light_modules_do_not_import_numpy(module: str) -> None:
    code = f"import sys, mlgit.stats{module}; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def estimated(metric: str, evidence: Evidence, seed: int = 1, options: Options | None = None) -> Estimates:
    return ESTIMATORS[metric](evidence, seed, options or Options())


def facts(found: Estimates) -> tuple[object, ...]:
    intervals = [at(0.95) for at in (found.base, found.head, found.difference)]
    return (*intervals, found.p_value, found.changed, found.disagreement)


def higher_is_better(name: str) -> bool:
    metric = named_metric(name)
    assert metric is not None
    return metric.higher_is_better


def _evidence(n: int, *, groups: int | None = None, same: bool = False, head_noise: float = 0.25) -> Evidence:
    random = np.random.default_rng(n)
    labels = random.permutation(n) % 5 < 2
    base = np.clip(0.5 + 0.25 * (2 * labels - 1) + 0.25 * random.normal(size=n), 0.01, 0.99)
    head = np.clip(0.5 + 0.25 * (2 * labels - 1) + head_noise * random.normal(size=n), 0.01, 0.99)
    head = base if same else head
    return Evidence(
        ids=np.arange(n),
        labels=labels.astype(int),
        base_predictions=(base > 0.5).astype(int),
        head_predictions=(head > 0.5).astype(int),
        base_scores=base,
        head_scores=head,
        groups=None if groups is None else np.arange(n) % groups,
        base_class_scores={"0": 1 - base, "1": base},
        head_class_scores={"0": 1 - head, "1": head},
    )


def _classes(n: int, classes: int) -> Evidence:
    random = np.random.default_rng(n)
    labels = random.integers(0, classes, n)
    base = np.where(random.random(n) < 0.7, labels, random.integers(0, classes, n))
    head = np.where(random.random(n) < 0.8, base, random.integers(0, classes, n))
    return Evidence(ids=np.arange(n), labels=labels, base_predictions=base, head_predictions=head)
