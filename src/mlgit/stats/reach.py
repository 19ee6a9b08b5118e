"""How far from a value the end of its interval lies: Student's reach, with what skewness and what was never seen add.

Student's interval errs where a few items carry a mean: of rare large losses it has mostly seen too few, and with them their
spread. Two additions mend that, both lost among many items:

- the skewness towards an end widens it by the term of second order of the Edgeworth expansion (N. J. Johnson, JASA
  1978;73:536; P. Hall, J R Stat Soc B 1992;54:221). It never narrows the other end;
- one item that was never seen, the worst that there could be, counts among those that were. For counts of rare events both
  together come to the exact bounds of F. Garwood (Biometrika 1936;28:437), as C. J. Clopper and E. S. Pearson's (Biometrika
  1934;26:404) have them for shares: with no event among n, 1 - alpha^(1/n).

Below `LEAST` independent units nothing of that holds, and nothing is said.
"""

from __future__ import annotations

import math

from mlgit.stats.distributions import t_cdf, t_quantile
from mlgit.stats.errors import TooFewItemsError
from mlgit.stats.interval import check_level

LEAST = 20
"""So many items, groups or items of the rarest class an interval rests on at least."""
_STEPS = 80


def steps(level: float, freedom: float) -> float:
    """Return Student's quantile of one end of a two-sided interval at `level`, for `freedom` > 0."""
    return t_quantile(0.5 + check_level(level) / 2.0, freedom)


def reach(square: float, cube: float, unseen: float, student: float) -> float:
    """Return how far below a value its lower end lies, >= 0; for the upper end give the cube its other sign.

    `square` and `cube` are the sums of the squares and cubes of what each unit moves the value by, `unseen` >= 0 how far
    one that was never seen would pull it down, `student` the quantile (`steps`).
    """
    whole = square + unseen * unseen
    if whole <= 0.0:
        return 0.0
    cubed = whole * math.sqrt(whole)
    # Beside an unseen unit that is farther by more than numbers tell, cubes are none, and there is no skewness.
    skewness = max(0.0, (unseen * unseen * unseen - cube) / cubed) if cubed > 0.0 else 0.0
    return unseen + math.sqrt(whole) * (student + skewness * (2.0 * student * student + 1.0) / 6.0)


def p_value(distance: float, square: float, cube: float, unseen: float, freedom: float) -> float:
    """Return the two-sided p-value of a value `distance` >= 0 above the one in question: the level at which it leaves."""
    if distance <= reach(square, cube, unseen, 0.0):
        return 1.0
    low, high = 0.0, 1.0
    while reach(square, cube, unseen, high) < distance:
        low, high = high, 2.0 * high
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if reach(square, cube, unseen, middle) < distance else (low, middle)
    return min(1.0, 2.0 * t_cdf(-high, freedom))


def enough(units: int, what: str) -> None:
    """Raise `TooFewItemsError` for fewer than `LEAST` units; `what` names them."""
    if units < LEAST:
        raise TooFewItemsError(f"{units} {what} are too few for an interval, which takes {LEAST} at least")
