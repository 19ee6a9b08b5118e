"""What may be claimed of single rows, so that it holds over the page they stand on. Pure.

Of twenty metrics that no change touched, one in twenty leaves its 95 % interval by chance. So "better" and "worse" are said
only of rows that Benjamini and Yekutieli's procedure keeps: of what a page claims, at most 5 % is expected to be false,
however the metrics hang together, and those of one test set always do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from mlgit.metrics.comparison import Effect, MetricRow, ModelComparison
from mlgit.metrics.direction import is_baseline
from mlgit.metrics.rows import beyond_noise, effect
from mlgit.stats.multiple import yekutieli_adjusted

NO_LOOKS: Mapping[str, int] = MappingProxyType({})
ALPHA = 0.05
"""The share of false claims that is expected at most among those of a page."""


def with_claims(
    models: Sequence[ModelComparison], looks: Mapping[str, int] = NO_LOOKS
) -> tuple[list[ModelComparison], int]:
    """Return models whose rows are judged over all of them together, and how many rows that are.

    `looks` are the evaluations that the test set of a model is meant to last: over all of them "better" has to hold, as a
    PASS does. "Worse" is said of one evaluation by itself, as a FAIL is.
    """
    rows = [row for model in models for row in model.metrics if has_claim(row)]
    adjusted = iter(yekutieli_adjusted([p_value(row) for row in rows])) if rows else iter(())
    judged = [
        replace(
            model,
            metrics=tuple(
                claimed(row, next(adjusted) if has_claim(row) else None, looks.get(model.name, 1))
                for row in model.metrics
            ),
        )
        for model in models
    ]
    return judged, len(rows)


def has_claim(row: MetricRow) -> bool:
    """Tell whether a row could be called better or worse: it has an interval and is not that of a trivial baseline."""
    return row.interval is not None and row.change is not None and not is_baseline(row.name)


def p_value(row: MetricRow) -> float:
    """Return the p-value of a row; 1 where a report has none or one that is no probability, so that nothing is claimed."""
    found = row.p_value
    return found if found is not None and 0.0 <= found <= 1.0 else 1.0


def claimed(row: MetricRow, adjusted: float | None, looks: int = 1) -> MetricRow:
    """Return a row with its effect; `adjusted` is its p-value over the page, None for a row without an interval."""
    moved = effect(row.name, row.base, row.head, row.direction, row.state)
    found: Effect = beyond_noise(moved, row.interval)
    least = ALPHA / looks if found == "better" else ALPHA
    if found in ("better", "worse") and (adjusted is None or adjusted > least):
        found = "unclear"
    return replace(row, effect=found)
