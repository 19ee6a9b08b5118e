"""Metrics of items with several labels at once, held against scikit-learn and against the law of one label."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, hamming_loss
from sklearn.preprocessing import MultiLabelBinarizer

from mlgit.stats.errors import StatisticsError, TooFewItemsError, UndefinedMetricError
from mlgit.stats.estimates import Estimates
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.evidence import Predictions, check_evidence
from mlgit.stats.label_sets import SET_ESTIMATORS, f1_macro, label_sets, macro
from mlgit.stats.naming import OF_SETS
from mlgit.stats.options import Options

NAMES = ("art", "news", "sport", "weather")
N = 400


def drawn(seed: int = 3, right: float = 0.85) -> list[list[str]]:
    random = np.random.default_rng(seed)
    truth = random.random((N, 4)) < (0.5, 0.3, 0.2, 0.1)
    sides = [truth, *(np.where(random.random((N, 4)) < one, truth, ~truth) for one in (right, right))]
    return [["|".join(name for name, has in zip(NAMES, row, strict=True) if has) or "|" for row in side] for side in sides]  # fmt: skip


def estimates(metric: str, truth: list[str], base: list[str], head: list[str], **more: object) -> Estimates:
    ids = np.arange(len(truth))
    sides = [Predictions(ids=ids, labels=truth, predictions=one, **more) for one in (base, head)]  # type: ignore[arg-type]
    evidence = check_evidence(*sides).evidence
    assert evidence is not None
    return ESTIMATORS[metric](evidence, 1, Options())


def binary(columns: list[str]) -> np.ndarray:
    return MultiLabelBinarizer(classes=NAMES).fit_transform([set(one.split("|")) - {""} for one in columns])


def test_each_value_is_scikit_learns() -> None:
    truth, base, head = drawn()
    at = [binary(one) for one in (truth, base, head)]
    expected = {
        "subset_accuracy": accuracy_score,
        "hamming_loss": hamming_loss,
        "multilabel_f1_macro": lambda a, b: f1_score(a, b, average="macro"),
        "multilabel_f1_micro": lambda a, b: f1_score(a, b, average="micro"),
        "multilabel_f1_samples": lambda a, b: f1_score(a, b, average="samples", zero_division=1.0),
    }
    assert expected.keys() == SET_ESTIMATORS.keys() == OF_SETS
    for name, law in expected.items():
        found = estimates(name, truth, base, head)
        values = law(at[0], at[1]), law(at[0], at[2])
        assert (found.base(0.95).estimate, found.head(0.95).estimate) == pytest.approx(values)
        change = found.difference(0.95)
        assert change.estimate == pytest.approx(values[1] - values[0])
        assert change.low < change.estimate < change.high
        assert 0.0 < found.p_value <= 1.0


def test_order_and_blanks_in_a_set_mean_nothing() -> None:
    truth, base, head = drawn()
    turned = [" | ".join(reversed(one.split("|"))) for one in head]
    for name in SET_ESTIMATORS:
        one, other = (estimates(name, truth, base, side) for side in (head, turned))
        assert one.difference(0.9) == other.difference(0.9)


def test_what_an_item_moves_the_macro_f1_by_is_what_it_falls_by_without_it() -> None:
    truth, base, head = drawn()
    sides = [Predictions(ids=np.arange(N), labels=truth, predictions=one) for one in (base, head)]
    evidence = check_evidence(*sides).evidence
    assert evidence is not None
    sets = label_sets(evidence)
    found = macro(sets, sets.head)
    at = [binary(one) for one in (truth, head)]
    for item in range(0, N, 40):
        rest = np.arange(N) != item
        without = f1_score(at[0][rest], at[1][rest], average="macro")
        assert found.influence[item] == pytest.approx(found.estimate - without, rel=0.05, abs=1e-5)
    assert f1_macro(sets).changed == sets.changed > 0


def test_an_unseen_item_moves_the_macro_f1_as_far_as_it_would() -> None:
    """Added by hand: an item that has every label and is given none, and one that has all and is given all."""
    truth, base, head = drawn()
    sides = [Predictions(ids=np.arange(N), labels=truth, predictions=one) for one in (base, head)]
    evidence = check_evidence(*sides).evidence
    assert evidence is not None
    sets = label_sets(evidence)
    found, at = macro(sets, sets.head), [binary(one) for one in (truth, head)]
    lost, won = (
        f1_score(np.vstack([at[0], np.ones(4)]), np.vstack([at[1], np.full(4, one)]), average="macro")
        for one in (0, 1)
    )
    assert (found.fall, found.rise) == pytest.approx((found.estimate - lost, won - found.estimate))
    perfect = estimates("multilabel_f1_macro", truth, base, truth).head(0.95)
    assert perfect.low < perfect.estimate == perfect.high == 1.0


def test_groups_are_what_is_sampled() -> None:
    truth, base, head = drawn()
    groups = np.arange(N) // 10
    for name in SET_ESTIMATORS:
        alone = estimates(name, truth, base, head).head(0.95)
        found = estimates(name, truth, base, head, groups=groups).head(0.95)
        assert found.estimate == pytest.approx(alone.estimate)
        assert "by group" in found.method
        with pytest.raises(TooFewItemsError, match="16 groups"):
            estimates(name, truth, base, head, groups=np.arange(N) // 25).head(0.95)


def test_a_label_that_a_model_makes_up_is_a_wrong_one() -> None:
    truth, base, head = drawn()
    more = [f"{one}|ghost" for one in head]
    for name, worse in (("multilabel_f1_micro", -1), ("hamming_loss", 1), ("multilabel_f1_samples", -1)):
        plain, made_up = (estimates(name, truth, base, side).head(0.9).estimate for side in (head, more))
        assert (made_up - plain) * worse > 0.0
    assert estimates("subset_accuracy", truth, base, more).head(0.9).estimate == 0.0


def test_what_cannot_be_said() -> None:
    truth, base, head = drawn()
    rare = ["art|ghost" if place < 19 else one for place, one in enumerate(truth)]
    with pytest.raises(TooFewItemsError, match="19 items of the rarest class"):
        estimates("multilabel_f1_macro", rare, base, head).head(0.95)
    with pytest.raises(UndefinedMetricError, match="no item has a label"):
        estimates("hamming_loss", ["|"] * N, base, head)
    scores = [Predictions(ids=np.arange(3), labels=["a", "b", "a"], scores=[0.1, 0.2, 0.3]) for _ in range(2)]
    evidence = check_evidence(*scores).evidence
    assert evidence is not None
    with pytest.raises(StatisticsError, match="no predictions"):
        label_sets(evidence)
