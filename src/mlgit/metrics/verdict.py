"""What the gates of a repository say about a head, as values; `mlgit gate --json` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.metrics.moments import Interval, Side
from mlgit.stats.decision import Answer, all_of

Condition = Literal["min", "max", "no_worse_than", "better_than"]
State = Literal["judged", "unchanged", "new", "gone", "no gates", "broken", "not available"]


class Notice(Struct, frozen=True, kw_only=True):
    """Something about the head that a person has to see before it is believed.

    With `blocks`, the verdict is at best UNDECIDED, whatever the numbers say.
    """

    kind: Annotated[str, Meta(description="A stable slug.")]
    message: str
    remedy: str = ""
    blocks: bool = True


class Flaw(Struct, frozen=True, kw_only=True):
    """One way in which the head's predictions are no evidence; with any of these the verdict is FAIL."""

    kind: Annotated[str, Meta(description="missing, extra, duplicate, changed-label, not-finite, ...")]
    message: str
    rows: Annotated[tuple[str, ...], Meta(description="Ids of the first rows concerned.")] = ()
    count: int = 0


class Finding(Struct, frozen=True, kw_only=True):
    """The answer to one condition of one rule."""

    metric: str
    condition: Condition
    threshold: Annotated[
        float, Meta(description="The bound, or the margin, as mlgit.yaml at the base gives it.")
    ]
    verdict: Answer
    reason: Annotated[str, Meta(description="Why, in a sentence.")] = ""
    remedy: Annotated[str, Meta(description="The command or the number of items that would decide.")] = ""
    bound: Annotated[
        float | None, Meta(description="What the interval is held against, in the metric's own direction.")
    ] = None
    slice: Annotated[str, Meta(description="The part of the test set; empty: all of it.")] = ""
    mode: Literal["interval", "point", "seeds"] = "interval"
    base: float | None = None
    head: float | None = None
    change: Annotated[float | None, Meta(description="Head minus base.")] = None
    shown: Annotated[
        Interval | None,
        Meta(description="The 95 % interval: of the change, or of the head for min and max."),
    ] = None
    decided: Annotated[
        Interval | None,
        Meta(
            description="The interval whose one end decides; its confidence is that of two sides, 2c - 1 for a one-sided c."
        ),
    ] = None
    confidence: Annotated[float, Meta(description="The one-sided confidence of this answer.")] = 0.95
    items: int | None = None
    groups: int | None = None
    changed: Annotated[int | None, Meta(description="Items on which both models answer differently.")] = None
    needed: Annotated[
        int | None, Meta(description="The number of items that would decide between equally good models.")
    ] = None


class Budget(Struct, frozen=True, kw_only=True):
    """How far a test set is used up."""

    test_set: Annotated[str, Meta(description="The digest of its ids and labels.")]
    planned: int
    used: Annotated[int, Meta(description="Different sets of predictions judged by it before this one.")]
    accepted: Annotated[
        int, Meta(description="Of these, how many the history of the base's first parents shows.")
    ]
    recorded: Annotated[int | None, Meta(description="How many the ledger holds; null without a ledger.")]
    unrecorded: Annotated[int, Meta(description="Accepted ones that the ledger lacks.")] = 0
    seen_before: Annotated[
        bool,
        Meta(description="Whether this very set of predictions was judged before: it costs no step then."),
    ] = False
    split: bool = True
    confidence: Annotated[float, Meta(description="Over all steps.")] = 0.95
    step_confidence: Annotated[float, Meta(description="Of this step.")] = 0.95
    complete: Annotated[bool, Meta(description="False in a shallow clone: steps may be missing.")] = True

    @property
    def step(self) -> int:
        """The number of the step now due, from 1."""
        return self.used + 1

    @property
    def spent(self) -> bool:
        """Whether there is no step left."""
        return self.used >= self.planned


class ModelVerdict(Struct, frozen=True, kw_only=True):
    """What the gates say about one model."""

    name: str
    verdict: Answer | None
    """None for a model without gates, which is judged by nobody."""
    state: State
    reason: str = ""
    remedy: str = ""
    findings: tuple[Finding, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    notices: tuple[Notice, ...] = ()
    budget: Budget | None = None
    items: int | None = None
    pull_request: Literal["warn", "fail"] = "warn"
    promote: Literal["refuse", "warn"] = "refuse"


class GateReport(Struct, frozen=True, kw_only=True):
    """The verdict over all models."""

    version: Literal[1] = 1
    base: Side
    head: Side
    verdict: Answer
    reason: str = ""
    remedy: str = ""
    models: tuple[ModelVerdict, ...] = ()
    notices: tuple[Notice, ...] = ()


def overall(answers: Iterable[Answer], notices: Iterable[Notice] = (), flaws: Iterable[Flaw] = ()) -> Answer:
    """Return the one answer to several: a flaw is FAIL, and no PASS stands beside a notice that blocks."""
    whole = Answer.FAIL if tuple(flaws) else all_of(answers)
    if whole is Answer.PASS and any(notice.blocks for notice in notices):
        return Answer.UNDECIDED
    return whole
