"""The settings of scores of the user's own: means, ratios and quantiles of columns, with heavy tails, ties, groups and zeros."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.calibration.scenes import Scene, own

if TYPE_CHECKING:
    from mlgit.stats.arrays import Array

Case = tuple[Scene, str]
Columns = tuple[dict[str, "Array"], dict[str, "Array"]]
BOTH = ("value", "difference")


def means() -> list[Case]:
    """Means of a column: grades, wins with ties, heavy tails, rare losses, weights, groups."""

    def grades(random: np.random.Generator, n: int) -> Columns:
        quality = random.binomial(4, 0.7, n)
        return (
            {"v": quality + 1.0},
            {"v": np.where(random.random(n) < 0.7, quality, random.binomial(4, 0.7, n)) + 1.0},
        )

    def rarely(chance: float):  # type: ignore[no-untyped-def]
        def draw(random: np.random.Generator, n: int) -> Columns:
            return (
                {"v": (random.random(n) >= chance).astype(float)},
                {"v": (random.random(n) >= chance).astype(float)},
            )

        return draw

    def wins(random: np.random.Generator, n: int) -> Columns:
        draws = random.choice([0.0, 0.5, 1.0], (2, n), p=[0.2, 0.6, 0.2])
        return ({"v": draws[0]}, {"v": draws[1]})

    def prices(spread: float):  # type: ignore[no-untyped-def]
        def draw(random: np.random.Generator, n: int) -> Columns:
            shared, one, two = random.normal(size=(3, n))
            return (
                {"v": np.exp(spread * (0.8 * shared + 0.6 * one))},
                {"v": np.exp(spread * (0.8 * shared + 0.6 * two))},
            )

        return draw

    def pareto(random: np.random.Generator, n: int) -> Columns:
        return ({"v": 1.0 + random.pareto(2.5, n)}, {"v": 1.0 + random.pareto(2.5, n)})

    def weighed(random: np.random.Generator, n: int) -> Columns:
        weights = np.exp(1.2 * random.normal(size=n))
        ours, theirs = random.random((2, n)) < 0.8
        return ({"v": ours.astype(float), "w": weights}, {"v": theirs.astype(float), "w": weights})

    def grouped(random: np.random.Generator, n: int) -> Columns:
        effect = np.repeat(random.normal(size=n // 10), 10)
        return ({"v": effect + random.normal(size=n)}, {"v": effect + random.normal(size=n)})

    share, own_range = {"mean": "v"}, {"mean": "v", "range": [0, 1]}
    rows: list[tuple[str, dict[str, Any], int, Any, float]] = [
        ("mean of grades 1 to 5, 60 rows", {"mean": "v", "range": [1, 5]}, 60, grades, 3.8),
        ("mean of grades 1 to 5, no range, 60 rows", share, 60, grades, 3.8),
        ("win rate with ties, 100 rows", own_range, 100, wins, 0.5),
        ("pass rate near 1, 200 rows", own_range, 200, rarely(0.01), 0.99),
        ("pass rate near 1, no range, 200 rows", share, 200, rarely(0.01), 0.99),
        ("pass rate, a failure in 300, 1,000 rows", own_range, 1000, rarely(1 / 300), 1 - 1 / 300),
        ("mean of log-normal costs, 300 rows", {"mean": "v", "direction": "lower"}, 300, prices(1.0), math.exp(0.5)),
        ("mean of log-normal costs, 2,000 rows", {"mean": "v", "direction": "lower"}, 2000, prices(1.0), math.exp(0.5)),
        ("mean of Pareto costs, 1,000 rows", {"mean": "v", "direction": "lower"}, 1000, pareto, 1.0 + 1 / 1.5),
        ("weighted mean, uneven weights, 300 rows", {"mean": "v", "weight": "w", "range": [0, 1]}, 300, weighed, 0.8),
    ]  # fmt: skip
    cases = [
        (own(name, score, n, draw, (value, value)), asked)
        for name, score, n, draw, value in rows
        for asked in BOTH
    ]
    for groups in (12, 25):
        scene = own(
            f"mean, {groups} groups of 10",
            share,
            groups * 10,
            grouped,
            (0.0, 0.0),
            lambda n: np.arange(n) // 10,
        )
        cases += [(scene, asked) for asked in BOTH]
    return cases


def ratios() -> list[Case]:
    """Ratios of two columns: word errors, absolute errors over volumes, costs of what succeeded, zero denominators."""

    def words(chance: float):  # type: ignore[no-untyped-def]
        def draw(random: np.random.Generator, n: int) -> Columns:
            count = random.geometric(0.08, n)
            return (
                {"a": random.binomial(count, chance), "b": count},
                {"a": random.binomial(count, chance), "b": count},
            )

        return draw

    def volumes(random: np.random.Generator, n: int) -> Columns:
        volume = np.exp(1.2 * random.normal(size=n))
        noise = np.abs(random.normal(size=(2, n)))
        return ({"a": volume * noise[0], "b": volume}, {"a": volume * noise[1], "b": volume})

    def solved(chance: float):  # type: ignore[no-untyped-def]
        def side(random: np.random.Generator, n: int) -> dict[str, Array]:
            return {"a": np.exp(0.5 * random.normal(size=n)), "b": (random.random(n) < chance).astype(float)}

        def draw(random: np.random.Generator, n: int) -> Columns:
            return side(random, n), side(random, n)

        return draw

    score = {"ratio": ["a", "b"], "direction": "lower"}
    mean_volume, mean_cost = math.sqrt(2 / math.pi), math.exp(0.125)
    rows: list[tuple[str, dict[str, Any], int, Any, float]] = [
        ("word errors, 100 texts", score, 100, words(0.1), 0.1),
        ("word errors, 1 %, 300 texts", score, 300, words(0.01), 0.01),
        ("word errors, 1 %, 300 texts, range", {**score, "range": [0, 1]}, 300, words(0.01), 0.01),
        ("errors over log-normal volumes, 300 rows", score, 300, volumes, mean_volume),
        ("errors over log-normal volumes, 2,000 rows", score, 2000, volumes, mean_volume),
        ("cost of a success, 50 % zeros, 200 rows", score, 200, solved(0.5), mean_cost / 0.5),
        ("cost of a success, 90 % zeros, 600 rows", score, 600, solved(0.1), mean_cost / 0.1),
    ]
    cases = [
        (own(name, one, n, draw, (value, value)), asked)
        for name, one, n, draw, value in rows
        for asked in BOTH
    ]
    scene = own(
        "word errors, 30 speakers of 10", score, 300, words(0.1), (0.1, 0.1), lambda n: np.arange(n) // 10
    )
    return cases + [(scene, asked) for asked in BOTH]


def quantiles() -> list[Case]:
    """Quantiles of a column: medians and tails, ties, heavy tails, groups."""

    def times(correlation: float, scale: float = 1.0, digits: int | None = None):  # type: ignore[no-untyped-def]
        def draw(random: np.random.Generator, n: int) -> Columns:
            shared, one, two = random.normal(size=(3, n))
            kept = math.sqrt(1 - correlation)
            ours, theirs = (
                np.exp(math.sqrt(correlation) * shared + kept * one),
                np.exp(math.sqrt(correlation) * shared + kept * two) * scale,
            )
            return (
                ({"v": ours}, {"v": theirs})
                if digits is None
                else ({"v": np.round(ours, digits)}, {"v": np.round(theirs, digits)})
            )

        return draw

    def cauchy(random: np.random.Generator, n: int) -> Columns:
        return ({"v": random.standard_cauchy(n)}, {"v": random.standard_cauchy(n)})

    def score(share: float) -> dict[str, Any]:
        return {"quantile": ["v", share], "direction": "lower"}

    def at(share: float) -> float:
        return math.exp(NormalDist().inv_cdf(share))

    rows: list[tuple[str, float, int, Any, float, float]] = [
        ("median of times, 60 rows", 0.5, 60, times(0.0), 1.0, 1.0),
        ("median of times, much alike, 300 rows", 0.5, 300, times(0.9), 1.0, 1.0),
        ("0.9 quantile of times, 200 rows", 0.9, 200, times(0.5), at(0.9), at(0.9)),
        ("0.95 quantile of times, a slower head, 500 rows", 0.95, 500, times(0.7, 1.2), at(0.95), 1.2 * at(0.95)),
        ("0.99 quantile of times, 300 rows", 0.99, 300, times(0.5), at(0.99), at(0.99)),
        ("0.99 quantile of times, 2,000 rows", 0.99, 2000, times(0.9), at(0.99), at(0.99)),
        ("0.9 quantile of Cauchy values, 300 rows", 0.9, 300, cauchy, math.tan(0.4 * math.pi), math.tan(0.4 * math.pi)),
        ("median of rounded times, 200 rows", 0.5, 200, times(0.5, digits=0), 1.0, 1.0),
    ]  # fmt: skip
    cases = [
        (own(name, score(share), n, draw, (first, second)), asked)
        for name, share, n, draw, first, second in rows
        for asked in BOTH
    ]

    def visits(random: np.random.Generator, n: int) -> Columns:
        effect = np.repeat(random.normal(size=n // 10), 10)
        sides = 0.6 * effect + 0.8 * random.normal(size=(2, n))
        return ({"v": sides[0]}, {"v": sides[1]})

    scene = own("median, 40 groups of 10", score(0.5), 400, visits, (0.0, 0.0), lambda n: np.arange(n) // 10)
    return cases + [(scene, asked) for asked in BOTH]
