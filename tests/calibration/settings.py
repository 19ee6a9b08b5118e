"""The settings that every law is held to: small n, a rare class, near 1, heavy tails, few groups, catastrophes, a growing set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.calibration import group_settings, label_settings, more_settings, own_scores, scenes
from tests.calibration.scenes import Scene, answers, chances, grouped, numbers, ranking, two_classes

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats

Case = tuple[Scene, str]
"""A scene, and what is asked of it: the head's own `value`, or its `difference` from the base."""


def shares() -> list[Case]:
    """Shares of right answers: accuracy, recall, precision."""
    small = two_classes(0.5, (0.9, 0.9), (0.88, 0.88), 0.6)
    rare = two_classes(0.03, (0.95, 0.95), (0.9, 0.95), 0.5)
    near = two_classes(0.3, (1.0, 0.999), (0.985, 0.999), 0.0)
    sure = two_classes(0.5, (1.0, 1.0), (0.99, 0.99), 0.0)
    return [
        (answers("accuracy, 60 rows", "accuracy", 60, small, scenes.accuracy), "value"),
        (answers("accuracy, 60 rows", "accuracy", 60, small, scenes.accuracy), "difference"),
        (answers("accuracy near 1, 300 rows", "accuracy", 300, sure, scenes.accuracy), "value"),
        (answers("accuracy, 1 % break, 100 rows", "accuracy", 100, sure, scenes.accuracy), "difference"),
        (answers("accuracy, 5,000 rows", "accuracy", 5000, small, scenes.accuracy), "difference"),
        (answers("recall, 30 positives of 1,000", "recall", 1000, rare, scenes.recall), "value"),
        (answers("recall, 30 positives of 1,000", "recall", 1000, rare, scenes.recall), "difference"),
        (answers("recall near 1, 150 rows", "recall", 150, near, scenes.recall), "value"),
        (answers("recall near 1, 150 rows", "recall", 150, near, scenes.recall), "difference"),
        (answers("recall near 1, 2,000 rows", "recall", 2000, near, scenes.recall), "difference"),
        (answers("precision, 60 rows", "precision", 60, small, scenes.precision), "value"),
        (answers("precision, 60 rows", "precision", 60, small, scenes.precision), "difference"),
        (answers("precision, rare, 1,000 rows", "precision", 1000, rare, scenes.precision), "value"),
        (answers("precision, rare, 1,000 rows", "precision", 1000, rare, scenes.precision), "difference"),
    ]


def confusions() -> list[Case]:
    """F1, MCC, kappa and balanced accuracy."""
    small = two_classes(0.4, (0.9, 0.9), (0.85, 0.88), 0.6)
    rare = two_classes(0.03, (0.95, 0.98), (0.85, 0.98), 0.5)
    near = two_classes(0.3, (1.0, 1.0), (0.97, 1.0), 0.0)
    kinds = {"f1": scenes.f1, "mcc": scenes.mcc, "kappa": scenes.kappa, "balanced_accuracy": scenes.balanced}
    cases: list[Case] = []
    for metric, value in kinds.items():
        for name, n, cells in (
            ("60 rows", 60, small),
            ("rare, 1,000 rows", 1000, rare),
            ("near 1, 200 rows", 200, near),
        ):
            scene = answers(f"{metric}, {name}", metric, n, cells, value)
            cases += [(scene, "value"), (scene, "difference")]
    many = {(t, t, t): 0.16 for t in range(5)}
    many |= {(t, t, (t + 1) % 5): 0.02 for t in range(5)} | {(t, (t + 2) % 5, t): 0.02 for t in range(5)}
    few = {
        (0, 0, 0): 0.67,
        (1, 1, 1): 0.27,
        (2, 2, 2): 0.025,
        (2, 2, 0): 0.015,
        (0, 1, 0): 0.01,
        (1, 1, 0): 0.01,
    }
    cases += [
        (answers("macro F1, 5 classes, 200 rows", "f1_macro", 200, many, scenes.macro_f1), "value"),
        (answers("macro F1, 5 classes, 200 rows", "f1_macro", 200, many, scenes.macro_f1), "difference"),
        (answers("macro F1, a rare class, 500 rows", "f1_macro", 500, few, scenes.macro_f1), "value"),
        (answers("macro F1, a rare class, 500 rows", "f1_macro", 500, few, scenes.macro_f1), "difference"),
        (
            answers(
                "balanced accuracy, a rare class, 500 rows", "balanced_accuracy", 500, few, scenes.balanced
            ),
            "value",
        ),
        (
            answers(
                "balanced accuracy, a rare class, 500 rows", "balanced_accuracy", 500, few, scenes.balanced
            ),
            "difference",
        ),
    ]
    return cases


