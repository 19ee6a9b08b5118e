"""Decide the rules of one model from checked evidence. Pure; imports numpy through the statistics."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mlgit.metrics import moments
from mlgit.metrics.verdict import Condition, Finding, too_few
from mlgit.stats import decision
from mlgit.stats.answers import Options, settle
from mlgit.stats.arrays import Booleans, Floats
from mlgit.stats.decision import Decision, Verdict
from mlgit.stats.errors import OutOfRangeError, StatisticsError
from mlgit.stats.evidence import Evidence
from mlgit.stats.families import FAMILIES, Laws
from mlgit.stats.interval import Interval, two_sided_level
from mlgit.stats.naming import NamedMetric
from mlgit.stats.power import items_for_interval, items_to_decide

SHOWN = 0.95
RESAMPLES = 10_000
MOST_RESAMPLES = 40_000
IN_THE_TAIL = 40
"""A bootstrap draws so many resamples that about as many lie beyond the end that decides."""
USUAL_PAIRS = (
    ("0", "1"),
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("-1", "1"),
    ("negative", "positive"),
)
NOT_POSITIVE = "it is not known which of the two classes is the positive one"


class Asked(Struct, frozen=True, kw_only=True):
    """One condition of a rule, ready to be decided."""

    name: str
    metric: NamedMetric
    condition: Condition
    threshold: float
    confidence: float
    slice: str = ""
    min_n: int = 1
    quantile: float = 0.5


class Court:
    """Decides conditions about one pair of models; what several ask of the same items is computed once."""

    def __init__(self, evidence: Evidence, *, positive: str | None, seed: int) -> None:
        self.evidence = evidence
        self.positive = positive if positive is not None else usual_positive(evidence)
        self.seed = seed
        self._slices: dict[str, Evidence] = {"": evidence}
        self._laws: dict[tuple[object, ...], Laws] = {}

    def cut(self, name: str, rows: Booleans) -> None:
        """Make a slice known by its name."""
        if name not in self._slices:
            self._slices[name] = self.evidence.select(rows)

    def items(self, name: str) -> int:
        """Return the number of items of a slice; 0 for one that was not cut because it is empty."""
        return self._slices[name].n if name in self._slices else 0

    def answer(self, asked: Asked) -> Finding:
        """Return the answer to one condition; whatever statistics cannot answer is UNDECIDED with its reason."""
        items = self.items(asked.slice)
        blank = Finding(
            metric=asked.name,
            condition=asked.condition,
            threshold=asked.threshold,
            verdict=Verdict.UNDECIDED,
            slice=asked.slice,
            confidence=asked.confidence,
            items=items,
        )
        if items == 0:
            return replace(blank, reason="no test item is in this slice")
        if items < asked.min_n:
            return replace(blank, reason=too_few(items, asked.min_n))
        try:
            return decided(blank, asked, self.laws(asked))
        except OutOfRangeError as error:
            guilty = Verdict.UNDECIDED if outside(self.evidence.base_scores) else Verdict.FAIL
            return replace(blank, verdict=guilty, reason=str(error))
        except StatisticsError as error:
            hint = "set positive: in mlgit.yaml" if str(error) == NOT_POSITIVE else ""
            return replace(blank, reason=str(error), hint=hint)

    def laws(self, asked: Asked) -> Laws:
        """Return the laws of a metric on a slice."""
        resamples = max(RESAMPLES, min(MOST_RESAMPLES, round(IN_THE_TAIL / (1.0 - asked.confidence))))
        key = (asked.metric, asked.slice, asked.quantile, resamples)
        if key not in self._laws:
            if asked.metric.concerns_one_class and self.positive is None and two_classes(self.evidence):
                raise StatisticsError(NOT_POSITIVE)
            options = settle(
                self.evidence,
                Options(
                    average=asked.metric.average,
                    positive=self.positive,
                    quantile=asked.quantile,
                    resamples=resamples,
                ),
            )
            evidence = self._slices[asked.slice]
            self._laws[key] = FAMILIES[asked.metric.law](evidence, self.seed, options)
        return self._laws[key]


def decided(blank: Finding, asked: Asked, laws: Laws) -> Finding:
    """Return the finding that an interval gives."""
    level = two_sided_level(asked.confidence)
    relative = asked.condition in ("no_worse_than", "better_than")
    law = laws.difference if relative else laws.head
    interval, shown = law(level), law(SHOWN)
    made = decide(asked.condition, interval, asked.threshold, asked.metric.higher_is_better)
    base, head = laws.base(SHOWN).estimate, laws.head(SHOWN).estimate
    return replace(
        blank,
        verdict=made.answer,
        bound=made.threshold,
        base=base,
        head=head,
        change=head - base,
        shown=shown_interval(shown),
        decided=shown_interval(interval),
        changed=laws.changed,
        needed=needed(asked, laws, interval) if made.answer is Verdict.UNDECIDED else None,
        reason="no prediction changed" if relative and laws.changed == 0 else "",
    )


def decide(condition: Condition, interval: Interval, threshold: float, higher_is_better: bool) -> Decision:
    """Return the decision of one condition from the interval of the change, or of the head."""
    if condition == "min":
        return decision.at_least(interval, threshold)
    if condition == "max":
        return decision.at_most(interval, threshold)
    ask = decision.no_worse_than if condition == "no_worse_than" else decision.better_than
    return ask(interval, threshold, higher_is_better=higher_is_better)


def needed(asked: Asked, laws: Laws, interval: Interval) -> int | None:
    """Return the number of items that would decide; None where none can be told.

    For `no_worse_than` that of two equally good models, where it is more than there are; for all else that which
    decides if the value seen is the true one.
    """
    alpha = 1.0 - asked.confidence
    if asked.condition == "no_worse_than" and asked.threshold > 0.0:
        if laws.disagreement and asked.threshold <= 1.0:
            equal: int | None = items_to_decide(laws.disagreement, asked.threshold, alpha=alpha)
        else:
            equal = items_for_interval(interval, asked.threshold, alpha=alpha)
        if equal is not None and equal > interval.n:
            return equal
    distance = abs(interval.estimate - bound(asked))
    return items_for_interval(interval, distance, alpha=alpha) if distance > 0.0 else None


def bound(asked: Asked) -> float:
    """Return the value that an interval is held against, in the direction of the metric."""
    if asked.condition in ("min", "max"):
        return asked.threshold
    worse = asked.condition == "no_worse_than"
    return -asked.threshold if worse == asked.metric.higher_is_better else asked.threshold


def shown_interval(interval: Interval) -> moments.Interval:
    """Return an interval as reports show it."""
    return moments.Interval(
        low=interval.low,
        high=interval.high,
        confidence=interval.level,
        method=interval.method,
        items=interval.n,
    )


def usual_positive(evidence: Evidence) -> str | None:
    """Return the positive one of two classes whose names tell it; None for any others."""
    import numpy as np

    names = tuple(str(name) for name in np.unique(evidence.labels).tolist())
    for pair in USUAL_PAIRS:
        if sorted(name.lower() for name in names) == sorted(pair):
            return next(name for name in names if name.lower() == pair[1])
    return None


def two_classes(evidence: Evidence) -> bool:
    """Tell whether the labels hold two classes at most."""
    import numpy as np

    return len(np.unique(evidence.labels)) <= 2


def outside(scores: Floats | None) -> bool:
    """Tell whether scores leave 0 to 1."""
    return scores is not None and bool(((scores < 0.0) | (scores > 1.0)).any())
