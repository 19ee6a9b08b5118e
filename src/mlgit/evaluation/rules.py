"""What a rule of mlgit.yaml asks for, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping

from mlgit.config.gates import Rule
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import Verdict


def open_findings(metric: str, rule: Rule, confidence: float, failure: float | None = None) -> list[Finding]:
    """Return each condition of a rule as a finding that is still UNDECIDED; `failure` is the confidence of a FAIL."""
    return [
        Finding(
            metric=metric,
            condition=condition,
            threshold=threshold,
            verdict=Verdict.UNDECIDED,
            slice=slice_name(rule.where or {}) if rule.gap is None else gap_name(rule),
            gap=rule.gap or "",
            file=rule.file or "",
            mode="seeds" if rule.seeds else rule.mode,
            confidence=confidence,
            failure_confidence=failure,
        )
        for condition, threshold in rule.conditions
    ]


def gap_name(rule: Rule) -> str:
    """Return how a gap between slices is called: `gap by country`, of a part of the items with its name."""
    within = slice_name(rule.where or {})
    return f"gap by {rule.gap}" + (f", {within}" if within else "")


def slice_name(where: Mapping[str, object]) -> str:
    """Return how a slice is called: `country=DE, age=old`; all the items have no name."""
    return ", ".join(f"{column}={value}" for column, value in where.items())


def too_few(items: int, min_n: int) -> str:
    """Return what a rule with `min_n` says of too few items; that many need not decide."""
    return f"{items:,} item(s), at least n >= {min_n:,} is asked for (min_n)"
