"""The evaluator: verdicts on rules from checked evidence about one pair of models. Pure; imports numpy."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from msgspec.structs import replace

from mlgit.config.gates import MEDIAN, Rule
from mlgit.evaluation.enough import Needed, needed
from mlgit.evaluation.gaps import largest_gap, slices_by
from mlgit.evaluation.rules import open_findings, slice_name, too_few
from mlgit.evaluation.scores import Scores, score_estimates
from mlgit.metrics.verdict import Finding
from mlgit.predictions.columns import slice_rows
from mlgit.predictions.table import Table
from mlgit.stats.arrays import Booleans
from mlgit.stats.decision import RELATIVE, Verdict, bound, decide, joined
from mlgit.stats.errors import OutOfRangeError, StatisticsError, UnknownLabelError
from mlgit.stats.estimates import Estimates
from mlgit.stats.estimators import ESTIMATORS
from mlgit.stats.evidence import Evidence
from mlgit.stats.interval import SHOWN, two_sided_level
from mlgit.stats.losses import SUM_TOLERANCE
from mlgit.stats.naming import named_metric
from mlgit.stats.options import Options, settle

RESAMPLES = 10_000
MOST_RESAMPLES = 40_000
IN_THE_TAIL = 40
"""So many draws are made of confusion cells that about as many lie beyond the end that decides."""
SHOWN_SIDE = 0.5 + SHOWN / 2.0
"""The one-sided confidence of either end of an interval that is shown."""
NO_SCORES: Scores = MappingProxyType({})
USUAL_PAIRS = (
    ("0", "1"),
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("-1", "1"),
    ("negative", "positive"),
)


class PositiveUnknownError(StatisticsError):
    """It is not known which of the two classes is the positive one."""


class Evaluator:
    """Decides the rules about one pair of models; what several rules need of the same items is computed once.

    `table` are the predictions of the base, whose columns slices are cut by. `positive` None: the class whose name
    tells it. `seed` drives every resampling: derived from the inputs, it gives the same verdict anywhere. `scores` are the
    metrics of the user's own, `run` calls the function of one with its rows (None: functions are not run).
    """

    def __init__(
        self,
        evidence: Evidence,
        table: Table,
        *,
        positive: str | None,
        seed: int,
        scores: Scores = NO_SCORES,
        run: Callable[[str, Evidence, int], Estimates] | None = None,
    ) -> None:
        self.evidence = evidence
        self.table = table
        self.positive = positive if positive is not None else usual_positive(evidence)
        self.seed = seed
        self.scores = scores
        self._run = run
        self._slices: dict[str, Evidence] = {"": evidence}
        self._estimates: dict[tuple[object, ...], Estimates] = {}

    @property
    def items(self) -> int:
        """The number of test items."""
        return self.evidence.n

    def findings(
        self, metric: str, rule: Rule, confidence: float, failure: float | None = None
    ) -> list[Finding]:
        """Return the verdict on each condition of a rule; what statistics cannot decide is UNDECIDED with its reason.

        `confidence` is that of a PASS, `failure` that of a FAIL (None: the same).
        """
        found = open_findings(metric, rule, confidence, failure)
        where = rule.where or {}
        asked = [*where, *([rule.gap] if rule.gap is not None else [])]
        missing = next((column for column in asked if column not in self.table.columns), None)
        if missing is not None:
            reason = f"the predictions of the base have no column {missing}"
            hint = f"let the pipeline write {missing} into the predictions"
            return [replace(one, reason=reason, hint=hint) for one in found]
        name = slice_name(where)
        if name not in self._slices:
            self.cut(name, slice_rows(self.table, where))
        if rule.gap is not None:
            return [self.between_slices(one, rule) for one in found]
        return [self.decided(one, rule) for one in found]

    def cut(self, name: str, rows: Booleans) -> None:
        """Let `estimates` know a part of the items by a name."""
        if name not in self._slices:
            self._slices[name] = self.evidence.select(rows)

    def between_slices(self, found: Finding, rule: Rule) -> Finding:
        """Return the verdict on the largest gap between the slices of a column."""
        where = rule.where or {}
        try:
            parts, small = slices_by(
                self.table, rule.gap or "", slice_rows(self.table, where), max(1, rule.min_n)
            )
            estimates = {}
            for value, rows in parts.items():
                name = slice_name({**where, rule.gap or "": value})
                self.cut(name, rows)
                estimates[value] = self.estimates(found.metric, part=name, confidence=found.confidence)
            heads = {value: one.head for value, one in estimates.items()}
            failure = found.failure_confidence or found.confidence
            interval, between = largest_gap(heads, found.confidence, failure)
            shown, _ = largest_gap(heads, SHOWN_SIDE, SHOWN_SIDE)
            before, _ = largest_gap(
                {value: one.base for value, one in estimates.items()}, SHOWN_SIDE, SHOWN_SIDE
            )
        except StatisticsError as error:
            return replace(found, reason=str(error))
        left_out = f"; left out with n < {rule.min_n:,}: {', '.join(small)}" if small else ""
        return replace(
            found,
            verdict=decide("max", interval, found.threshold),
            bound=found.threshold,
            base=before.estimate,
            head=interval.estimate,
            change=interval.estimate - before.estimate,
            shown=shown,
            decided=interval,
            items=interval.items,
            reason=f"between {between}{left_out}",
        )

    def decided(self, found: Finding, rule: Rule) -> Finding:
        """Return the verdict on one condition."""
        part = self._slices[found.slice]
        items, codes = part.n, part.group_codes
        found = replace(found, items=items, groups=None if codes is None else int(codes.max(initial=-1)) + 1)
        if items == 0:
            return replace(found, reason="no test item is in this slice")
        if items < rule.min_n:
            return replace(found, reason=too_few(items, rule.min_n))
        try:
            quantile = MEDIAN if rule.quantile is None else rule.quantile
            estimates = self.estimates(
                found.metric, part=found.slice, confidence=found.confidence, quantile=quantile
            )
            return self.concluded(found, estimates)
        except OutOfRangeError as error:
            # Scores that are no probabilities are an error of the head only where the base keeps to it.
            at_fault = Verdict.UNDECIDED if no_probabilities(self.evidence) else Verdict.FAIL
            return replace(found, verdict=at_fault, reason=str(error))
        except StatisticsError as error:
            hint = "set positive: in mlgit.yaml" if isinstance(error, PositiveUnknownError) else ""
            return replace(found, reason=str(error), hint=hint)

    def concluded(self, found: Finding, estimates: Estimates) -> Finding:
        """Return a finding with the verdict that its estimates give, and with what is shown beside it."""
        return with_estimates(found, estimates, higher_is_better=self.higher_is_better(found.metric))

    def knows(self, metric: str) -> bool:
        """Tell whether a name is one of a score or of a metric with an estimator."""
        return metric in self.scores or named_metric(metric) is not None

    def higher_is_better(self, metric: str) -> bool:
        """Tell which way a metric or a score is better."""
        if metric in self.scores:
            return self.scores[metric].higher_is_better
        known = named_metric(metric)
        return known is not None and known.higher_is_better

    def estimates(
        self, name: str, *, part: str = "", confidence: float = SHOWN, quantile: float = MEDIAN
    ) -> Estimates:
        """Return the estimates of a metric on a part of the items that a rule has cut, precise enough for a one-sided `confidence`.

        Raises a `StatisticsError` for a metric that these predictions do not give.
        """
        if name in self.scores:
            if (name, part) not in self._estimates:
                found = score_estimates(
                    self.scores[name], self._slices[part], self.table, self._run, self.seed
                )
                self._estimates[name, part] = found
            return self._estimates[name, part]
        metric = named_metric(name)
        if metric is None:
            raise UnknownLabelError(f"{name!r} is no metric that can be computed from predictions")
        resamples = max(RESAMPLES, min(MOST_RESAMPLES, round(IN_THE_TAIL / (1.0 - confidence))))
        key = (metric, part, quantile, resamples)
        if key not in self._estimates:
            if metric.concerns_one_class and self.positive is None and two_classes(self.evidence):
                raise PositiveUnknownError("it is not known which of the two classes is the positive one")
            asked = Options(
                average=metric.average, positive=self.positive, quantile=quantile, resamples=resamples
            )
            # A slice may lack a class, so all the items tell what is measured.
            options = settle(self.evidence, asked)
            self._estimates[key] = ESTIMATORS[metric.estimator](self._slices[part], self.seed, options)
        return self._estimates[key]


def with_estimates(found: Finding, estimates: Estimates, *, higher_is_better: bool = True) -> Finding:
    """Return a finding with the verdict that its interval gives, and with what is shown beside it."""
    found = with_verdict(found, estimates, higher_is_better=higher_is_better)
    relative = found.condition in RELATIVE
    interval_at = estimates.difference if relative else estimates.head
    base, head = estimates.base(SHOWN).estimate, estimates.head(SHOWN).estimate
    undecided = found.verdict is Verdict.UNDECIDED
    enough = needed(found, estimates.disagreement, interval_at) if undecided else Needed()
    return replace(
        found,
        base=base,
        head=head,
        change=head - base,
        shown=interval_at(SHOWN),
        changed=estimates.changed,
        needed=enough.items if undecided else None,
        needed_range=enough.between if undecided else None,
        reason="no prediction changed" if relative and estimates.changed == 0 else "",
    )


def with_verdict(found: Finding, estimates: Estimates, *, higher_is_better: bool = True) -> Finding:
    """Return a finding with the verdict that its interval gives, the bound and the interval that decide, and no more."""
    interval_at = estimates.difference if found.condition in RELATIVE else estimates.head
    interval = interval_at(two_sided_level(found.confidence))
    if found.failure_confidence is not None:
        looser = interval_at(two_sided_level(found.failure_confidence))
        interval = joined(found.condition, interval, looser, higher_is_better=higher_is_better)
    return replace(
        found,
        verdict=decide(found.condition, interval, found.threshold, higher_is_better=higher_is_better),
        bound=bound(found.condition, found.threshold, higher_is_better=higher_is_better),
        decided=interval,
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


def no_probabilities(evidence: Evidence) -> bool:
    """Tell whether scores of the base leave 0 to 1, or those of its classes do not add up to 1."""
    import numpy as np

    of_classes = [np.asarray(one, dtype=np.float64) for one in evidence.base_class_scores.values()]
    given = [evidence.base_scores] if evidence.base_scores is not None else []
    if any(bool(((one < 0.0) | (one > 1.0)).any()) for one in (*given, *of_classes)):
        return True
    return len(of_classes) > 1 and bool((np.abs(sum(of_classes) - 1.0) > SUM_TOLERANCE).any())
