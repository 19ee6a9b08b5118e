"""Populations with a known truth: two models' predictions of items drawn from each, for the calibration of every law.

A scene draws evidence and knows the true value of the head's metric and of its difference from the base. So a rule can be
put exactly on the bound, where a PASS is wrong by definition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from mlgit.config.scores import Score
from mlgit.stats.evidence import Evidence

if TYPE_CHECKING:
    from mlgit.stats.arrays import Array, Floats

    Draw = Callable[[np.random.Generator], Evidence]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A population: how `n` items are drawn, and the true values of both models (their difference alone is exact)."""

    name: str
    metric: str
    draw: Draw
    base: float
    head: float
    scores: Mapping[str, Score] = field(default_factory=dict)

    @property
    def difference(self) -> float:
        """The true difference, head minus base."""
        return self.head - self.base


def evidence(labels: Array, *, groups: Array | None = None, **columns: Any) -> Evidence:
    """Return drawn columns as evidence."""
    return Evidence(ids=np.arange(len(labels)), labels=labels, groups=groups, **columns)


def normal_cdf(value: float) -> float:
    """Return the share of a standard normal below a value."""
    return 0.5 * math.erfc(-value / math.sqrt(2.0))


def answers(
    name: str, metric: str, n: int, cells: dict[tuple[int, int, int], float], value: Callable[[Floats], float]
) -> Scene:
    """A classifier: the shares of (truth, base, head), and the metric of a table of truth by prediction."""
    keys, shares = np.array(list(cells)), np.array(list(cells.values()))
    classes = int(keys.max()) + 1

    def draw(random: np.random.Generator) -> Evidence:
        rows = np.repeat(keys, random.multinomial(n, shares / shares.sum()), axis=0)
        return evidence(rows[:, 0], base_predictions=rows[:, 1], head_predictions=rows[:, 2])

    def truth(side: int) -> float:
        table = np.zeros((classes, classes))
        np.add.at(table, (keys[:, 0], keys[:, side]), shares / shares.sum())
        return value(table)

    return Scene(name=name, metric=metric, draw=draw, base=truth(1), head=truth(2))


def two_classes(
    positives: float, base: tuple[float, float], head: tuple[float, float], overlap: float
) -> dict[tuple[int, int, int], float]:
    """Return the shares of (truth, base, head) from the recall of either class; of the head's errors a share are the base's."""
    cells: dict[tuple[int, int, int], float] = {}
    for truth, share, ours, theirs in (
        (1, positives, base[0], head[0]),
        (0, 1 - positives, base[1], head[1]),
    ):
        wrong = 1 - truth
        both_wrong = overlap * min(1 - ours, 1 - theirs)
        cells[truth, wrong, wrong] = share * both_wrong
        cells[truth, truth, wrong] = share * (1 - theirs - both_wrong)
        cells[truth, wrong, truth] = share * (1 - ours - both_wrong)
        cells[truth, truth, truth] = share * (ours + theirs - 1 + both_wrong)
    return cells


def recall(table: Floats) -> float:
    """Return the share of the positives that is found."""
    return float(table[1, 1] / table[1].sum())


def precision(table: Floats) -> float:
    """Return the share of predicted positives that is positive."""
    return float(table[1, 1] / table[:, 1].sum())


def accuracy(table: Floats) -> float:
    """Return the share of right answers."""
    return float(np.trace(table) / table.sum())


def f1(table: Floats) -> float:
    """Return the harmonic mean of precision and recall."""
    return float(2 * table[1, 1] / (table[1].sum() + table[:, 1].sum()))


def macro_f1(table: Floats) -> float:
    """Return the mean of F1 over the classes."""
    return float(np.mean(2 * np.diag(table) / (table.sum(axis=1) + table.sum(axis=0))))


def balanced(table: Floats) -> float:
    """Return the mean recall."""
    return float(np.mean(np.diag(table) / table.sum(axis=1)))


def mcc(table: Floats) -> float:
    """Return the correlation of truth and prediction."""
    truth, guess = table.sum(axis=1), table.sum(axis=0)
    shared = np.trace(table) - (truth * guess).sum()
    return float(shared / math.sqrt((1 - (truth**2).sum()) * (1 - (guess**2).sum())))


def kappa(table: Floats) -> float:
    """Return the agreement beyond chance."""
    chance = float((table.sum(axis=1) * table.sum(axis=0)).sum())
    return (float(np.trace(table)) - chance) / (1 - chance)


