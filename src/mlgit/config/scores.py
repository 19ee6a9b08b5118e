"""`scores:` of a model in `mlgit.yaml`: metrics of your own, computed from columns of the predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from mlgit.config.part import FORM, Name, Part
from mlgit.errors import UsageError
from mlgit.stats.naming import named_metric

if TYPE_CHECKING:
    from mlgit.yamlfile import Document

Direction = Literal["higher", "lower"]
Column = Annotated[
    str,
    Meta(
        pattern=r"^[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$(?!\n)",
        max_length=200,
        extra={FORM: "the name of a column of the predictions, without blanks around it"},
    ),
]
FunctionName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$(?!\n)",
        max_length=200,
        extra={FORM: "a function as package.module:name"},
    ),
]
ClassName = str | int
Prices = dict[ClassName, dict[ClassName, float]]
KINDS = ("mean", "ratio", "quantile", "cost", "function")
RESERVED = ("id", "label", "prediction", "group")
"""Columns that have a meaning of their own."""


class Score(Part, frozen=True, kw_only=True):
    """A metric of your own: exactly one of `mean`, `ratio`, `quantile`, `cost` and `function`."""

    mean: Annotated[
        Column | None, Meta(description="The mean of this column, which holds a number for each item.")
    ] = None
    ratio: Annotated[
        tuple[Column, Column] | None,
        Meta(description="The sum of the first column over the sum of the second, which is never below 0."),
    ] = None
    quantile: Annotated[
        tuple[Column, Annotated[float, Meta(gt=0, lt=1)]] | None,
        Meta(description="A column and which of its quantiles, for example `[latency_ms, 0.95]`."),
    ] = None
    cost: Annotated[
        Prices | None,
        Meta(
            description="What an answer costs: for each true class the cost of every class that may be said in its place. "
            "A right answer costs 0 unless it is said. The score is the mean cost."
        ),
    ] = None
    function: Annotated[
        FunctionName | None,
        Meta(
            description="A function of the repository as `package.module:name`, taken from the base: it gets the rows of one "
            "model as columns by name and returns a number. It is resampled, in a process without rights."
        ),
    ] = None
    direction: Annotated[
        Direction | None, Meta(description="Which way is better: `higher` or `lower`; of a cost it is lower.")
    ] = None
    weight: Annotated[
        Column | None,
        Meta(
            description="A column with the weight of each item, 0 or more, for `mean` and `ratio`; the base's count."
        ),
    ] = None
    range: Annotated[
        tuple[float, float] | None,
        Meta(
            description="The least and the greatest value that an item can have (of `ratio`: that the ratio of an item can have). "
            "With it intervals are narrower; without it, an unseen item may be twice as far off as any that was seen."
        ),
    ] = None
    fixed: Annotated[
        tuple[Column, ...],
        Meta(
            description="Columns that are true of an item whatever the model, for example the words of a reference: a head "
            "that changes one fails."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse what is no score, or two, and what means nothing beside it."""
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a score is exactly one of {', '.join(KINDS)}, not {len(given)} of them")
        (kind,) = given
        if self.direction is None and kind != "cost":
            raise ValueError("a score needs direction: higher or lower")
        if self.weight is not None and kind not in ("mean", "ratio"):
            raise ValueError("only mean and ratio take a weight")
        if self.range is not None:
            self._check_range(kind, *self.range)
        if self.cost is not None:
            check_prices(self.cost)

    def _check_range(self, kind: str, low: float, high: float) -> None:
        if kind in ("cost", "function"):
            raise ValueError(f"a {kind} takes no range")
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError("range needs two numbers, the smaller one first")

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        return self.direction == "higher"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers that it is computed from, each once."""
        named = (self.mean, *(self.ratio or ()), self.quantile[0] if self.quantile else None, self.weight)
        return tuple(dict.fromkeys([*(one for one in named if one is not None), *self.fixed]))

    @property
    def constant(self) -> tuple[str, ...]:
        """The columns that a head may not change."""
        return (*((self.weight,) if self.weight else ()), *self.fixed)

    @property
    def prices(self) -> dict[str, dict[str, float]]:
        """The cost matrix by the names of the classes as text."""
        return {
            str(true): {str(answer): price for answer, price in row.items()}
            for true, row in (self.cost or {}).items()
        }


Scores = dict[Name, Score]


def check_prices(prices: Prices) -> None:
    """Raise `ValueError` for a matrix without a price or with one that is no finite number."""
    values = [price for row in prices.values() for price in row.values()]
    if not values or not all(math.isfinite(price) for price in values):
        raise ValueError("cost needs a finite number for each true class and each answer in its place")
    if not any(values):
        raise ValueError("every cost is 0")


def check_scores(models: Mapping[str, Scores], document: Document) -> None:
    """Raise `UsageError` (`score-name`) with the line of a score that is called as a metric that mlgit computes."""
    for model, scores in models.items():
        for name in scores:
            if named_metric(name) is not None:
                raise UsageError(
                    "score-name",
                    f"{name!r} is a metric that is computed from predictions already",
                    hint="give the score another name",
                    where=document.place("models", model, "scores", name),
                )
