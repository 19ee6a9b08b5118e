"""The rules that are decided from metrics files: numbers as they stand, and means over seeds."""

from __future__ import annotations

from mlgit.commands.gate.bench import Bench
from mlgit.commands.gate.rules import conditions
from mlgit.config.gates import Rule
from mlgit.config.model import Model
from mlgit.metrics.aggregates import decide_point, decide_seeds, number
from mlgit.metrics.direction import Direction, direction_of
from mlgit.metrics.reading import ABSENT
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import Verdict


def file_findings(bench: Bench, model: Model) -> tuple[Finding, ...]:
    """Return the answers to every rule of a model that reads metrics files."""
    return tuple(
        finding
        for gate in model.gates
        for metric, rule in gate.items()
        if rule.reads_files
        for finding in answers(bench, model, metric, rule)
    )


def changed_file_findings(bench: Bench, model: Model) -> tuple[Finding, ...]:
    """Return the same for the rules one of whose files the head changes."""
    made: list[Finding] = []
    for gate in model.gates:
        for metric, rule in gate.items():
            if not rule.reads_files:
                continue
            before, after = bench.metrics(model, rule.seeds)
            if not bench.moments.changed.isdisjoint({*before, *after}):
                made += answers(bench, model, metric, rule)
    return tuple(made)


def answers(bench: Bench, model: Model, metric: str, rule: Rule) -> list[Finding]:
    """Return the answer to each condition of one rule."""
    direction = direction_of(metric, dict(model.directions))
    blanks = [
        Finding(
            metric=metric,
            condition=condition,
            threshold=threshold,
            verdict=Verdict.UNDECIDED,
            confidence=rule.confidence or model.confidence,
        )
        for condition, threshold in conditions(rule)
    ]
    decide = over_seeds if rule.seeds else at_a_point
    return decide(bench, model, rule, blanks, direction)


def at_a_point(
    bench: Bench, model: Model, rule: Rule, blanks: list[Finding], direction: Direction
) -> list[Finding]:
    """Return the answers about one number as it stands."""
    del rule
    before, after = bench.metrics(model)
    base, head = (number(list(side.items()), blanks[0].metric) for side in (before, after))
    return [decide_point(blank, base, head, direction) for blank in blanks]


def over_seeds(
    bench: Bench, model: Model, rule: Rule, blanks: list[Finding], direction: Direction
) -> list[Finding]:
    """Return the answers about the mean over the files that the rule names."""
    before, after = bench.metrics(model, rule.seeds)
    base, head = (
        [number([(file, side.get(file, ABSENT))], blanks[0].metric) for file in rule.seeds]
        for side in (before, after)
    )
    return [decide_seeds(blank, base, head, direction) for blank in blanks]
