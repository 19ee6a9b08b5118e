"""A ranking of several revisions by one metric, with ties where the data cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.stats.interval import Interval
from mlgit.stats.multiple import holm_adjusted

ALPHA = 0.05


class Entrant(Struct, frozen=True, kw_only=True):
    """One revision in the ranking."""

    name: Annotated[str, Meta(description="The revision as it was asked for.")]
    commit: str | None
    rank: Annotated[
        int | None,
        Meta(description="From 1; entrants that the data cannot tell apart share one. Null: not ranked."),
    ] = None
    value: float | None = None
    interval: Annotated[Interval | None, Meta(description="The 95 % interval of the value.")] = None
    behind: Annotated[
        tuple[str, ...], Meta(description="The entrants that are better than this one, by Holm's correction.")
    ] = ()
    reason: Annotated[str, Meta(description="Why it is not ranked.")] = ""


class Leaderboard(Struct, frozen=True, kw_only=True):
    """The ranking of one model."""

    version: Literal[1] = 1
    model: str
    metric: str
    higher_is_better: bool
    items: int | None
    entrants: tuple[Entrant, ...]
    comparisons: Annotated[
        int, Meta(description="Pairs that were compared; Holm's correction is over all of them.")
    ] = 0
    alpha: float = ALPHA


def ranked(
    values: Mapping[int, float], p_values: Mapping[tuple[int, int], float], *, higher_is_better: bool
) -> dict[int, tuple[int, ...]]:
    """Return for each entrant, by its place, which others are better beyond doubt; its rank is one more than they are.

    `p_values` holds a two-sided p-value for each pair of places (first below second); all of them are corrected
    together. What cannot be told apart from the best shares rank 1.
    """
    adjusted = dict(zip(p_values, holm_adjusted(list(p_values.values())), strict=True)) if p_values else {}
    sign = 1.0 if higher_is_better else -1.0
    return {
        place: tuple(
            other
            for other, theirs in values.items()
            if sign * (theirs - value) > 0 and adjusted[min(place, other), max(place, other)] <= ALPHA
        )
        for place, value in values.items()
    }
