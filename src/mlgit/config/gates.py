"""The classes of the gates in `mlgit.yaml`: rules about metrics."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from mlgit.config.part import Part, RelativePath
from mlgit.errors import UsageError
from mlgit.stats.decision import Condition
from mlgit.stats.naming import metric_names, named_metric

if TYPE_CHECKING:
    from mlgit.yamlfile import Document

Confidence = Annotated[float, Meta(gt=0.5, lt=1)]
Quantile = Annotated[float, Meta(gt=0, lt=1)]
MEDIAN = 0.5
SliceValue = str | int | float | bool


class Margin(Part, frozen=True, kw_only=True):
    """A distance in the unit of the metric, always counted towards the worse or the better side by the rule."""

    margin: Annotated[float, Meta(description="The distance, 0 or more.", ge=0)] = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no number."""
        refuse_endless(self.margin)


class Rule(Part, frozen=True, kw_only=True):
    """What one metric has to fulfil. Several conditions in one rule all have to hold."""

    min: Annotated[
        float | None, Meta(description="The metric is at least this, with the rule's confidence.")
    ] = None
    max: Annotated[
        float | None, Meta(description="The metric is at most this, with the rule's confidence.")
    ] = None
    no_worse_than: Annotated[
        Margin | None, Meta(description="Not worse than the base by more than the margin.")
    ] = None
    better_than: Annotated[
        Margin | None, Meta(description="Better than the base by more than the margin.")
    ] = None
    where: Annotated[
        dict[str, SliceValue] | None,
        Meta(
            description="Only the test items with these values, by columns of the predictions at the base; not beside "
            "`mode: point` or `seeds`."
        ),
    ] = None
    gap: Annotated[
        str | None,
        Meta(
            description="A column of the predictions at the base: the rule, which has to be `max`, is about the largest "
            "difference of the head's metric between any two of its values; those with fewer items than `min_n` are left out."
        ),
    ] = None
    min_n: Annotated[
        int,
        Meta(
            description="With fewer test items the answer is UNDECIDED; not beside `mode: point` or `seeds`.",
            ge=1,
        ),
    ] = 1
    mode: Annotated[
        Literal["interval", "point"],
        Meta(
            description="`interval`: from the predictions. `point`: the number of the metrics file as it stands, without "
            "a word about noise, for latency, size and the like."
        ),
    ] = "interval"
    file: Annotated[
        RelativePath | None,
        Meta(
            description="The metrics file that the number is read from, as a path from the root of the repository. Needed "
            "where several metrics files have the name; only beside `mode: point`."
        ),
    ] = None
    confidence: Annotated[
        Confidence | None,
        Meta(
            description="The one-sided confidence of this rule, over all evaluations of the test set; not beside `mode: point`."
        ),
    ] = None
    quantile: Annotated[
        Quantile | None,
        Meta(
            description="The quantile of `pinball`, 0.5 when it is not said; not beside another metric, `mode: point` or `seeds`."
        ),
    ] = None
    seeds: Annotated[
        tuple[RelativePath, ...],
        Meta(
            description="Metrics files of the same recipe with different seeds, two or more, as paths from the root of the repository: the rule is about their mean."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that asks nothing and combinations that mean nothing."""
        if self.min is None and self.max is None and self.no_worse_than is None and self.better_than is None:
            raise ValueError("a rule needs one of min, max, no_worse_than, better_than")
        for bound in (self.min, self.max):
            refuse_endless(bound or 0.0)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        if len(self.seeds) == 1 or len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds need two files or more, each named once")
        if self.file is not None and self.mode != "point":
            raise ValueError("a file needs mode: point; predictions and seeds are named elsewhere")
        if self.seeds and self.mode == "point":
            raise ValueError("seeds give an interval of their own: leave out mode: point")
        if self.where == {}:
            raise ValueError("where needs a column and its value")
        if self.where and (self.seeds or self.mode == "point"):
            raise ValueError("a slice needs predictions: leave out seeds and mode: point")
        if self.min_n > 1 and self.reads_files:
            raise ValueError(
                "min_n counts test items, which needs predictions: leave out seeds and mode: point"
            )
        if self.gap is not None:
            self._check_gap()
        if self.quantile is not None and self.reads_files:
            raise ValueError("a quantile needs predictions: leave it out, or seeds and mode: point")
        if self.confidence is not None and self.mode == "point":
            raise ValueError("a number as it stands has no confidence: leave it out, or mode: point")

    def _check_gap(self) -> None:
        if self.max is None or self.max < 0.0 or len(self.conditions) > 1:
            raise ValueError(
                "a gap between slices is a number of 0 or more: give it max, and no other condition"
            )
        if self.reads_files:
            raise ValueError("a gap needs predictions: leave out seeds and mode: point")

    @property
    def reads_files(self) -> bool:
        """Whether it is decided from metrics files instead of predictions."""
        return self.mode == "point" or bool(self.seeds)

    @property
    def files(self) -> tuple[str, ...]:
        """The metrics files that it names; none where it reads those of its model, or predictions."""
        return (self.file,) if self.file is not None else self.seeds

    @property
    def conditions(self) -> tuple[tuple[Condition, float], ...]:
        """Each condition with its bound or its margin."""
        found: tuple[tuple[Condition, float | None], ...] = (
            ("min", self.min),
            ("max", self.max),
            ("no_worse_than", self.no_worse_than.margin if self.no_worse_than else None),
            ("better_than", self.better_than.margin if self.better_than else None),
        )
        return tuple((condition, threshold) for condition, threshold in found if threshold is not None)


class Undecided(Part, frozen=True, kw_only=True):
    """What follows where the evidence does not decide."""

    pull_request: Annotated[
        Literal["warn", "fail"], Meta(description="On a pull request: a warning, or a failed check.")
    ] = "warn"
    promote: Annotated[
        Literal["refuse", "warn"], Meta(description="On the way to an environment: refused, or a warning.")
    ] = "refuse"


Gate = dict[str, Rule]


def refuse_endless(value: float) -> None:
    """Raise `ValueError` for NaN and the infinities."""
    if not math.isfinite(value):
        raise ValueError("expected a finite number")


def check_gates(
    models: Mapping[str, tuple[Gate, ...]], scores: Mapping[str, Collection[str]], document: Document
) -> None:
    """Raise `UsageError` with the line for a metric that no rule can be about (`gate-metric`), or a quantile of another.

    `scores` are the names of the scores of each model.
    """
    for model, position, metric, rule in rules(models):
        place = ("models", model, "gates", position, metric)
        known = named_metric(metric)
        if rule.quantile is not None and metric in scores.get(model, ()):
            raise no_quantile(metric, document.place(*place, "quantile"))
        if not rule.reads_files and known is None and metric not in scores.get(model, ()):
            raise unknown_metric(metric, document.place(*place))
        if rule.quantile is not None and known is not None and known.estimator != "pinball":
            raise no_quantile(metric, document.place(*place, "quantile"))


def no_quantile(metric: str, where: str) -> UsageError:
    """Return the error for a quantile of a metric that has none."""
    return UsageError(
        "gate-quantile",
        f"{metric!r} has no quantile",
        hint="leave quantile out; only pinball takes one",
        where=where,
    )


def rules(models: Mapping[str, tuple[Gate, ...]]) -> Iterator[tuple[str, int, str, Rule]]:
    """Yield model, position of the gate, metric and rule."""
    for model, gates in models.items():
        for position, gate in enumerate(gates):
            for metric, rule in gate.items():
                yield model, position, metric, rule


def unknown_metric(metric: str, where: str) -> UsageError:
    """Return the error for a metric without an estimator."""
    from difflib import get_close_matches

    near = get_close_matches(metric, metric_names(), n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return UsageError(
        "gate-metric",
        f"{metric!r} is no metric that can be computed from predictions",
        hint=f"{meant}A number of the metrics file needs mode: point, one of your own a name in scores:; "
        "`mlgit help gates` lists the metrics",
        where=where,
    )
