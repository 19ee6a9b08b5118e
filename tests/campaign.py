"""Campaigns of many cases: what a test played, held or not, with its seed; the end of a run prints the sums."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

KEY = "campaign"


def played(request: pytest.FixtureRequest, campaign: str, seed: str, cases: int, fallen: int) -> None:
    """Note what the test of `request` played, before it fails."""
    request.node.user_properties.append((KEY, [campaign, seed, cases, fallen]))


def summary(properties: Iterable[tuple[str, object]]) -> list[str]:
    """Return a line for each campaign: how many cases held, and from which seeds they were drawn."""
    sums: dict[str, list[int]] = {}
    seeds: dict[str, set[str]] = {}
    for key, value in properties:
        if key != KEY or not isinstance(value, list):
            continue
        campaign, seed, cases, fallen = value
        counts = sums.setdefault(campaign, [0, 0])
        counts[0] += cases - fallen
        counts[1] += cases
        seeds.setdefault(campaign, set()).add(seed)
    return [
        f"{name}: {held} of {cases} held (seeds: {', '.join(sorted(seeds[name]))})"
        for name, (held, cases) in sums.items()
    ]
