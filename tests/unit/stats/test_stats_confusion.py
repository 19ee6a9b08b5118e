from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as reference

from mlgit.stats.confusion import AVERAGES, METRICS, SIGNED, Average, ConfusionMetric, evaluate
from mlgit.stats.errors import UnknownLabelError
from tests.unit.stats.margins import margins_of

CLASSES = 3
labels = hnp.arrays(np.int64, st.shared(st.integers(1, 60), key="n"), elements=st.integers(0, CLASSES - 1))
binary = hnp.arrays(np.int64, st.shared(st.integers(1, 60), key="n"), elements=st.integers(0, 1))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("name", ["f1", "precision", "recall"])
@given(truth=labels, predicted=labels)
def test_averages_agree_with_scikit_learn(
    name: str, average: Average, truth: np.ndarray, predicted: np.ndarray
) -> None:
    expected = getattr(reference, f"{name}_score")(truth, predicted, average=average, zero_division=0)
    assert _value(name, truth, predicted, CLASSES, average) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["f1", "precision", "recall"])
@given(truth=binary, predicted=binary)
def test_binary_metrics_agree_with_scikit_learn_where_they_exist(
    name: str, truth: np.ndarray, predicted: np.ndarray
) -> None:
    ours = _value(name, truth, predicted, 2, "binary")
    expected = getattr(reference, f"{name}_score")(truth, predicted, zero_division=np.nan)
    assert ours == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(truth=labels, predicted=labels)
def test_the_others_agree_with_scikit_learn(truth: np.ndarray, predicted: np.ndarray) -> None:
    assert _value("accuracy", truth, predicted, CLASSES) == pytest.approx(
        reference.accuracy_score(truth, predicted)
    )
    assert _value("error_rate", truth, predicted, CLASSES) == pytest.approx(
        1 - reference.accuracy_score(truth, predicted)
    )
    if len(np.unique(truth)) < 2:
        assert np.isnan(_value("balanced_accuracy", truth, predicted, CLASSES))
        assert np.isnan(_value("mcc", truth, predicted, CLASSES))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        balanced = reference.balanced_accuracy_score(truth, predicted)
        kappa = reference.cohen_kappa_score(truth, predicted)
    assert _value("balanced_accuracy", truth, predicted, CLASSES) == pytest.approx(balanced)
    assert _value("mcc", truth, predicted, CLASSES) == pytest.approx(
        reference.matthews_corrcoef(truth, predicted), abs=1e-9
    )
    assert _value("kappa", truth, predicted, CLASSES) == pytest.approx(kappa, abs=1e-9)


@given(hnp.arrays(np.int64, (7, 3, 3), elements=st.integers(0, 50)))
def test_many_matrices_give_what_each_gives(matrices: np.ndarray) -> None:
    for name in METRICS:
        for average in AVERAGES:
            metric = ConfusionMetric(name=name, average=average)
            together = evaluate(metric, margins_of(matrices))
            alone = [evaluate(metric, margins_of(matrix[None]))[0] for matrix in matrices]
            np.testing.assert_allclose(together, alone, rtol=1e-12)


@given(hnp.arrays(np.int64, (5, 4, 4), elements=st.integers(0, 50)))
def test_values_stay_in_their_range(matrices: np.ndarray) -> None:
    for name in METRICS:
        values = evaluate(ConfusionMetric(name=name, average="macro"), margins_of(matrices))
        values = values[~np.isnan(values)]
        least = -1.0 if name in SIGNED else 0.0
        assert np.all((values >= least - 1e-12) & (values <= 1.0 + 1e-12))


def test_what_does_not_exist_is_nan() -> None:
    no_positives = [[5, 0], [0, 0]]
    for name in ("f1", "precision", "recall", "mcc", "balanced_accuracy", "kappa"):
        assert np.isnan(evaluate(ConfusionMetric(name=name), margins_of(no_positives))), name
    none_predicted = [[5, 0], [3, 0]]
    assert np.isnan(evaluate(ConfusionMetric(name="precision"), margins_of(none_predicted)))
    assert evaluate(ConfusionMetric(name="recall"), margins_of(none_predicted)) == 0.0
    assert evaluate(ConfusionMetric(name="mcc"), margins_of(none_predicted)) == 0.0


def test_the_positive_class_can_be_chosen() -> None:
    matrix = [[8, 2], [1, 4]]
    assert evaluate(ConfusionMetric(name="recall", positive=0), margins_of(matrix)) == pytest.approx(0.8)
    assert evaluate(ConfusionMetric(name="recall", positive=1), margins_of(matrix)) == pytest.approx(0.8)
    assert evaluate(ConfusionMetric(name="precision", positive=0), margins_of(matrix)) == pytest.approx(8 / 9)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (ConfusionMetric(name="auc"), "auc is not one of"),
        (ConfusionMetric(name="f1", average="median"), "an average is one of"),  # type: ignore[arg-type]
        (ConfusionMetric(name="f1", positive=2), "there is no class 2"),
    ],
)
def test_refuses_metrics_without_sense(metric: ConfusionMetric, words: str) -> None:
    with pytest.raises(UnknownLabelError, match=words):
        evaluate(metric, margins_of([[1, 0], [0, 1]]))


def _value(
    name: str, truth: np.ndarray, predicted: np.ndarray, classes: int, average: Average = "macro"
) -> float:
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (truth, predicted), 1)
    return float(evaluate(ConfusionMetric(name=name, average=average), margins_of(matrix)))
