"""The settings by group of everything but accuracy: losses, areas, labels and dear groups, of few groups and of many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tests.calibration.label_settings import USUAL, in_sets
from tests.calibration.scenes import Scene, evidence, normal_cdf, own

if TYPE_CHECKING:
    from mlgit.stats.arrays import Array, Floats
    from mlgit.stats.evidence import Evidence

Case = tuple[Scene, str]
Sizes = tuple[str, "Array"]
BOTH = ("value", "difference")
SPREAD = 0.6
"""The deviation of what all rows of a group share of an error, beside 0.8 of a row's own."""
FEW, MANY = ("25 groups of 20", np.full(25, 20)), ("100 groups of 15", np.full(100, 15))
UNEVEN = ("40 uneven groups", np.maximum(1, np.arange(1, 41)))


def losses_by_group() -> list[Case]:
    """MAE, RMSE, R2 and log-loss of rows that share a part of their error, and groups that are lost as a whole."""
    scenes = [errors(metric, sizes) for metric in ("mae", "rmse", "r2") for sizes in (FEW, MANY, UNEVEN)]
    scenes += [lost_groups(metric) for metric in ("mae", "rmse")]
    scenes += [chances_by_group(metric, sizes) for metric in ("log_loss", "brier") for sizes in (FEW, MANY)]
    scenes += [area(sizes) for sizes in (FEW, MANY)]
    scenes += [dear_groups()]
    scenes += [
        in_sets(f"{metric}, 30 groups of 10", metric, 300, USUAL, of_tens)
        for metric in ("hamming_loss", "multilabel_f1_micro", "multilabel_f1_macro")
    ]
    return [(scene, asked) for scene in scenes for asked in BOTH]


def of_tens(n: int) -> Array:
    """Return groups of ten rows each."""
    return np.arange(n) // 10


def errors(metric: str, sizes: Sizes) -> Scene:
    """Normal errors of deviation 1 and 1.05 of which a row's group has a part; the truth has variance 9, a half by group."""

    def draw(random: np.random.Generator) -> Evidence:
        codes = np.repeat(np.arange(len(sizes[1])), sizes[1])

        def shared(whole: float) -> Floats:
            by_group = random.normal(size=len(sizes[1]))[codes]
            found: Floats = whole * (SPREAD * by_group + 0.8 * random.normal(size=len(codes)))
            return found

        truth = math.sqrt(4.5) * (random.normal(size=len(sizes[1]))[codes] + random.normal(size=len(codes)))
        ours, theirs = shared(1.0), shared(1.05)
        return evidence(truth, groups=codes, base_predictions=truth + ours, head_predictions=truth + theirs)

    base, head = (value_of(metric, scale) for scale in (1.0, 1.05))
    return Scene(name=f"{metric}, {sizes[0]}", metric=metric, draw=draw, base=base, head=head)


def value_of(metric: str, scale: float) -> float:
    """Return the value of normal errors of such a deviation, beside a truth of variance 9."""
    return {"mae": math.sqrt(2 / math.pi) * scale, "rmse": scale, "r2": 1 - scale**2 / 9}[metric]


def lost_groups(metric: str) -> Scene:
    """Groups of five rows; in one of 250 the head is off by 10 on every row, elsewhere it is the base."""
    chance, size, groups = 0.004, 10.0, 400

    def draw(random: np.random.Generator) -> Evidence:
        codes = np.repeat(np.arange(groups), 5)
        truth, ours = 3.0 * random.normal(size=len(codes)), random.normal(size=len(codes))
        lost = (random.random(groups) < chance)[codes]
        theirs = np.where(lost, size, ours)
        return evidence(truth, groups=codes, base_predictions=truth + ours, head_predictions=truth + theirs)

    base = value_of(metric, 1.0)
    head = {
        "mae": (1 - chance) * base + chance * size,
        "rmse": math.sqrt(1 - chance + chance * size**2),
    }[metric]
    return Scene(name=f"{metric}, 400 groups, 1 of 250 lost", metric=metric, draw=draw, base=base, head=head)


def chances_by_group(metric: str, sizes: Sizes) -> Scene:
    """Models that are sure of 0.9 and 0.97 and right on a share that differs by group: 0.9 on average."""

    def draw(random: np.random.Generator) -> Evidence:
        codes = np.repeat(np.arange(len(sizes[1])), sizes[1])
        labels = random.integers(0, 2, len(codes))
        scores = []
        for sure in SURE:
            right = random.beta(9.0, 1.0, len(sizes[1]))[codes]
            said = (random.random(len(codes)) < right) == (labels == 1)
            scores.append(np.where(said, sure, 1 - sure))
        return evidence(labels, groups=codes, base_scores=scores[0], head_scores=scores[1])

    base, head = (
        0.9 * (1 - sure) ** 2 + 0.1 * sure**2
        if metric == "brier"
        else -0.9 * math.log(sure) - 0.1 * math.log(1 - sure)
        for sure in SURE
    )
    return Scene(name=f"{metric}, {sizes[0]}", metric=metric, draw=draw, base=base, head=head)


SURE = (0.9, 0.97)


def area(sizes: Sizes) -> Scene:
    """Scores 1.5 and 1.4 apart with a part that all rows of a group share."""

    def draw(random: np.random.Generator) -> Evidence:
        codes = np.repeat(np.arange(len(sizes[1])), sizes[1])
        labels = random.random(len(codes)) < 0.4
        shared = 0.3 * random.normal(size=len(sizes[1]))[codes]
        ours, theirs = (shared + random.normal(size=len(codes)) + apart * labels for apart in (1.5, 1.4))
        return evidence(labels.astype(int), groups=codes, base_scores=ours, head_scores=theirs)

    base, head = (normal_cdf(apart / math.sqrt(2.0 * (1.0 + 0.3**2))) for apart in (1.5, 1.4))
    return Scene(name=f"AUC, {sizes[0]}", metric="roc_auc", draw=draw, base=base, head=head)


def dear_groups() -> Scene:
    """Costs of which a group shares a log-normal factor."""

    def columns(random: np.random.Generator, n: int) -> tuple[dict[str, Array], dict[str, Array]]:
        shared = np.exp(0.7 * random.normal(size=n // 10))[np.arange(n) // 10]
        sides = shared * np.exp(0.4 * random.normal(size=(2, n)))
        return {"v": sides[0]}, {"v": sides[1]}

    value = math.exp((0.7**2 + 0.4**2) / 2)
    score = {"mean": "v", "direction": "lower"}
    return own("mean of log-normal costs, 60 groups of 10", score, 600, columns, (value, value), of_tens)
