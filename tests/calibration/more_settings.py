"""The settings of average precision, scores of several classes, cost matrices and functions of the user's own."""

from __future__ import annotations

import math
from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from mlgit.config.scores import Score
from tests.calibration.scenes import Scene, answers, evidence, own, ranking, two_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgit.stats.arrays import Array, Floats
    from mlgit.stats.evidence import Evidence

Case = tuple[Scene, str]
Kind = tuple[int, tuple[float, ...], tuple[float, ...], float]
"""A row: its true class, what the base and the head give each class, and the share of such rows."""
BOTH = ("value", "difference")
FINE = np.linspace(-8.0, 12.0, 20_001)


def precisions() -> list[Case]:
    """Average precision: as many positives as others, few, near 1, two models alike."""
    rows = [
        ("average precision, 100 rows", 100, 0.4, 1.5, 1.4, False),
        ("average precision, 500 rows", 500, 0.4, 1.5, 1.4, False),
        ("average precision, 30 positives of 1,000", 1000, 0.03, 2.0, 1.9, True),
        ("average precision near 1, 200 rows", 200, 0.5, 4.0, 3.8, False),
        ("average precision, models alike, 300 rows", 300, 0.3, 1.5, 1.5, False),
    ]
    cases: list[Case] = []
    for name, n, positives, base, head, fixed in rows:
        drawn = ranking(name, n, positives, base, head, metric="average_precision", fixed=fixed)
        scene = Scene(
            name=name,
            metric="average_precision",
            draw=drawn.draw,
            base=precision_of(base, positives),
            head=precision_of(head, positives),
        )
        cases += [(scene, asked) for asked in BOTH]
    return cases


def precision_of(apart: float, positives: float) -> float:
    """Return the area under precision by recall of two normal classes so far apart, a share of `positives` in the one."""
    beyond = np.array([1.0 - NormalDist().cdf(cut) for cut in FINE])
    recall = np.interp(FINE - apart, FINE, beyond, left=1.0, right=0.0)
    found = positives * recall
    precision = found / np.maximum(found + (1 - positives) * beyond, 1e-300)
    return float(np.sum((precision[1:] + precision[:-1]) / 2 * -np.diff(recall)))


def classes() -> list[Case]:
    """Log-loss, Brier and the area of each class against the others, of three classes and scores for each."""
    mixed = said(((0.5, 0.3, 0.2), (0.7, 0.2, 0.1)), rights=(0.75, 0.72))
    rare = said(((0.5, 0.3, 0.2), (0.7, 0.2, 0.1)), rights=(0.75, 0.72), shares=(0.73, 0.22, 0.05))
    sure = said(((0.98, 0.01, 0.01), (0.999, 0.0005, 0.0005)), rights=(0.99, 0.985))
    cases: list[Case] = []
    for metric in ("log_loss", "brier", "roc_auc_ovr"):
        for what, kinds, n in (
            ("150 rows", mixed, 150),
            ("1,000 rows", mixed, 1000),
            ("a rare class, 1,000 rows", rare, 1000),
            ("nearly never wrong, 300 rows", sure, 300),
        ):
            scene = in_classes(f"{metric} of 3 classes, {what}", metric, n, kinds)
            cases += [(scene, asked) for asked in BOTH]
    return cases


def said(
    levels: tuple[tuple[float, ...], ...],
    rights: tuple[float, float],
    shares: tuple[float, ...] = (1 / 3,) * 3,
) -> list[Kind]:
    """Return rows of two models that put `levels` on the class they name, the next and the last; `rights` are how often it is true."""
    kinds: list[Kind] = []
    for truth, share in enumerate(shares):
        for one, first in outcomes(truth, rights[0]):
            for two, second in outcomes(truth, rights[1]):
                for level in levels:
                    together = share * first * second / len(levels)
                    kinds.append((truth, spread(level, one), spread(level, two), together))
    return kinds


def outcomes(truth: int, right: float) -> list[tuple[int, float]]:
    """Return which class a model names, and how often."""
    return [(truth, right), ((truth + 1) % 3, 0.7 * (1 - right)), ((truth + 2) % 3, 0.3 * (1 - right))]


def spread(level: tuple[float, ...], named: int) -> tuple[float, ...]:
    """Return the scores of three classes: the first level on the one that is named."""
    return tuple(level[(place - named) % 3] for place in range(3))


def in_classes(name: str, metric: str, n: int, kinds: list[Kind]) -> Scene:
    """A model that gives each class a score, of a few kinds of rows, so that its true value is a sum."""
    truth = np.array([kind[0] for kind in kinds])
    sides = [np.array([kind[side] for kind in kinds]) for side in (1, 2)]
    shares = np.array([kind[3] for kind in kinds])

    def draw(random: np.random.Generator) -> Evidence:
        rows = np.repeat(np.arange(len(kinds)), random.multinomial(n, shares / shares.sum()))
        scores = [{str(place): side[rows, place] for place in range(3)} for side in sides]
        return evidence(
            truth[rows].astype(str),
            base_predictions=sides[0][rows].argmax(axis=1).astype(str),
            head_predictions=sides[1][rows].argmax(axis=1).astype(str),
            base_class_scores=scores[0],
            head_class_scores=scores[1],
        )

    base, head = (TRUE[metric](truth, side, shares / shares.sum()) for side in sides)
    return Scene(name=name, metric=metric, draw=draw, base=base, head=head)


