"""Average precision, the area of each class and the log-loss of several classes: values, influences and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from mlgit.stats.errors import (
    NotFiniteError,
    OneClassError,
    OutOfRangeError,
    StatisticsError,
    TooFewItemsError,
)
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.evidence import Evidence
from mlgit.stats.influence import area_of_each_class, average_precision
from mlgit.stats.options import Options


def softmax(values: np.ndarray) -> np.ndarray:
    raised = np.exp(values)
    found: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return found


def several(n: int, *, classes: int = 4, seed: int = 3) -> Evidence:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    pull = 1.5 * np.eye(classes)[labels]
    sides = [softmax(pull + random.normal(size=(n, classes))) for _ in range(2)]
    base, head = ({f"c{place}": one[:, place] for place in range(classes)} for one in sides)
    return Evidence(
        ids=np.arange(n),
        labels=np.char.add("c", labels.astype(str)),
        base_class_scores=base,
        head_class_scores=head,
    )


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_is_scikit_learns_and_its_influence_is_the_derivative(ties: bool) -> None:
    random = np.random.default_rng(5)
    labels = random.random(60) < 0.3
    scores = labels + random.normal(size=60)
    scores = np.round(scores, 1) if ties else scores
    found = average_precision(labels, scores)
    assert found.estimate == pytest.approx(reference.average_precision_score(labels, scores))
    assert float(found.influence.sum()) == pytest.approx(0, abs=1e-12)
    for item in range(60):
        more = np.ones(60)
        more[item] += 1e-6
        moved = reference.average_precision_score(labels, scores, sample_weight=more)
        assert found.influence[item] == pytest.approx((moved - found.estimate) / 1e-6, abs=1e-4)


def test_several_classes_are_scikit_learns() -> None:
    evidence = several(300)
    scores = np.stack(list(evidence.head_class_scores.values()), axis=1)
    area, loss = (ESTIMATORS[name](evidence, 1, Options()).head(0.95) for name in ("roc_auc_ovr", "log_loss"))
    assert area.estimate == pytest.approx(reference.roc_auc_score(evidence.labels, scores, multi_class="ovr"))
    assert loss.estimate == pytest.approx(reference.log_loss(evidence.labels, scores))
    assert 0 < area.low < area.estimate < area.high < 1


def test_the_area_of_two_classes_has_delongs_interval() -> None:
    random = np.random.default_rng(8)
    positive = random.random(400) < 0.4
    scores = positive + random.normal(size=400)
    mean = area_of_each_class(positive.astype(int), np.stack([-scores, scores], axis=1))
    other = ESTIMATORS["roc_auc"](
        Evidence(ids=np.arange(400), labels=positive.astype(int), base_scores=scores, head_scores=scores),
        1,
        Options(),
    )
    assert mean.estimate == pytest.approx(other.head(0.95).estimate)
    assert mean.alone().interval(0.95).low == pytest.approx(other.head(0.95).low, abs=5e-3)


@pytest.mark.parametrize("metric", ["roc_auc_ovr", "log_loss"])
def test_a_label_without_a_column_and_a_score_that_is_none_give_no_interval(metric: str) -> None:
    evidence = several(60)
    fields = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    lacks = {name: one for name, one in evidence.base_class_scores.items() if name != "c0"}
    with pytest.raises(StatisticsError, match="no column score_c0"):
        ESTIMATORS[metric](
            Evidence(**{**fields, "base_class_scores": lacks, "head_class_scores": lacks}), 1, Options()
        )
    broken = {**evidence.head_class_scores, "c1": np.full(60, np.nan)}
    with pytest.raises(NotFiniteError, match="score_c1"):
        ESTIMATORS[metric](Evidence(**{**fields, "head_class_scores": broken}), 1, Options())


def test_a_model_that_is_sure_of_every_class_at_once_is_not_right() -> None:
    evidence = several(60)
    fields = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    sure = {name: np.ones(60) for name in evidence.head_class_scores}
    with pytest.raises(OutOfRangeError, match="add up to 4"):
        ESTIMATORS["log_loss"](Evidence(**{**fields, "head_class_scores": sure}), 1, Options())


def test_a_class_without_items_or_with_one_has_no_interval() -> None:
    with pytest.raises(OneClassError):
        area_of_each_class(np.array([0, 1, 1]), np.ones((3, 3)))
    with pytest.raises(TooFewItemsError):
        average_precision([0, 0, 1], [0.1, 0.2, 0.3]).alone().interval()


def test_models_that_rank_alike_and_a_perfect_one_are_not_called_certain() -> None:
    labels, scores = np.arange(100) % 2, np.arange(100) % 2 + np.arange(100) / 1000
    perfect = average_precision(labels, scores)
    assert perfect.estimate == 1.0
    assert perfect.alone().interval().low < 0.95
    alike = perfect.minus(perfect)
    assert (alike.p_value(), alike.interval().low < -0.05, alike.interval().high > 0.05) == (1.0, True, True)


@pytest.mark.parametrize("rank", [0, 30, 59])
def test_an_unseen_item_moves_average_precision_as_far_as_scikit_learn_says(rank: int) -> None:
    random = np.random.default_rng(5)
    labels = random.random(60) < 0.3
    scores = labels + random.normal(size=60)
    found = average_precision(labels, scores)
    place = np.sort(scores)[rank] + 1e-9
    for label in (False, True):
        moved = reference.average_precision_score(np.append(labels, label), np.append(scores, place))
        assert found.estimate - found.fall - 1e-9 <= moved <= found.estimate + found.rise + 1e-9
    lost = reference.average_precision_score(np.append(labels, True), np.append(scores, -99))
    intruder = reference.average_precision_score(np.append(labels, False), np.append(scores, 99))
    assert found.estimate - found.fall == pytest.approx(min(lost, intruder), abs=5e-3)


@pytest.mark.parametrize("metric", ["average_precision", "roc_auc_ovr"])
@pytest.mark.parametrize("level", [0.9, 0.996875])
def test_the_difference_of_two_equal_models_is_called_one_about_as_often_as_promised(
    metric: str, level: float
) -> None:
    wrong, draws = 0, 600
    random = np.random.default_rng(11)
    for _ in range(draws):
        labels = (random.random(300) < 0.2).astype(int)
        shared = 1.2 * labels + random.normal(size=300)
        one, other = (shared + 0.5 * random.normal(size=300) for _ in range(2))
        if metric == "average_precision":
            found = average_precision(labels, other).minus(average_precision(labels, one))
        else:
            first, second = (
                area_of_each_class(labels, np.stack([-side, side], axis=1)) for side in (one, other)
            )
            found = second.minus(first)
        interval = found.interval(level)
        wrong += not interval.low <= 0 <= interval.high
    nominal = 1 - level
    assert wrong / draws <= 1.5 * nominal + 3 * (nominal * (1 - nominal) / draws) ** 0.5
