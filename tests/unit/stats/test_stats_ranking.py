from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mlgit.stats.errors import LengthMismatchError, NotFiniteError, OneClassError, TooFewItemsError
from mlgit.stats.ranking import compare_areas, roc_auc

LABELS = [0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1]
LABELS += [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
BASE = [0.0, 0.3, 0.9, -0.9, 0.7, 0.2, 0.1, 2.5, -0.5, -0.6, 1.7, 0.4, 0.1, 0.3, 1.2, 0.7, -1.3, -0.5]
BASE += [-0.7, -1.3, -0.6, -0.2, -1.3, 1.5, 0.2, 1.0, -2.5, -0.5, 0.0, 1.3, -0.3, -0.5, -1.0, 0.4, 1.1]
BASE += [-0.8, 1.2, 0.9, -0.6, -0.1]
HEAD = [0.1, 0.2, -0.1, -0.5, 1.8, -0.8, 0.7, 1.9, -0.8, 1.2, 1.9, -0.7, 0.1, 0.9, 0.9, 1.0, -0.8, 0.2]
HEAD += [1.0, -1.3, 0.1, -0.5, -0.7, 0.3, -0.3, 0.7, -0.8, 0.6, -1.1, 0.4, 0.6, -1.9, -1.0, 0.5, 1.7]
HEAD += [0.1, 0.8, 0.2, -0.6, 1.2]
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5), st.integers(-5, 5)), min_size=4, max_size=60)


@given(rows)
def test_everything_agrees_with_comparing_every_pair(items: list[tuple[int, int, int]]) -> None:
    labels, base, head = (np.array(column) for column in zip(*items, strict=True))
    assume(2 <= labels.sum() <= len(labels) - 2)
    areas = compare_areas(labels, base, head)
    expected = _delong_by_pairs(labels, base, head)
    assert (areas.base, areas.head) == pytest.approx(expected[:2], abs=1e-12)
    assert variance(labels, areas.influences[0]) == pytest.approx(expected[2], abs=1e-12)
    assert variance(labels, areas.influences[1]) == pytest.approx(expected[3], abs=1e-12)
    assert variance(labels, areas.difference.influence) == pytest.approx(expected[4], abs=1e-12)


def test_agrees_with_another_implementation() -> None:
    # MLstatkit 0.1.91, Delong_test(LABELS, BASE, HEAD), as it printed them.
    areas = compare_areas(LABELS, BASE, HEAD)
    assert areas.base == pytest.approx(0.8253333333333333, abs=1e-15)
    assert areas.head == pytest.approx(0.772, abs=1e-15)
    labels = np.array(LABELS)
    assert variance(labels, areas.difference.influence) == pytest.approx(0.007792063492063491, rel=1e-12)


@given(rows)
def test_area_agrees_with_scikit_learn(items: list[tuple[int, int, int]]) -> None:
    labels, scores, _ = (np.array(column) for column in zip(*items, strict=True))
    assume(0 < labels.sum() < len(labels))
    assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@given(rows)
def test_area_depends_on_the_order_alone(items: list[tuple[int, int, int]]) -> None:
    labels, scores, _ = (np.array(column) for column in zip(*items, strict=True))
    assume(0 < labels.sum() < len(labels))
    area = roc_auc(labels, scores)
    assert roc_auc(labels, np.exp(scores)) == pytest.approx(area)
    assert roc_auc(labels, -scores) == pytest.approx(1 - area)
    assert roc_auc(labels, np.zeros(len(labels))) == 0.5


@pytest.mark.parametrize("level", [0.8, 0.95, 0.996875])
@pytest.mark.parametrize("shift", [0.0, 1.0, 9.0])
def test_intervals_stay_in_range_and_hold_the_estimate(level: float, shift: float) -> None:
    labels, base, head = _scores(120, shift)
    areas = compare_areas(labels, base, head)
    difference = areas.difference.interval(level)
    assert -1 <= difference.low < difference.estimate < difference.high <= 1
    assert 0 <= areas.difference.p_value() <= 1
    for side in ("base", "head"):
        alone = areas.side(side).interval(level)
        assert 0 <= alone.low <= alone.estimate <= alone.high <= 1
        assert alone.width > 0


