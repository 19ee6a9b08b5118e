from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mlgit.stats.errors import LengthMismatchError, NotFiniteError, OneClassError, TooFewItemsError
from mlgit.stats.ranking import Areas, area_interval, compare_areas, difference_interval, roc_auc

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
    assert areas.base_error**2 == pytest.approx(expected[2], abs=1e-12)
    assert areas.head_error**2 == pytest.approx(expected[3], abs=1e-12)
    assert areas.difference_error**2 == pytest.approx(expected[4], abs=1e-12)


def test_agrees_with_another_implementation() -> None:
    # MLstatkit 0.1.91, Delong_test(LABELS, BASE, HEAD), as it printed them.
    areas = compare_areas(LABELS, BASE, HEAD)
    assert areas.base == pytest.approx(0.8253333333333333, abs=1e-15)
    assert areas.head == pytest.approx(0.772, abs=1e-15)
    assert areas.difference_error**2 == pytest.approx(0.007792063492063491, rel=1e-12)
    assert areas.p_value == pytest.approx(0.5457182963001916, rel=1e-12)
    reach = 1.959963984540054 * areas.base_error
    assert areas.base - reach == pytest.approx(0.6838077588170189, rel=1e-12)
    assert areas.base + reach == pytest.approx(0.9668589078496476, rel=1e-12)


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


@given(rows, st.sampled_from([0.8, 0.95]))
def test_intervals_stay_in_range_and_hold_the_estimate(
    items: list[tuple[int, int, int]], level: float
) -> None:
    labels, base, head = (np.array(column) for column in zip(*items, strict=True))
    assume(2 <= labels.sum() <= len(labels) - 2)
    areas = compare_areas(labels, base, head)
    difference = difference_interval(areas, level)
    assert -1 <= difference.low <= difference.estimate <= difference.high <= 1
    assert difference.width > 0
    assert 0 <= areas.p_value <= 1
    for side in ("base", "head"):
        alone = area_interval(areas, side, level)
        assert 0 <= alone.low <= alone.estimate + 1e-12 <= alone.high + 1e-12 <= 1 + 1e-12


def test_one_item_per_group_changes_next_to_nothing() -> None:
    labels, base, head = _scores(400)
    plain, grouped = compare_areas(labels, base, head), compare_areas(labels, base, head, np.arange(400))
    assert grouped.difference_error == pytest.approx(plain.difference_error, rel=0.01)
    assert difference_interval(grouped).method == "DeLong, by group"


def test_rows_repeated_in_a_group_add_no_certainty() -> None:
    labels, base, head = _scores(200)
    plain = compare_areas(labels, base, head)
    groups = np.repeat(np.arange(200), 5)
    repeated = compare_areas(np.repeat(labels, 5), np.repeat(base, 5), np.repeat(head, 5), groups)
    assert repeated.groups == 200
    assert repeated.difference_error == pytest.approx(plain.difference_error, rel=0.02)


def test_a_perfect_ranking_is_not_called_certain() -> None:
    labels = [0] * 20 + [1] * 10
    areas = compare_areas(labels, range(30), range(30))
    assert areas.p_value == 1.0
    difference, alone = difference_interval(areas), area_interval(areas, "head")
    assert difference.high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert alone.low == pytest.approx(0.025 ** (1 / 10))
    assert alone.high == 1.0
    assert difference.method == alone.method == "nothing seen"


def test_p_value_without_spread() -> None:
    areas = Areas(
        base=0, head=1, base_error=0, head_error=0, difference_error=0, positives=2, negatives=2, groups=None
    )
    assert areas.p_value == 0.0


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
    with pytest.raises(TooFewItemsError, match="two positives"):
        compare_areas([1, 0, 0], [1, 2, 3], [1, 2, 3])
    with pytest.raises(TooFewItemsError, match="two groups"):
        compare_areas([1, 0, 0, 1], [1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0])


def _scores(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    labels = np.arange(n) % 3 == 0
    base = random.normal(size=n) + labels
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