def areas() -> list[Case]:
    """The area under the ROC curve."""
    return [
        (ranking("AUC, 60 rows", 60, 0.4, 1.5, 1.4), "value"),
        (ranking("AUC, 60 rows", 60, 0.4, 1.5, 1.4), "difference"),
        (ranking("AUC, 142 rows near 1", 142, 0.6, 3.5, 3.3), "value"),
        (ranking("AUC, 142 rows near 1", 142, 0.6, 3.5, 3.3), "difference"),
        (ranking("AUC, 25 positives of 1,000", 1000, 0.025, 1.5, 1.4, fixed=True), "value"),
        (ranking("AUC, 25 positives of 1,000", 1000, 0.025, 1.5, 1.4, fixed=True), "difference"),
        (ranking("AUC near 1, 40 positives of 1,000", 1000, 0.04, 4.0, 3.0), "value"),
        (ranking("AUC near 1, 40 positives of 1,000", 1000, 0.04, 4.0, 3.0), "difference"),
        (ranking("AUC, 1 % of positives lost, 200 rows", 200, 0.5, 4.0, 4.0, lost=0.01), "value"),
        (ranking("AUC, 1 % of positives lost, 200 rows", 200, 0.5, 4.0, 4.0, lost=0.01), "difference"),
        (ranking("AUC, 2,000 rows", 2000, 0.4, 1.5, 1.4), "difference"),
    ]


