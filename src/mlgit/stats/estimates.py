"""Intervals at any level for two models and their difference: what every estimator returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from mlgit.stats.interval import Interval
from mlgit.stats.options import Options
from mlgit.stats.proportions import PairedCounts, exact_interval, mcnemar_mid_p, newcombe_interval
from mlgit.stats.ratio import mean

if TYPE_CHECKING:
    from mlgit.stats.arrays import Floats, Integers
    from mlgit.stats.evidence import Evidence


IntervalAt: TypeAlias = Callable[[float], Interval]


class Estimate(Protocol):
    """A value with its interval at any level and the p-value of "it is 0"."""

    def interval(self, level: float = ...) -> Interval:
        """Return the interval at a two-sided level."""

    def p_value(self) -> float:
        """Return the two-sided p-value of a value of 0."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Intervals at any level for the base, the head and their difference, and the p-value of no difference."""

    base: IntervalAt
    head: IntervalAt
    difference: IntervalAt
    chance: Callable[[], float]
    changed: int
    """Items whose predictions differ between both models."""
    disagreement: float | None = None
    """The share of items on which exactly one model is right, for accuracy and error rate of single items."""

    @cached_property
    def p_value(self) -> float:
        """The two-sided p-value of no difference; computed when it is asked for, which a gate does not."""
        return self.chance()


Estimator: TypeAlias = Callable[["Evidence", int, Options], Estimates]


def estimates_of(base: Estimate, head: Estimate, difference: Estimate, changed: int) -> Estimates:
    """Return the estimates of both models and of their difference; `changed` items differ."""
    return Estimates(
        base=base.interval,
        head=head.interval,
        difference=difference.interval,
        chance=difference.p_value,
        changed=changed,
    )


def share_estimates(counts: PairedCounts, changed: int) -> Estimates:
    """Return the estimates of two shares of the same items; `changed` predictions differ."""
    return Estimates(
        base=partial(exact_interval, counts.both + counts.only_base, counts.n),
        head=partial(exact_interval, counts.both + counts.only_head, counts.n),
        difference=partial(newcombe_interval, counts),
        chance=partial(mcnemar_mid_p, counts.only_base, counts.only_head),
        changed=changed,
        disagreement=counts.disagreement,
    )


def loss_estimates(
    losses: tuple[Floats, Floats], worst: tuple[float, float], groups: Integers | None, changed: int
) -> Estimates:
    """Return the estimates of two mean losses of which an unseen item's may be as large as `worst`, or 0."""
    base, head = losses
    return estimates_of(
        mean(base, groups, unseen=(0.0, worst[0]), bounds=(0.0, math.inf)),
        mean(head, groups, unseen=(0.0, worst[1]), bounds=(0.0, math.inf)),
        mean(head - base, groups, unseen=(-worst[0], worst[1])),
        changed,
    )
