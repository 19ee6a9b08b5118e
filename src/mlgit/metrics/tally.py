"""How many metrics of a comparison are better, worse, passed, failed: what a verdict line says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.metrics.comparison import Comparison, Judgement, MetricRow, ModelComparison, problems_of
from mlgit.metrics.direction import is_baseline
from mlgit.stats.decision import Verdict

Outcome = Literal["good", "bad", "open"]
KINDS: dict[Judgement, str] = {"unknown": "undirected", "no interval": "undirected", "unclear": "noise"}
"""The count of a judgement where it has no count of its own name."""


class Tally(Struct, frozen=True, kw_only=True):
    """Counts of metrics by their change, and of models by what the gates say of them."""

    better: int = 0
    worse: int = 0
    noise: int = 0
    """Changed, but the interval of the change holds zero: the test set cannot tell."""
    same: int = 0
    undirected: int = 0
    """Changed, and nothing tells which way is better, or no interval whether that is noise."""
    new: int = 0
    gone: int = 0
    unknown: int = 0
    """Unreadable or not available."""
    passed: int = 0
    failed: int = 0
    undecided: int = 0
    refused: int = 0
    """Of the undecided models those whose gates ask a pull request to fail then."""
    problems: int = 0
    """Files that cannot be read."""

    @property
    def gates(self) -> int:
        """How many models the gates evaluated."""
        return self.passed + self.failed + self.undecided

    @property
    def outcome(self) -> Outcome:
        """What the whole comes to: `bad` when a gate failed or a file cannot be read, `open` when it is a person's to decide."""
        if self.problems or self.failed or self.refused:
            return "bad"
        if self.undecided or (self.worse and not self.gates):
            return "open"
        return "good"


def tally(comparison: Comparison) -> Tally:
    """Return the counts of a comparison."""
    return replace(tally_of(comparison.models), problems=len({one.file for one in problems_of(comparison)}))


def tally_of(models: Iterable[ModelComparison]) -> Tally:
    """Return the counts of some models; the metrics of a trivial baseline are context, not news."""
    counts = dict.fromkeys(Tally.__struct_fields__, 0)
    names = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.UNDECIDED: "undecided"}
    for model in models:
        for row in model.metrics:
            if not is_baseline(row.name):
                counts[kind(row)] += 1
        if model.gate is not None and model.gate.verdict is not None:
            counts[names[model.gate.verdict]] += 1
            undecided = model.gate.verdict is Verdict.UNDECIDED
            counts["refused"] += undecided and model.gate.pull_request == "fail"
    return Tally(**counts)


def kind(row: MetricRow) -> str:
    """Return the name of the count that a metric's change belongs to."""
    if row.state in ("unreadable", "not available"):
        return "unknown"
    if row.state in ("new", "gone"):
        return row.state
    return KINDS.get(row.judgement, row.judgement)
