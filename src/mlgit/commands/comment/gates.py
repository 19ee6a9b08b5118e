"""The gates of the base, asked again of what a run reports: the rules are the base's, the numbers the run's.

The run computed intervals from predictions that are not here. Which bounds they are held against, how sure they have
to be and what follows is read from mlgit.yaml of the base; an answer that the run leaves out is UNDECIDED, and what
the run holds against itself stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mlgit.commands.compare.evidence import judged
from mlgit.commands.gate.rules import conditions
from mlgit.config.gates import Rule
from mlgit.config.model import Model
from mlgit.metrics.aggregates import bound, decide
from mlgit.metrics.comparison import MetricRow, ModelComparison
from mlgit.metrics.direction import direction_of
from mlgit.metrics.verdict import Condition, Finding, ModelVerdict, overall, too_few
from mlgit.stats.decision import Verdict, all_of
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import Interval, two_sided_level
from mlgit.stats.naming import named_metric

NO_GATES = "the base has no gates for this model yet: a head is never judged by gates of its own"
SILENT = "the run did not answer this rule of the base"
UNSURE = "the run's interval is less sure than the base asks"
TOLERANCE = 1e-9

Key = tuple[str, Condition, str]


def with_base_gates(model: ModelComparison, base: Model | None) -> ModelComparison:
    """Return a model whose verdicts are those of the base's gates; none where the base has no gates."""
    verdict = verdict_of(model.name, model.gate, base)
    findings = verdict.findings if verdict else ()
    rows = tuple(judged(replace(row, verdict=None), about(row, findings)) for row in model.metrics)
    return replace(model, metrics=rows, gate=verdict)


def about(row: MetricRow, findings: tuple[Finding, ...]) -> list[Finding]:
    """Return the findings about one row."""
    names = (row.name, row.name.rpartition(".")[2])
    return [one for one in findings if one.slice == row.slice and one.metric in names]


def verdict_of(name: str, claimed: ModelVerdict | None, base: Model | None) -> ModelVerdict | None:
    """Return what the base's gates say of a model, None without any."""
    if base is None or not base.gates:
        if claimed is None or claimed.verdict is None:
            return None
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
    """Yield the answer to every condition of the base's rules."""
    claimed: dict[Key, Finding] = {(one.metric, one.condition, one.slice): one for one in told.findings}
    for gate in base.gates:
        for metric, rule in gate.items():
            where = ", ".join(f"{column}={value}" for column, value in (rule.where or {}).items())
            for condition, threshold in conditions(rule):
                blank = Finding(
                    metric=metric,
                    condition=condition,
                    threshold=threshold,
                    verdict=Verdict.UNDECIDED,
                    slice=where,
                    confidence=confidence(rule, base),
                )
                one = claimed.get((metric, condition, where))
                yield (
                    answer(blank, one, rule, base)
                    if one
                    else replace(blank, reason="" if told.reason else SILENT)
                )


def answer(blank: Finding, told: Finding, rule: Rule, base: Model) -> Finding:
    """Return the answer to one condition from the numbers that the run gives for it."""
    kept = replace(told, threshold=blank.threshold, confidence=blank.confidence, verdict=Verdict.UNDECIDED)
    interval = point(told) if rule.mode == "point" else sure(told, blank.confidence)
    if interval is None:
        if told.verdict is Verdict.FAIL:
            return replace(kept, verdict=Verdict.FAIL)
        return replace(kept, reason=told.reason or (UNSURE if told.decided else SILENT))
    if told.items is not None and told.items < rule.min_n:
        return replace(kept, needed=None, reason=too_few(told.items, rule.min_n))
    higher = blank.condition == "min" or (blank.condition != "max" and better_high(blank.metric, base))
    try:
        found = decide(blank, interval, higher=higher)
    except StatisticsError as error:
        return replace(kept, reason=str(error))
    if told.threshold == blank.threshold:
        found = all_of((found, told.verdict))
    return replace(kept, verdict=found, bound=bound(kept, higher=higher))


def point(told: Finding) -> Interval | None:
    """Return the number that a rule without an interval is about."""
    relative = told.condition in ("no_worse_than", "better_than")
    if told.head is None or (relative and told.base is None):
        return None
    value = told.head - (told.base or 0.0) if relative else told.head
    return Interval(estimate=value, low=value, high=value, level=0.9, method="point", n=1)


def sure(told: Finding, confidence: float) -> Interval | None:
    """Return the interval that decides, None when the run has none that is sure enough."""
    one = told.decided
    if one is None or not one.low <= one.high or one.confidence < two_sided_level(confidence) - TOLERANCE:
        return None
    return Interval(
        estimate=(one.low + one.high) / 2, low=one.low, high=one.high, level=one.confidence, method="", n=1
    )


def confidence(rule: Rule, base: Model) -> float:
    """Return the one-sided confidence that the base asks of one step."""
    whole = rule.confidence or base.confidence
    return 1.0 - (1.0 - whole) / base.test_set.steps if base.test_set.split else whole


def better_high(name: str, base: Model) -> bool:
    """Tell which way a metric is better."""
    metric = named_metric(name)
    if metric is not None and name not in base.directions:
        return metric.higher_is_better
    return direction_of(name, dict(base.directions)) != "lower"
