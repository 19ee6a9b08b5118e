"""The class of `test_set` in `mlgit.yaml`: how long a test set lasts."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from mlgit.config.part import Part

LEAST_ALPHA = 1e-9
"""No evaluation decides more surely than that."""


MOST_LOOKS = 1_000


class TestSet(Part, frozen=True, kw_only=True):
    """How long the test set is meant to last."""

    steps: Annotated[
        int,
        Meta(
            description="So many different sets of predictions may be evaluated on it; then it is spent.",
            ge=1,
            le=10_000,
        ),
    ] = 32
    split: Annotated[
        bool,
        Meta(
            description="Correct for several evaluations (alpha spending): each may err by (1 - confidence) / steps, so that "
            "the confidence holds for all of them together. Without it, it holds for each by itself. A FAIL may always err by "
            "(1 - confidence) in each."
        ),
    ] = True
    adaptive: Annotated[
        bool,
        Meta(
            description="Let a PASS hold against somebody who keeps or drops each change by its result on this test set: the "
            "k-th change may err by (1 - confidence) * 0.6 / (k * k * 2 ** (k - 1)). The first ones decide more often "
            "than without it, the later ones less, until the test set is worn."
        ),
    ] = False
    tries: Annotated[
        int,
        Meta(
            description="With `adaptive`: so many more changes are tried on this test set than are counted, for example on "
            "a laptop; each is kept or dropped by its result.",
            ge=0,
            le=10_000,
        ),
    ] = 0

    def __post_init__(self) -> None:
        """Refuse what means nothing without the other."""
        if self.tries and not self.adaptive:
            raise ValueError("tries counts beside adaptive: true alone")
        if self.adaptive and not self.split:
            raise ValueError("adaptive corrects for several evaluations: leave out split: false")

    def spent_alpha(self, alpha: float, used: int) -> float:
        """Return the part of alpha that the PASS of one evaluation may spend, after `used` other ones, the base's own among them."""
        if not self.split:
            return alpha
        if not self.adaptive:
            return alpha / self.steps
        # A union over all ways in which the looks so far can have been answered; the squares add up to pi^2 / 6.
        changes = max(1, used)
        looks = min(changes - 1 + self.tries, MOST_LOOKS)
        return alpha * 6.0 / (math.pi * changes) ** 2 / 2.0**looks