def ranking(
    name: str,
    n: int,
    positives: float,
    base: float,
    head: float,
    *,
    lost: float = 0.0,
    shared: float = 0.8,
    metric: str = "roc_auc",
    fixed: bool = False,
) -> Scene:
    """Scores of two normal classes `base` and `head` apart; of the head's positives a share `lost` fall below everything."""

    def draw(random: np.random.Generator) -> Evidence:
        labels = (np.arange(n) < positives * n) if fixed else random.random(n) < positives
        if labels.sum() < 2:
            labels[:2] = True
        noise = math.sqrt(shared) * random.normal(size=n)
        own = math.sqrt(1 - shared)
        ours = noise + own * random.normal(size=n) + base * labels
        theirs = noise + own * random.normal(size=n) + head * labels
        theirs = np.where(labels & (random.random(n) < lost), -50.0 + 0.01 * theirs, theirs)
        return evidence(labels.astype(int), base_scores=ours, head_scores=theirs)

    return Scene(
        name=name,
        metric=metric,
        draw=draw,
        base=normal_cdf(base / math.sqrt(2.0)),
        head=(1 - lost) * normal_cdf(head / math.sqrt(2.0)),
    )


def chances(name: str, metric: str, n: int, sure: tuple[float, float], right: tuple[float, float]) -> Scene:
    """Probabilities: each model gives the class it says `sure`, and is right on a share `right` of the items."""

    def draw(random: np.random.Generator) -> Evidence:
        labels = random.integers(0, 2, n)
        luck = random.random(n)
        scores = [
            np.where((luck < share) == (labels == 1), p, 1 - p) for p, share in zip(sure, right, strict=True)
        ]
        return evidence(labels, base_scores=scores[0], head_scores=scores[1])

    def loss(p: float, share: float) -> float:
        if metric == "brier":
            return share * (1 - p) ** 2 + (1 - share) * p**2
        return -share * math.log(p) - (1 - share) * math.log(1 - p)

    return Scene(
        name=name, metric=metric, draw=draw, base=loss(sure[0], right[0]), head=loss(sure[1], right[1])
    )


def numbers(
    name: str,
    metric: str,
    n: int,
    errors: Callable[[np.random.Generator, int], tuple[Floats, Floats]],
    values: tuple[float, float],
    truth: Callable[[np.random.Generator, int], Floats] | None = None,
) -> Scene:
    """A regression: the errors of both models beside a truth of mean 0 and variance 9."""

    def draw(random: np.random.Generator) -> Evidence:
        y = 3.0 * random.normal(size=n) if truth is None else truth(random, n)
        ours, theirs = errors(random, n)
        return evidence(y, base_predictions=y + ours, head_predictions=y + theirs)

    return Scene(name=name, metric=metric, draw=draw, base=values[0], head=values[1])


def grouped(
    name: str, metric: str, groups: int, size: int, spread: float, right: float, *, uneven: bool = False
) -> Scene:
    """Right answers by group: each group has a chance of its own to be right, with mean `right`; the base is always right half.

    `spread` in (0, 1] is the correlation within a group.
    """
    strength = (1 - spread) / spread

    def draw(random: np.random.Generator) -> Evidence:
        sizes = (
            np.maximum(1, (size * np.arange(1, groups + 1) * 2 / (groups + 1)).astype(int))
            if uneven
            else np.full(groups, size)
        )
        codes = np.repeat(np.arange(groups), sizes)
        ours, theirs = (random.beta(strength * right, strength * (1 - right), groups) for _ in range(2))
        labels = random.integers(0, 2, len(codes))
        luck = random.random(len(codes))
        base, head = (np.where(luck < share[codes], labels, 1 - labels) for share in (ours, theirs))
        return evidence(labels, groups=codes, base_predictions=base, head_predictions=head)

    return Scene(name=name, metric=metric, draw=draw, base=right, head=right)


def own(
    name: str,
    score: dict[str, Any],
    n: int,
    columns: Callable[[np.random.Generator, int], tuple[dict[str, Array], dict[str, Array]]],
    values: tuple[float, float],
    groups: Callable[[int], Array] | None = None,
) -> Scene:
    """A score of the user's own: `columns` draws those of the base and of the head."""
    kept = msgspec.convert({"direction": "higher", **score}, Score)

    def draw(random: np.random.Generator) -> Evidence:
        ours, theirs = columns(random, n)
        labels = np.full(n, "-")
        return evidence(
            labels, groups=None if groups is None else groups(n), base_columns=ours, head_columns=theirs
        )

    return Scene(name=name, metric="own", draw=draw, base=values[0], head=values[1], scores={"own": kept})
