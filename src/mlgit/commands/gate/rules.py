"""What a rule of mlgit.yaml asks, condition by condition."""

from __future__ import annotations

from mlgit.config.gates import Rule
from mlgit.metrics.verdict import Condition


def conditions(rule: Rule) -> list[tuple[Condition, float]]:
    """Return each condition of a rule with its bound or margin."""
    found: list[tuple[Condition, float | None]] = [
        ("min", rule.min),
        ("max", rule.max),
        ("no_worse_than", rule.no_worse_than.margin if rule.no_worse_than else None),
        ("better_than", rule.better_than.margin if rule.better_than else None),
    ]
    return [(condition, threshold) for condition, threshold in found if threshold is not None]