def losses() -> list[Case]:
    """Log-loss, Brier, MAE, MSE, RMSE and R2."""

    def normal(scale: float):  # type: ignore[no-untyped-def]
        def errors(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
            shared, first, second = random.normal(size=(3, n))
            return 0.8 * shared + 0.6 * first, scale * (0.8 * shared + 0.6 * second)

        return errors

    def rare(chance: float, size: float):  # type: ignore[no-untyped-def]
        def errors(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
            ours = random.normal(size=n)
            lost = random.random(n) < chance
            return ours, np.where(lost, np.sign(ours) * size, ours)

        return errors

    def prices(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        shared, first, second = random.normal(size=(3, n))
        sign = random.choice([-1.0, 1.0], n)
        return sign * np.exp(0.9 * shared + 0.44 * first), sign * np.exp(0.9 * shared + 0.44 * second)

    mean_abs = (2 / np.pi) ** 0.5
    heavy = np.exp(2 * (0.81 + 0.1936))
    cases: list[Case] = [
        (chances("log-loss, overconfident, 300 rows", "log_loss", 300, (0.9, 0.999), (0.95, 0.99)), "value"),
        (
            chances("log-loss, overconfident, 300 rows", "log_loss", 300, (0.9, 0.999), (0.95, 0.97)),
            "difference",
        ),
        (chances("log-loss, 60 rows", "log_loss", 60, (0.8, 0.75), (0.8, 0.78)), "difference"),
        (
            chances("log-loss, never wrong yet, 200 rows", "log_loss", 200, (0.99, 0.999), (0.998, 0.996)),
            "difference",
        ),
        (chances("Brier, 60 rows", "brier", 60, (0.8, 0.9), (0.8, 0.78)), "difference"),
        (chances("Brier near 0, 300 rows", "brier", 300, (0.99, 0.999), (0.998, 0.995)), "value"),
        (chances("Brier near 0, 300 rows", "brier", 300, (0.99, 0.999), (0.998, 0.995)), "difference"),
    ]
    for n in (40, 300):
        for metric, scale in (("mae", 1.05), ("mse", 1.05), ("rmse", 1.05), ("r2", 1.05)):
            value = {"mae": mean_abs * scale, "mse": scale**2, "rmse": scale, "r2": 1 - scale**2 / 9}[metric]
            first = {"mae": mean_abs, "mse": 1.0, "rmse": 1.0, "r2": 1 - 1 / 9}[metric]
            scene = numbers(f"{metric}, normal errors, {n} rows", metric, n, normal(scale), (first, value))
            cases += [(scene, "value"), (scene, "difference")]
    # e^2 of prices has mean exp(2 s^2), and |e| exp(s^2 / 2), with s^2 = 1.0036 of both models alike.
    for n in (300, 2000):
        for metric, value in (
            ("mae", np.exp(1.0036 / 2)),
            ("mse", heavy),
            ("rmse", heavy**0.5),
            ("r2", 1 - heavy / 9),
        ):
            scene = numbers(f"{metric}, prices, {n} rows", metric, n, prices, (float(value), float(value)))
            cases += [(scene, "value"), (scene, "difference")]
    for chance, n in ((0.004, 500), (0.0015, 500)):
        size = 10.0
        values = {
            "mae": (mean_abs, (1 - chance) * mean_abs + chance * size),
            "rmse": (1.0, (1 - chance + chance * size**2) ** 0.5),
            "r2": (1 - 1 / 9, 1 - (1 - chance + chance * size**2) / 9),
        }
        for metric, both in values.items():
            scene = numbers(
                f"{metric}, catastrophes of 1 in {round(1 / chance)}, {n} rows",
                metric,
                n,
                rare(chance, size),
                both,
            )
            cases += [(scene, "value"), (scene, "difference")]
    return cases


def clusters() -> list[Case]:
    """Items by group."""
    return [
        (grouped("accuracy, 2 groups of 20", "accuracy", 2, 20, 0.3, 0.9), "value"),
        (grouped("accuracy, 5 groups of 40", "accuracy", 5, 40, 0.2, 0.9), "difference"),
        (grouped("accuracy, 12 groups of 40", "accuracy", 12, 40, 0.2, 0.9), "value"),
        (grouped("accuracy, 25 groups of 20", "accuracy", 25, 20, 0.2, 0.9), "value"),
        (grouped("accuracy, 25 groups of 20", "accuracy", 25, 20, 0.2, 0.9), "difference"),
        (grouped("accuracy, 30 uneven groups", "accuracy", 30, 30, 0.2, 0.9, uneven=True), "value"),
        (grouped("accuracy, groups all right or all wrong", "accuracy", 40, 20, 0.95, 0.97), "value"),
        (grouped("accuracy, groups all right or all wrong", "accuracy", 40, 20, 0.95, 0.97), "difference"),
        (grouped("balanced accuracy, 30 groups of 20", "balanced_accuracy", 30, 20, 0.2, 0.9), "value"),
        (grouped("balanced accuracy, 30 groups of 20", "balanced_accuracy", 30, 20, 0.2, 0.9), "difference"),
    ]


LAWS = {
    "shares": shares,
    "confusions": confusions,
    "areas": areas,
    "losses": losses,
    "clusters": clusters,
    "groups": group_settings.losses_by_group,
    "means": own_scores.means,
    "ratios": own_scores.ratios,
    "quantiles": own_scores.quantiles,
    "precisions": more_settings.precisions,
    "classes": more_settings.classes,
    "costs": more_settings.costs,
    "labels": label_settings.labels,
    "functions": more_settings.functions,
}
