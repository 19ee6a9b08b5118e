"""Metrics are those of scikit-learn; intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from mlgit.report import better, intervals, metrics_of
from mlgit.report.metrics import of_numbers, of_several, of_two


@pytest.mark.parametrize("seed", range(5))
def test_two_classes(seed: int) -> None:
    random = np.random.default_rng(seed)
    actual, chance = random.random(60) < 0.3, random.random(60).round(1).clip(0.1, 0.9)
    predicted = chance > 0.5
    found = of_two(actual, predicted, chance)
    expected = {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "f1": metrics.f1_score(actual, predicted),
        "precision": metrics.precision_score(actual, predicted),
        "recall": metrics.recall_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
        "log_loss": metrics.log_loss(actual, chance),
        "brier_score": metrics.brier_score_loss(actual, chance),
        "roc_auc": metrics.roc_auc_score(actual, chance),
        "average_precision": metrics.average_precision_score(actual, chance),
    }
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_several_classes(seed: int) -> None:
    random = np.random.default_rng(seed)
    classes = ["a", "b", "c"]
    labels, said = random.choice(classes, 50), random.choice(classes, 50)
    table = random.dirichlet([1, 1, 1], 50)
    found = of_several(labels, said, classes, dict(zip(classes, table.T, strict=True)))
    areas = [metrics.roc_auc_score(labels == name, table[:, place]) for place, name in enumerate(classes)]
    expected = {
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said),
        "f1_macro": metrics.f1_score(labels, said, average="macro"),
        "log_loss": metrics.log_loss(labels, table, labels=classes),
        "roc_auc_ovr": np.mean(areas),
    }
    assert found == pytest.approx(expected)


def test_numbers() -> None:
    random = np.random.default_rng(0)
    labels, said = random.normal(size=30), random.normal(size=30)
    expected = {
        "mae": metrics.mean_absolute_error(labels, said),
        "rmse": metrics.root_mean_squared_error(labels, said),
        "r2": metrics.r2_score(labels, said),
    }
    assert of_numbers(labels, said) == pytest.approx(expected)


def test_one_class_alone_has_no_area_under_a_curve() -> None:
    found = metrics_of(["no", "no"], ["no", "yes"], positive="yes", scores=[0.1, 0.6])
    assert found["accuracy"] == 0.5
    assert "roc_auc" not in found


def test_errors_are_better_low() -> None:
    assert better("rmse", 1.0, 2.0)
    assert better("log_loss", 0.1, 0.2)
    assert better("roc_auc", 0.9, 0.8)
    assert not better("accuracy", 0.5, 0.5)


def test_an_interval_is_as_wide_as_the_error_of_a_mean() -> None:
    random = np.random.default_rng(1)
    labels = np.where(random.random(400) < 0.5, "yes", "no")
    said = np.where(random.random(400) < 0.8, labels, "no")
    lower, upper = intervals(labels, said, positive="yes")["accuracy"]
    share = (labels == said).mean()
    width = 2 * 1.96 * np.sqrt(share * (1 - share) / 400)
    assert lower < share < upper
    assert upper - lower == pytest.approx(width, rel=0.15)


def test_whole_groups_are_drawn() -> None:
    labels, groups = np.repeat(np.arange(20.0), 20), np.repeat(np.arange(20), 20)
    said = labels + np.repeat(np.random.default_rng(0).normal(size=20), 20)
    alone, together = (intervals(labels, said, groups=one)["mae"] for one in (None, groups))
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_no_interval_is_without_width() -> None:
    labels = np.array(["yes"] * 40 + ["no"] * 40)
    found = intervals(labels, labels, positive="yes", scores=np.where(labels == "yes", 0.9, 0.1))
    assert {"accuracy", "precision", "recall", "f1", "roc_auc", "log_loss"} <= set(found)
    assert all(lower < upper for lower, upper in found.values())
    low, high = found["precision"]
    assert 0.9 < low <= 0.9119  # 40 of 40: 0.9119 by Clopper and Pearson (1934), and here no more certain
    assert high == 1.0


def test_what_few_groups_cannot_tell_has_no_interval() -> None:
    labels = np.arange(60.0)
    found = intervals(labels, labels + np.random.default_rng(0).normal(size=60), groups=np.arange(60) % 2)
    assert all(lower < upper for lower, upper in found.values())


def test_several_classes_have_the_intervals_of_their_metrics() -> None:
    random = np.random.default_rng(2)
    labels = random.choice(["a", "b", "c"], 200)
    chances = random.dirichlet([1, 1, 1], 200)
    scores = {name: chances[:, place].tolist() for place, name in enumerate("abc")}
    said = np.array(list("abc"))[chances.argmax(axis=1)]
    found = intervals(labels, said, scores=scores, classes=list("abc"))
    values = metrics_of(labels, said, scores=scores, classes=list("abc"))
    assert {"accuracy", "f1_macro", "log_loss", "roc_auc_ovr"} <= set(found)
    assert all(found[name][0] < values[name] < found[name][1] for name in found)