def log_loss(truth: Array, scores: Floats, shares: Floats) -> float:
    """Return the mean of -log of what the true class got."""
    return float((shares * -np.log(scores[np.arange(len(truth)), truth])).sum())


def brier(truth: Array, scores: Floats, shares: Floats) -> float:
    """Return the mean squared distance from the true class."""
    return float((shares * ((scores - np.eye(3)[truth]) ** 2).sum(axis=1)).sum())


def areas(truth: Array, scores: Floats, shares: Floats) -> float:
    """Return the mean over the classes of how often a row of it gets more than another, ties for a half."""
    found = []
    for place in range(3):
        ours, others = truth == place, truth != place
        higher = scores[ours, place][:, None] - scores[others, place][None, :]
        weight = shares[ours][:, None] * shares[others][None, :]
        found.append(float((weight * (np.sign(higher) + 1) / 2).sum() / weight.sum()))
    return float(np.mean(found))


TRUE = {"log_loss": log_loss, "brier": brier, "roc_auc_ovr": areas}


def costs() -> list[Case]:
    """A cost matrix: errors of like prices, a rare one that is dear, nearly none."""
    even = {1: {0: 1.0}, 0: {1: 2.0}}
    dear = {1: {0: 500.0}, 0: {1: 5.0, 0: 0.0}}
    gain = {1: {0: 20.0, 1: -30.0}, 0: {1: 5.0}}
    usual = two_classes(0.4, (0.9, 0.9), (0.85, 0.88), 0.6)
    rare = two_classes(0.03, (0.95, 0.98), (0.9, 0.98), 0.5)
    near = two_classes(0.3, (1.0, 1.0), (0.99, 1.0), 0.0)
    cases: list[Case] = []
    for name, n, cells, prices in (
        ("cost, 60 rows", 60, usual, even),
        ("cost, 1,000 rows", 1000, usual, even),
        ("cost, a rare error that is dear, 1,000 rows", 1000, rare, dear),
        ("cost, nearly none, 200 rows", 200, near, dear),
        ("cost with gains, 300 rows", 300, usual, gain),
    ):
        kept = msgspec.convert({"cost": prices}, Score)
        drawn = answers(name, "own", n, cells, partial(price, prices=prices))
        scene = Scene(
            name=name, metric="own", draw=drawn.draw, base=drawn.base, head=drawn.head, scores={"own": kept}
        )
        cases += [(scene, asked) for asked in BOTH]
    return cases


def price(table: Floats, prices: dict[int, dict[int, float]]) -> float:
    """Return the mean cost of a table of truth by prediction."""
    return sum(
        float(table[true, answer]) * cost for true, row in prices.items() for answer, cost in row.items()
    )


def functions() -> list[Case]:
    """Functions of the rows: a correlation, a root of a mean, a ratio of means, by rows and by group."""

    def pairs(random: np.random.Generator, n: int) -> tuple[dict[str, Array], dict[str, Array]]:
        shared, one, two = random.normal(size=(3, n))
        return {"a": shared, "b": 0.6 * shared + 0.8 * one}, {"a": shared, "b": 0.6 * shared + 0.8 * two}

    def prices(random: np.random.Generator, n: int) -> tuple[dict[str, Array], dict[str, Array]]:
        ours, theirs = np.exp(0.5 * random.normal(size=(2, n)))
        return {"a": ours}, {"a": theirs}

    def visits(random: np.random.Generator, n: int) -> tuple[dict[str, Array], dict[str, Array]]:
        effect = np.repeat(random.normal(size=n // 10), 10)
        sides = 0.6 * effect + 0.8 * random.normal(size=(2, n))
        return {"a": 3.0 + sides[0]}, {"a": 3.0 + sides[1]}

    rows: list[tuple[str, str, int, Any, float]] = [
        ("function: correlation, 60 rows", "correlation", 60, pairs, 0.6),
        ("function: correlation, 500 rows", "correlation", 500, pairs, 0.6),
        ("function: root mean square, 100 rows", "root_mean_square", 100, prices, math.exp(0.25)),
        ("function: root mean square, 1,000 rows", "root_mean_square", 1000, prices, math.exp(0.25)),
    ]
    cases = [
        (own(name, score_of(called), n, draw, (true, true)), asked)
        for name, called, n, draw, true in rows
        for asked in BOTH
    ]
    scene = own(
        "function: root mean square, 30 groups of 10",
        score_of("root_mean_square"),
        300,
        visits,
        (math.sqrt(10.0),) * 2,
        lambda n: np.arange(n) // 10,
    )
    return cases + [(scene, asked) for asked in BOTH]


def score_of(name: str) -> dict[str, str]:
    """Return the score that calls a function of this module."""
    return {"function": f"{__name__}:{name}"}


def correlation(columns: Mapping[str, Array]) -> float:
    """Return the correlation of two columns."""
    one, two = (columns[name] - columns[name].mean() for name in ("a", "b"))
    return float(one @ two / math.sqrt(float(one @ one) * float(two @ two)))


def root_mean_square(columns: Mapping[str, Array]) -> float:
    """Return the root of the mean square of a column."""
    return math.sqrt(float(np.mean(np.asarray(columns["a"]) ** 2)))
