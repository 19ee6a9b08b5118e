"""How many items would decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgit.stats.distributions import normal_quantile
from mlgit.stats.errors import OutOfRangeError

if TYPE_CHECKING:
    from mlgit.stats.interval import Interval

NEVER = 1e-9
"""A margin so small, or items so many times as many as its inverse square, is no advice."""


def items_to_decide(disagreement: float, margin: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the n at which two equally good models pass "not worse by more than `margin`" with chance `power`.

    n = (z_alpha + z_power)^2 * disagreement / margin^2, rounded up. `disagreement` in (0, 1] is the share of
    items on which exactly one model is right, `margin` in (0, 1] a share of right answers, `alpha` in (0, 0.5)
    the one-sided chance that a model worse by the margin passes; `OutOfRangeError` otherwise. With quantiles as
    printed tables give them, to four digits (1.645 and 0.8416), so that a reader can follow by hand: 1,237 /
    3,092 / 6,184 items for 2 / 5 / 10 % at a margin of .01. After R. J. Connor, Biometrics 1987;43:207.
    """
    _check_share("disagreement", disagreement)
    _check_share("margin", margin)
    return _round_up(_quantiles(alpha, power) ** 2 * disagreement / margin**2)


def items_for_interval(
    wide: Interval, narrow: Interval, margin: float, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Return the n that would decide about `margin` > 0, from the spread which one interval shows at two levels.

    For metrics without a formula: the standard error is read from what the wide one adds to the narrow one, and shrinks
    with the root of n; what both have besides is of the items that were never seen, and shrinks with n. The models are
    taken to be equally good, as in `items_to_decide`. None for an interval without width, which decides already, for
    one that does not tell its items, and where no number of items that anybody could have would do.
    """
    if margin <= 0.0:
        raise OutOfRangeError(f"a margin must be positive, not {margin}")
    if wide.width == 0.0 or wide.items is None:
        return None
    far, near = wide.width / 2.0, narrow.width / 2.0
    steps, fewer = (normal_quantile(0.5 + one.level / 2.0) for one in (wide, narrow))
    error = max(0.0, far - near) / (steps - fewer)
    fixed = max(0.0, far - steps * error)
    spread = _quantiles(alpha, power) * error
    # fixed / k + spread / sqrt(k) = margin for k times as many items.
    root = 2.0 * margin / (spread + math.sqrt(spread * spread + 4.0 * fixed * margin))
    return max(1, _round_up(wide.items / root**2)) if root > NEVER else None


def _quantiles(alpha: float, power: float) -> float:
    if not 0.0 < alpha < 0.5:
        raise OutOfRangeError(f"alpha lies between 0 and 0.5, not at {alpha}")
    if not 0.5 <= power < 1.0:
        raise OutOfRangeError(f"power lies between 0.5 and 1, not at {power}")
    return _four_digits(-normal_quantile(alpha)) + _four_digits(normal_quantile(power))


def _four_digits(value: float) -> float:
    return float(f"{value:.4g}")


def _round_up(value: float) -> int:
    # 1237.0000000000002 is 1,237 items: rounding of the division must not add one.
    return math.ceil(value * (1.0 - 1e-12))


def _check_share(name: str, value: float) -> None:
    if not 0.0 < value <= 1.0:
        raise OutOfRangeError(f"{name} lies between 0 and 1, not at {value}")
