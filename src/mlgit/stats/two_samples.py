"""Two samples of one source: how surprising counts in the second are, knowing the first.

Nothing is assumed of the source but that the rows of both samples could have come in any order. Written with `math`
alone. `chance` is always the probability, in [0, 1], of what was seen or more when nothing changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

_NEGLIGIBLE = 1e-16
_STEPS = 100_000


def count_chance(count: int, rows: int, seen: int, seen_rows: int) -> float:
    """Return the chance that `count` or more of `rows` fall where `seen` of `seen_rows` fell before.

    Fisher's exact test, one-sided: given how many there are in both samples, the second holds a random part of them
    (https://en.wikipedia.org/wiki/Hypergeometric_distribution). With none seen it is close to
    (rows / (rows + seen_rows)) ** count, the predictive form of the rule of three.
    """
    if count <= 0:
        return 1.0
    total, both = count + seen, rows + seen_rows
    most = min(total, rows)
    logarithm = _choose(total, count) + _choose(both - total, rows - count) - _choose(both, rows)
    term = math.exp(logarithm) if logarithm < 0 else 1.0
    chance, number = 0.0, count
    while True:
        chance += term
        if number >= most or term < _NEGLIGIBLE * chance:
            return min(1.0, chance)
        down = (number + 1) * (both - total - rows + number + 1)
        term *= (total - number) * (rows - number) / down if down > 0 else 0.0
        number += 1


def fewest_surprising(rows: int, seen: int, seen_rows: int, alpha: float) -> int | None:
    """Return the smallest count whose chance is below `alpha`; None when not even all `rows` would surprise."""
    if count_chance(rows, rows, seen, seen_rows) >= alpha:
        return None
    low, high = 0, rows
    while high - low > 1:
        middle = (low + high) // 2
        if count_chance(middle, rows, seen, seen_rows) < alpha:
            high = middle
        else:
            low = middle
    return high


def pairs_chance(repeated: int, rows: int, seen: int, seen_rows: int) -> float:
    """Return the chance of `repeated` or more rows that repeat another, when `seen` of `seen_rows` did.

    Pairs grow with the square of the rows, so a row falls to the second sample with the odds of the squares.
    """
    odds = rows * rows / (rows * rows + seen_rows * seen_rows)
    return binomial_tail(repeated, repeated + seen, odds)


def binomial_tail(count: int, number: int, share: float) -> float:
    """Return P(X >= count) for X ~ Binomial(number, share), 0 < share < 1."""
    from mlgit.stats.distributions import binomial_cdf

    return 1.0 if count <= 0 else max(0.0, binomial_cdf(number - count, number, 1.0 - share))


def shares_chance(counts: Sequence[int], seen: Sequence[float]) -> float:
    """Return the chance of cells as different as these, by the chi-square test of two samples.

    `counts` are the rows in each cell of the second sample, `seen` those of the first. Cells of which fewer than five
    rows are to be expected in either sample are taken together with their neighbour.
    """
    cells = pooled(counts, seen)
    if len(cells) < 2:
        return 1.0
    rows, seen_rows = sum(one for one, _ in cells), sum(other for _, other in cells)
    if not rows or not seen_rows:
        return 1.0
    ratio = math.sqrt(seen_rows / rows)
    statistic = sum((one * ratio - other / ratio) ** 2 / (one + other) for one, other in cells if one + other)
    return chi_square_tail(statistic, len(cells) - 1)


FEWEST_IN_A_CELL = 5.0


def pooled(counts: Sequence[int], seen: Sequence[float]) -> list[tuple[float, float]]:
    """Return the cells of both samples, small neighbours taken together."""
    rows, seen_rows = sum(counts), sum(seen)
    smaller = min(rows, seen_rows) / (rows + seen_rows) if rows + seen_rows else 0.0
    cells: list[tuple[float, float]] = []
    one = other = 0.0
    for count, before in zip(counts, seen, strict=True):
        one, other = one + count, other + before
        if (one + other) * smaller >= FEWEST_IN_A_CELL:
            cells.append((one, other))
            one = other = 0.0
    if one + other and cells:
        last = cells.pop()
        cells.append((last[0] + one, last[1] + other))
    return cells


def moved_share(counts: Sequence[int], seen: Sequence[float]) -> float:
    """Return the share of rows that would have to change their cell, from 0 (equal) to 1: total variation distance."""
    rows, seen_rows = sum(counts), sum(seen)
    if not rows or not seen_rows:
        return 0.0
    return 0.5 * sum(abs(one / rows - other / seen_rows) for one, other in zip(counts, seen, strict=True))


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Return P(X >= statistic) for a chi-square X of `freedom` >= 1 degrees: the upper incomplete gamma function.

    Series below, continued fraction above the mean (https://dlmf.nist.gov/8.11 and 8.9).
    """
    if statistic <= 0:
        return 1.0
    shape, x = freedom / 2, statistic / 2
    front = math.exp(-x + shape * math.log(x) - math.lgamma(shape)) if x < 700 + shape else 0.0
    if x < shape + 1:
        term = total = 1.0 / shape
        step = shape
        while term > total * 1e-15:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1.0 - total * front)
    return min(1.0, front * _gamma_fraction(shape, x))


def _gamma_fraction(shape: float, x: float) -> float:
    """Return the continued fraction of the upper incomplete gamma function, by Lentz's method."""
    tiny = 1e-300
    b = x + 1.0 - shape
    c, d = 1.0 / tiny, 1.0 / b
    answer = d
    for number in range(1, _STEPS):
        a = -number * (number - shape)
        b += 2.0
        d = 1.0 / _away(a * d + b, tiny)
        c = _away(b + a / c, tiny)
        answer *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return answer


def _away(value: float, tiny: float) -> float:
    """Return a value that can be divided by."""
    return value if abs(value) > tiny else tiny


def _choose(number: int, chosen: int) -> float:
    """Return the logarithm of the binomial coefficient, 0 <= chosen <= number."""
    return math.lgamma(number + 1) - math.lgamma(chosen + 1) - math.lgamma(number - chosen + 1)


@cache
def chi_square_quantile(tail: float, freedom: int) -> float:
    """Return x with P(X >= x) = `tail`, in (0, 1), for a chi-square X of `freedom` >= 1 degrees; by bisection."""
    low, high = 0.0, freedom + 10.0
    while chi_square_tail(high, freedom) > tail:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if chi_square_tail(middle, freedom) > tail else (low, middle)
    return high
