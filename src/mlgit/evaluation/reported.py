"""The gates of the base, evaluated again on what a run reports: the rules are the base's, the numbers the run's.

The run computed intervals from predictions that are not here. Which bounds they are held against, how sure they have
to be and what follows is read from mlgit.yaml of the base; a condition that the run leaves out is UNDECIDED, and the
errors and warnings of the run stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mlgit.config.gates import Rule
from mlgit.config.model import Configuration, Model
from mlgit.evaluation.aggregates import OF_SEEDS, point
from mlgit.evaluation.rules import open_findings, too_few
from mlgit.metrics.claims import with_claims
from mlgit.metrics.comparison import Comparison, MetricRow, ModelComparison
from mlgit.metrics.coverage import with_coverage
from mlgit.metrics.direction import direction_of
from mlgit.metrics.rows import change, with_verdicts
from mlgit.metrics.verdict import Finding, ModelVerdict, overall
from mlgit.stats.decision import RELATIVE, Verdict, all_of, bound, decide
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import Interval, two_sided_level

NO_GATES = "the base has no gates for this model yet: a head is never decided by gates of its own"
SILENT = "the run did not decide this rule of the base"
UNSURE = "the run's interval is less sure than the base asks"
TOLERANCE = 1e-9


def evaluated_again(reported: Comparison, base: Configuration) -> Comparison:
    """Return a comparison in which every direction, effect and verdict follows anew from its values, by the base."""
    models, claims = with_claims(
        [model_again(one, base) for one in reported.models],
        {name: model.looks for name, model in base.models.items()},
    )
    return replace(reported, models=tuple(map(with_coverage, models)), claims=claims)


def model_again(model: ModelComparison, base: Configuration) -> ModelComparison:
    """Return one model as the base sees it: its directions, then its gates where either side speaks of any."""
    rows = tuple(row_again(row, base, model.name) for row in model.metrics)
    known = base.models.get(model.name)
    if model.gate is None and not (known and known.gates):
        return replace(model, metrics=tuple(replace(row, verdict=None) for row in rows))
    return with_base_gates(replace(model, metrics=rows), known)


def row_again(row: MetricRow, base: Configuration, model: str) -> MetricRow:
    """Return one metric with the direction that the base declares and what follows from it."""
    declared = base.models[model].declared if model in base.models else {}
    direction = direction_of(row.name, declared)
    return replace(row, direction=direction, change=change(row.base, row.head))


def with_base_gates(model: ModelComparison, base: Model | None) -> ModelComparison:
    """Return a model whose verdicts are those of the base's gates; none where the base has no gates."""
    verdict = verdict_of(model.name, model.gate, base)
    rows = with_verdicts(model.metrics, verdict.findings if verdict else ())
    return replace(model, metrics=rows, gate=verdict)


def verdict_of(name: str, claimed: ModelVerdict | None, base: Model | None) -> ModelVerdict | None:
    """Return what the base's gates say of a model, None without any."""
    if base is None or not base.gates:
        if claimed is None or claimed.verdict is None:
            return replace(claimed, name=name, findings=()) if claimed and claimed.warnings else None
        return ModelVerdict(name=name, verdict=Verdict.UNDECIDED, state="new", reason=NO_GATES)
    told = claimed or ModelVerdict(name=name, verdict=None, state="not available", reason=SILENT)
    found = () if told.state == "unchanged" and not told.findings else tuple(findings(told, base))
    return replace(
        told,
        name=name,
        findings=found,
        verdict=overall([one.verdict for one in found], told.warnings, told.errors),
        pull_request=base.undecided.pull_request,
        promote=base.undecided.promote,
    )


def findings(told: ModelVerdict, base: Model) -> Iterator[Finding]:
    """Yield the verdict on every condition of the base's rules."""
    claimed = {key(one): one for one in told.findings}
    for metric, rule in base.rules:
        sure_of = base.evaluation_confidence(rule, used=told.budget.used if told.budget else 0)
        failure = None if rule.reads_files else base.failure_confidence(rule)
        for found in open_findings(metric, rule, sure_of, failure):
            one = claimed.get(key(found))
            silent = replace(found, reason="" if told.reason else SILENT)
            yield silent if one is None else decided(found, one, rule, base)


def key(one: Finding) -> tuple[str, ...]:
    """Return what tells the conditions of a model's rules apart."""
    return one.metric, one.condition, one.slice, one.file, one.mode


def decided(found: Finding, told: Finding, rule: Rule, base: Model) -> Finding:
    """Return the verdict on one condition from the numbers that the run gives for it."""
    kept = replace(
        told,
        threshold=found.threshold,
        confidence=found.confidence,
        failure_confidence=found.failure_confidence,
        verdict=Verdict.UNDECIDED,
    )
    if rule.mode == "point" and told.verdict is Verdict.UNDECIDED:
        return replace(kept, reason=told.reason or SILENT)
    interval = reported_point(told) if rule.mode == "point" else sure(told, found.confidence)
    if interval is None:
        if told.verdict is Verdict.FAIL:
            return replace(kept, verdict=Verdict.FAIL)
        return replace(kept, reason=told.reason or (UNSURE if told.decided else SILENT))
    if told.items is not None and told.items < rule.min_n:
        return replace(kept, needed=None, reason=too_few(told.items, rule.min_n))
    higher = better_high(found.metric, base)
    try:
        verdict = decide(found.condition, interval, found.threshold, higher_is_better=higher)
    except StatisticsError as error:
        return replace(kept, reason=str(error))
    if rule.seeds and verdict is Verdict.PASS:
        return replace(kept, verdict=Verdict.UNDECIDED, reason=told.reason or OF_SEEDS)
    if told.threshold == found.threshold:
        verdict = all_of((verdict, told.verdict))
    limit = bound(found.condition, found.threshold, higher_is_better=higher)
    return replace(kept, verdict=verdict, bound=limit)


def reported_point(told: Finding) -> Interval | None:
    """Return the number that a rule without an interval is about."""
    if told.head is None:
        return None
    if told.condition not in RELATIVE:
        return point(told.head)
    return None if told.base is None else point(told.head - told.base)


def sure(told: Finding, confidence: float) -> Interval | None:
    """Return the interval that decides, None when the run has none that is sure enough."""
    one = told.decided
    if one is None or not one.low <= one.high or one.level < two_sided_level(confidence) - TOLERANCE:
        return None
    return one


def better_high(name: str, base: Model) -> bool:
    """Tell which way a metric is better."""
    known = base.higher_is_better(name)
    if known is not None and name not in base.directions:
        return known
    return direction_of(name, base.declared) != "lower"
