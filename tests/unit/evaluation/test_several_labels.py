"""A gate on items with several labels at once: decided by sets, and a head that speaks of other labels fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlgit.stats.decision import Verdict
from tests.unit.evaluation.attacks import Kind, N, attacks, verdict
from tests.unit.evaluation.predictions_of import model_of

NAMES = ("art", "news", "sport")


def table(random: np.random.Generator, right: float) -> dict[str, list[Any]]:
    truth = np.random.default_rng(4).random((N, 3)) < (0.6, 0.4, 0.3)
    given = np.where(random.random((N, 3)) < right, truth, ~truth)
    label, prediction = (
        ["|".join(name for name, has in zip(NAMES, row, strict=True) if has) or "|" for row in side]
        for side in (truth, given)
    )
    return {"id": [f"c{row}" for row in range(N)], "label": label, "prediction": prediction}


def kind(metric: str) -> Kind:
    random = np.random.default_rng(5)
    base, better, worse = (table(random, right) for right in (0.85, 0.97, 0.7))
    good = [label == said for label, said in zip(worse["label"], worse["prediction"], strict=True)]
    rule = {"no_worse_than": {"margin": 0.02}}
    return Kind(model_of(gates=[{metric: rule}]), base, better, worse, "prediction", good)


METRICS = ("subset_accuracy", "hamming_loss", "multilabel_f1_macro", "multilabel_f1_micro")


@pytest.mark.parametrize("metric", [*METRICS, "multilabel_f1_samples"])
def test_it_is_decided_and_no_attack_passes(metric: str) -> None:
    made = kind(metric)
    assert verdict(made, made.better) is Verdict.PASS
    assert verdict(made, made.worse) is Verdict.FAIL
    chosen = ("without the items that it broke", "no number in a broken item", "no answers at all")
    for name, head in attacks(made).items():
        if name in chosen:
            assert verdict(made, head) is not Verdict.PASS, name


def test_sets_that_no_item_has_are_no_foreign_ones_and_other_labels_are() -> None:
    """Every item is given a spare label besides: no set given is one of the labels', and every label is known."""
    made = kind("multilabel_f1_micro")
    label = [f"{one}|spare|more" if row == 0 else one for row, one in enumerate(made.base["label"])]
    wordy = [f"{one}|spare" for one in made.better["label"]]
    base = {**made.base, "label": label, "prediction": [f"{one}|spare" for one in made.base["prediction"]]}
    spoken = Kind(made.model, base, base, base, "prediction", made.good)
    assert verdict(spoken, {**base, "prediction": wordy}) is not Verdict.FAIL
    assert verdict(spoken, {**base, "prediction": ["kunst|musik"] * N}) is Verdict.FAIL
    assert verdict(made, {**made.better, "prediction": ["|"] * N}) is Verdict.FAIL
