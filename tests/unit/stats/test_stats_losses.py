from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from mlgit.stats.errors import (
    LengthMismatchError,
    NotFiniteError,
    OutOfRangeError,
    UnknownLabelError,
)
from mlgit.stats.losses import (
    absolute_errors,
    brier_losses,
    class_brier_losses,
    class_log_losses,
    greatest,
    log_losses,
    pinball_losses,
    squared_errors,
    worst_class_losses,
    worst_number_loss,
    worst_score_losses,
)

scored = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40)
numbers = st.floats(-1e6, 1e6)
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)


@given(scored)
def test_losses_of_probabilities_agree_with_scikit_learn(items: list[tuple[bool, float]]) -> None:
    labels, scores = (np.array(column) for column in zip(*items, strict=True))
    assert log_losses(labels, scores).mean() == pytest.approx(
        reference.log_loss(labels, scores, labels=[False, True]), abs=1e-9
    )
    assert brier_losses(labels, scores).mean() == pytest.approx(
        reference.brier_score_loss(labels, scores, pos_label=True), abs=1e-12
    )


@given(pairs, st.floats(0.01, 0.99))
def test_errors_agree_with_scikit_learn(items: list[tuple[float, float]], quantile: float) -> None:
    truth, predicted = (np.array(column) for column in zip(*items, strict=True))
    assert absolute_errors(truth, predicted).mean() == pytest.approx(
        reference.mean_absolute_error(truth, predicted)
    )
    assert squared_errors(truth, predicted).mean() == pytest.approx(
        reference.mean_squared_error(truth, predicted)
    )
    assert pinball_losses(truth, predicted, quantile).mean() == pytest.approx(
        reference.mean_pinball_loss(truth, predicted, alpha=quantile), abs=1e-9
    )


def test_a_certain_error_is_dear_but_finite() -> None:
    assert log_losses([1, 0], [0.0, 1.0]) == pytest.approx([36.04, 36.04], abs=0.01)


def test_a_score_says_how_dear_its_error_would_be() -> None:
    labels, scores = np.array([True, False]), np.array([0.9, 0.001])
    worst = worst_score_losses(log_losses, labels, scores)
    assert worst == pytest.approx([-math.log(0.1), -math.log(0.001)])
    assert worst_score_losses(brier_losses, labels, scores) == pytest.approx([0.9**2, 0.999**2])
    classes = worst_class_losses(np.array([[0.7, 0.3], [0.05, 0.95]]))
    assert classes == pytest.approx([-math.log(0.3), -math.log(0.05)])


def test_an_unseen_error_is_twice_the_largest_or_half_of_what_the_truth_spans() -> None:
    truth = np.array([0.0, 10.0])
    assert worst_number_loss(absolute_errors, truth, truth, truth + 1) == 5.0
    assert worst_number_loss(absolute_errors, truth, truth - 4, truth + 1) == 8.0
    assert worst_number_loss(squared_errors, truth, truth - 4, truth + 1) == 64.0
    dear_above = partial(pinball_losses, quantile=0.9)
    assert worst_number_loss(dear_above, truth, truth + 4, truth) == pytest.approx(0.9 * 8.0)


def test_an_unseen_group_is_as_the_worst_one_and_not_as_its_worst_item() -> None:
    truth, groups = np.array([0.0, 10.0, 4.0, 6.0]), np.array([0, 0, 1, 1])
    head = truth + np.array([8.0, 0.0, -5.0, 5.0])
    assert worst_number_loss(absolute_errors, truth, truth, head, groups) == 10.0
    assert worst_number_loss(squared_errors, truth, truth, head, groups) == 4.0 * 32.0
    # A group may lie at the end of what the truth spans as a whole.
    assert worst_number_loss(absolute_errors, truth[2:], truth[2:], truth[2:] + 0.1, groups[:2]) == 1.0
    assert worst_number_loss(squared_errors, truth, truth, truth + 0.1, groups) == 25.0
    assert greatest(np.array([1.0, 5.0, 2.0, 2.5]), groups) == 3.0
    assert greatest(np.array([1.0, 5.0, 2.0, 2.5])) == 5.0


def test_refuses_bad_input() -> None:
    with pytest.raises(OutOfRangeError, match=r"scores is 1\.5 at position 1"):
        log_losses([0, 1], [0.5, 1.5])
    with pytest.raises(NotFiniteError, match="scores is nan"):
        brier_losses([0, 1], [0.5, math.nan])
    with pytest.raises(UnknownLabelError, match="labels is 3"):
        log_losses([3, 1], [0.5, 0.5])
    with pytest.raises(LengthMismatchError):
        absolute_errors([1, 2], [1])
    with pytest.raises(OutOfRangeError, match="quantile"):
        pinball_losses([1], [1], 1.0)


def test_brier_of_several_classes_is_the_mean_squared_distance() -> None:
    random = np.random.default_rng(4)
    scores = random.dirichlet(np.ones(3), 60)
    codes = random.integers(0, 3, 60)
    expected = [((one - np.eye(3)[code]) ** 2).sum() for one, code in zip(scores, codes, strict=True)]
    assert class_brier_losses(codes, scores) == pytest.approx(np.array(expected))
    with pytest.raises(OutOfRangeError, match="add up to"):
        class_brier_losses(codes, np.minimum(1.0, scores + 1 / 6))


@pytest.mark.parametrize("scores", [(1.2, -0.2, 0.0), (1.001, 0.0, 0.0), (0.5, 0.501, -0.001)])
def test_a_score_of_a_class_outside_of_0_to_1_is_none(scores: tuple[float, ...]) -> None:
    for losses in (class_log_losses, class_brier_losses):
        with pytest.raises(OutOfRangeError, match="outside 0 to 1"):
            losses(np.array([0]), np.array([scores]))
