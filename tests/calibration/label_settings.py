"""The settings of items with several labels at once: few items, a rare label, models that are nearly never wrong."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tests.calibration.scenes import Scene, evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgit.stats.arrays import Array, Floats
    from mlgit.stats.evidence import Evidence

Case = tuple[Scene, str]
Rates = tuple[float, float, float]
"""Of each of three labels: a chance."""
Kind = tuple[float, Rates, tuple[Rates, Rates], tuple[Rates, Rates]]
"""Items of a kind: their share, how often each label is true, and of base and head how often it is found and made up."""
ALL = np.array(list(product((0, 1), repeat=3)))
"""The eight sets of three labels."""
NAMES = np.array(["|".join(np.array(["a", "b", "c"])[one == 1].tolist()) or "|" for one in ALL])

USUAL: list[Kind] = [
    (0.7, (0.6, 0.4, 0.2), ((0.9, 0.9, 0.8), (0.05, 0.1, 0.05)), ((0.88, 0.9, 0.8), (0.06, 0.1, 0.05))),
    (0.3, (0.3, 0.5, 0.5), ((0.6, 0.6, 0.5), (0.2, 0.2, 0.2)), ((0.6, 0.55, 0.5), (0.2, 0.2, 0.2))),
]
RARE: list[Kind] = [
    (1.0, (0.5, 0.3, 0.04), ((0.9, 0.9, 0.7), (0.05, 0.05, 0.01)), ((0.9, 0.88, 0.65), (0.05, 0.05, 0.01)))
]
NEAR: list[Kind] = [
    (1.0, (0.5, 0.4, 0.3), ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), ((0.99, 0.995, 1.0), (0.0, 0.005, 0.0)))
]


def labels() -> list[Case]:
    """Subset accuracy, Hamming loss and the three F1 of three labels."""
    rows = [
        (metric, what, n, kinds)
        for metric in ("subset_accuracy", "hamming_loss", "multilabel_f1_samples", "multilabel_f1_micro")
        for what, n, kinds in (("60 items", 60, USUAL), ("near 1, 200 items", 200, NEAR))
    ]
    rows += [
        ("multilabel_f1_micro", "a rare label, 1,000 items", 1000, RARE),
        ("multilabel_f1_macro", "150 items", 150, USUAL),
        ("multilabel_f1_macro", "a rare label, 1,000 items", 1000, RARE),
        ("multilabel_f1_macro", "near 1, 200 items", 200, NEAR),
    ]
    scenes = [in_sets(f"{metric}, {what}", metric, n, kinds) for metric, what, n, kinds in rows]
    return [(scene, asked) for scene in scenes for asked in ("value", "difference")]


def in_sets(
    name: str, metric: str, n: int, kinds: list[Kind], groups: Callable[[int], Array] | None = None
) -> Scene:
    """Items of a few kinds; within one, labels and answers are independent. All items of a group of `groups` are of one kind."""
    shares = np.array([kind[0] for kind in kinds])

    def draw(random: np.random.Generator) -> Evidence:
        codes = np.arange(n) if groups is None else groups(n)
        kind = np.repeat(np.arange(len(kinds)), random.multinomial(codes[-1] + 1, shares))[codes]
        truth = random.random((n, 3)) < np.array([one[1] for one in kinds])[kind]
        sides = [truth, *(answered(random, truth, kinds, kind, side) for side in (2, 3))]
        labelled, base, head = (NAMES[side @ np.array([4, 2, 1])] for side in sides)
        return evidence(
            labelled, groups=None if groups is None else codes, base_predictions=base, head_predictions=head
        )

    base, head = (value_of(metric, kinds, side) for side in (2, 3))
    return Scene(name=name, metric=metric, draw=draw, base=base, head=head)


def answered(random: np.random.Generator, truth: Array, kinds: list[Kind], kind: Array, side: int) -> Array:
    """Return which labels a side gives each item."""
    found, made_up = (np.array([one[side][part] for one in kinds])[kind] for part in (0, 1))  # type: ignore[index]
    return random.random(truth.shape) < np.where(truth, found, made_up)


def value_of(metric: str, kinds: list[Kind], side: int) -> float:
    """Return the true value of a side: the sum over all pairs of sets of how often each comes."""
    total, sums = 0.0, np.zeros((2, 3))
    for kind in kinds:
        for truth, given in product(ALL, ALL):
            chance = kind[0] * chance_of(truth, given, kind, side)
            right, whole = truth * given, truth + given
            sums += chance * np.stack([2 * right, whole])
            total += chance * of_item(metric, truth, given)
    if metric.endswith("micro"):
        return float(sums[0].sum() / sums[1].sum())
    return float((sums[0] / sums[1]).mean()) if metric.endswith("macro") else total


def chance_of(truth: Array, given: Array, kind: Kind, side: int) -> float:
    """Return how often items of a kind have these labels and are given those."""
    true, (found, made_up) = np.array(kind[1]), np.array(kind[side])
    says: Floats = np.where(truth == 1, found, made_up)
    return float(np.prod(np.where(truth == 1, true, 1 - true) * np.where(given == 1, says, 1 - says)))


def of_item(metric: str, truth: Array, given: Array) -> float:
    """Return what a metric that is a mean over items has of one item."""
    if metric == "subset_accuracy":
        return float((truth == given).all())
    if metric == "hamming_loss":
        return float((truth != given).mean())
    whole = float((truth + given).sum())
    return float(2 * (truth * given).sum()) / whole if whole else 1.0