def test_among_many_items_the_interval_is_delongs() -> None:
    labels, base, head = _scores(20_000)
    areas = compare_areas(labels, base, head)
    interval, law = areas.difference.interval(), _delong_by_pairs(labels, base, head)[4]
    assert interval.width == pytest.approx(2 * 1.96 * math.sqrt(law), rel=0.05)


def test_one_item_per_group_changes_next_to_nothing() -> None:
    labels, base, head = _scores(400)
    plain, grouped = compare_areas(labels, base, head), compare_areas(labels, base, head, np.arange(400))
    one, other = plain.difference.interval(), grouped.difference.interval()
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=0.02 * one.width)
    assert (one.method, other.method) == ("DeLong, corrected", "DeLong, corrected, by group")


def test_rows_repeated_in_a_group_add_no_certainty() -> None:
    labels, base, head = _scores(200)
    plain = compare_areas(labels, base, head).difference.interval()
    groups = np.repeat(np.arange(200), 5)
    repeated = compare_areas(np.repeat(labels, 5), np.repeat(base, 5), np.repeat(head, 5), groups)
    assert repeated.rarest == (67, 5.0)
    assert repeated.difference.interval().width == pytest.approx(plain.width, rel=0.05)


def test_a_perfect_ranking_is_not_called_certain() -> None:
    """The unseen positive alone: with none lost of 40, somewhat wider than the exact bound of a share."""
    labels = [0] * 60 + [1] * 40
    areas = compare_areas(labels, range(100), range(100))
    assert areas.difference.p_value() == 1.0
    difference, alone = areas.difference.interval(), areas.side("head").interval()
    assert 0.025 ** (1 / 40) - 0.05 < alone.low < 0.025 ** (1 / 40)
    assert alone.high == 1.0
    assert difference.high == -difference.low == pytest.approx(1 - alone.low)


@pytest.mark.parametrize(
    ("positives", "groups", "said"),
    [
        (19, None, "19 items of the rarest class are too few for an interval, which takes 20"),
        (50, 19, "19 groups are too few for an interval, which takes 20"),
    ],
)
def test_too_few_of_a_class_or_groups_say_nothing(positives: int, groups: int | None, said: str) -> None:
    labels, scores = np.arange(200) < positives, np.arange(200) % 17
    codes = None if groups is None else np.arange(200) % groups
    areas = compare_areas(labels, scores, scores[::-1], codes)
    with pytest.raises(TooFewItemsError, match=said):
        areas.difference.interval()


def test_refuses_bad_input() -> None:
    with pytest.raises(OneClassError, match="one class only"):
        roc_auc([1, 1], [0.1, 0.2])
    with pytest.raises(NotFiniteError, match="scores is nan at position 1"):
        roc_auc([1, 0], [0.1, math.nan])
    with pytest.raises(NotFiniteError, match="head_scores is inf at position 0"):
        compare_areas([1, 0], [0.1, 0.2], [math.inf, 0.2])
    with pytest.raises(LengthMismatchError):
        compare_areas([1, 0, 1], [1, 2, 3], [1, 2])
    with pytest.raises(NotFiniteError, match="not numbers"):
        roc_auc([1, 0], ["high", "low"])


def variance(labels: np.ndarray, influence: np.ndarray) -> float:
    """DeLong's variance from what each item moves the area by."""
    parts = [influence[labels == one] for one in (1, 0)]
    return float(sum((part**2).sum() * len(part) / (len(part) - 1) for part in parts))


def _scores(n: int, shift: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    labels = np.arange(n) % 3 == 0
    base = random.normal(size=n) + shift * labels
    return labels, base, base + 0.5 * random.normal(size=n)


def _delong_by_pairs(labels: np.ndarray, *scores: np.ndarray) -> tuple[float, ...]:
    """DeLong's estimates straight from the matrix of all pairs, covariances by numpy."""
    placed = []
    for values in scores:
        positive, negative = values[labels == 1], values[labels == 0]
        wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        placed.append((wins.mean(axis=1), wins.mean(axis=0)))
    over_positives = np.cov(np.stack([one for one, _ in placed]))
    over_negatives = np.cov(np.stack([other for _, other in placed]))
    law = over_positives / (labels == 1).sum() + over_negatives / (labels == 0).sum()
    areas = [float(one.mean()) for one, _ in placed]
    contrast = np.array([-1.0, 1.0])
    return areas[0], areas[1], law[0, 0], law[1, 1], float(contrast @ law @ contrast)
