"""How many metrics of a comparison are better, worse, passed, failed: what a verdict line says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.metrics.comparison import Comparison, Effect, MetricRow, ModelComparison, errors_of
from mlgit.metrics.coverage import broken_value
from mlgit.metrics.direction import is_baseline
from mlgit.metrics.reproduction import VerificationState
from mlgit.stats.decision import Verdict

Outcome = Literal["good", "bad", "open"]
KINDS: dict[Effect, str] = {"unknown": "undirected", "no interval": "undirected", "unclear": "noise"}
"""The count of an effect where it has no count of its own name."""
Part = Literal["changes", "code", "data", "model", "models", "commit"]
NO_COUNTS = ("why", "red", "open_checks", "run_failed", "silent", "untrusted")
NO_METRICS = frozenset(("unreadable", "unchanged"))
"""States of a model about whose metrics there is nothing to verify."""


class Tally(Struct, frozen=True, kw_only=True):
    """Counts of metrics by their change, and of models by what the gates and the verification say of them."""

    better: int = 0
    worse: int = 0
    noise: int = 0
    """Changed, but the interval of the change holds zero: the test set cannot tell."""
    same: int = 0
    undirected: int = 0
    """Changed, and nothing tells which way is better, or no interval whether that is noise."""
    new: int = 0
    gone: int = 0
    lost: int = 0
    """NaN or an infinity at the head, and not at the base."""
    unknown: int = 0
    """Unreadable or not available."""
    not_judged: int = 0
    """Metrics and rules that nobody can say anything of (`Coverage`)."""
    judged: int = 0
    """Metrics and rules that were judged (`Coverage`)."""
    broken: int = 0
    """Things that failed (`Coverage`), files that cannot be read among them."""
    passed: int = 0
    failed: int = 0
    undecided: int = 0
    refused: int = 0
    """Of the undecided models those whose gates ask a pull request to fail then."""
    different: int = 0
    """Models whose numbers came out different when they were measured again, or could not be measured."""
    unverified: int = 0
    """Changed models whose numbers nobody measured again."""
    why: VerificationState | None = None
    """Why nobody did, of the first of them; None where nobody tried."""
    errors: int = 0
    """Files that cannot be read."""
    models: int = 0
    red: tuple[Part, ...] = ()
    """The parts of the run in which a check failed, or that ended before their check said anything."""
    open_checks: int = 0
    """Checks of the run that did not fail and of which a part was not judged."""
    run_failed: bool = False
    """Whether the run failed that made the report."""
    silent: bool = False
    """Whether that run left no report."""
    untrusted: bool = False
    """Whether that report was refused: it is not what mlgit writes."""

    @property
    def gates(self) -> int:
        """How many models the gates evaluated."""
        return self.passed + self.failed + self.undecided

    @property
    def outcome(self) -> Outcome:
        """What the whole comes to: `good` only for what was judged and verified.

        `bad` when the run or a check of it failed, a gate failed, a file cannot be read, a metric is no number any more or a number was not reproduced;
        `open` when it is a person's to decide.
        """
        if self.red or self.run_failed or self.silent or self.untrusted:
            return "bad"
        if self.errors or self.failed or self.refused or self.broken or self.different:
            return "bad"
        if self.undecided or self.not_judged or self.open_checks or self.unverified:
            return "open"
        if self.worse and not self.gates:
            return "open"
        return "good" if self.judged or not self.models else "open"


def tally(comparison: Comparison) -> Tally:
    """Return the counts of a comparison."""
    found = tally_of(comparison.models)
    return replace(
        found,
        errors=len({one.file for one in errors_of(comparison)}),
        not_judged=found.not_judged + comparison.not_shown,
    )


def tally_of(models: Iterable[ModelComparison]) -> Tally:
    """Return the counts of some models; the metrics of a trivial baseline are context, not news."""
    counts = dict.fromkeys((name for name in Tally.__struct_fields__ if name not in NO_COUNTS), 0)
    names = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.UNDECIDED: "undecided"}
    why: list[VerificationState | None] = []
    for model in models:
        counts["models"] += 1
        counts["judged"] += model.coverage.judged
        counts["not_judged"] += len(model.coverage.not_judged)
        counts["broken"] += len(model.coverage.failed)
        for row in model.metrics:
            if not is_baseline(row.name):
                counts[kind(row)] += 1
        if model.gate is not None and model.gate.verdict is not None:
            counts[names[model.gate.verdict]] += 1
            undecided = model.gate.verdict is Verdict.UNDECIDED
            counts["refused"] += undecided and model.gate.pull_request == "fail"
        state = model.verification.state if model.verification else None
        if state in ("different", "failed"):
            counts["different"] += 1
        elif unverified(model):
            counts["unverified"] += 1
            why.append(state)
    return Tally(
        **counts, why=why[0] if why else None, red=(), run_failed=False, silent=False, untrusted=False
    )


def unverified(model: ModelComparison) -> bool:
    """Tell whether a model changed and nobody measured its numbers again."""
    verified = model.verification is not None and model.verification.good
    return not verified and model.state not in NO_METRICS


def kind(row: MetricRow) -> str:
    """Return the name of the count that a metric's change belongs to."""
    if row.state in ("unreadable", "not available"):
        return "unknown"
    if broken_value(row):
        return "lost"
    if row.state in ("new", "gone"):
        return row.state
    return KINDS.get(row.effect, row.effect)
