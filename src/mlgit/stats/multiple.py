"""Several claims at once: Holm's correction, and Benjamini and Yekutieli's share of false claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgit.stats.errors import EmptyInputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm_adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the adjusted p-values in the order given, each in [0, 1] and never below the one it came from.

    Claims whose adjusted value is at most alpha hold together with an error of at most alpha, whatever their
    dependence. A value outside [0, 1] or NaN raises `OutOfRangeError`. S. Holm, Scand J Stat 1979;6:65.
    """
    check_p_values(p_values)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def yekutieli_adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the adjusted p-values in the order given, each in [0, 1] and never below the one it came from.

    Of the claims whose adjusted value is at most alpha, a share of at most alpha is expected to be false, whatever their
    dependence. Errors as `holm_adjusted`. Y. Benjamini, D. Yekutieli, Ann Stat 2001;29:1165.
    """
    check_p_values(p_values)
    count = len(p_values)
    factor = count * sum(1.0 / rank for rank in range(1, count + 1))
    adjusted = [0.0] * count
    smallest = 1.0
    ordered = sorted(range(count), key=p_values.__getitem__)
    for rank in range(count, 0, -1):
        place = ordered[rank - 1]
        smallest = min(smallest, factor * p_values[place] / rank)
        adjusted[place] = smallest
    return tuple(adjusted)


def check_p_values(p_values: Sequence[float]) -> None:
    """Raise `EmptyInputError` without any and `OutOfRangeError` for one that is no probability."""
    if not p_values:
        raise EmptyInputError("there are no p-values to correct")
    for value in p_values:
        if not 0.0 <= value <= 1.0:
            raise OutOfRangeError(f"a p-value lies between 0 and 1, not at {value}")
