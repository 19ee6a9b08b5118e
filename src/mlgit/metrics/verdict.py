"""What the gates of a repository say about a head, as values; `mlgit gate --json` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.metrics.slices import SliceSearch
from mlgit.stats.decision import Condition as Condition
from mlgit.stats.decision import Verdict, all_of
from mlgit.stats.interval import Interval

State = Literal["evaluated", "unchanged", "new", "gone", "no gates", "broken", "not available"]


class Side(Struct, frozen=True, kw_only=True):
    """One of the two sides of a comparison."""

    name: Annotated[str, Meta(description="The revision as it was asked for, or `working tree`.")]
    commit: Annotated[str | None, Meta(description="The commit; null for the working tree.")]


class GateWarning(Struct, frozen=True, kw_only=True):
    """What a person has to look at before the head is believed.

    With `blocks`, the verdict is at best UNDECIDED, whatever the numbers say.
    """

    kind: Annotated[str, Meta(description="A stable slug.")]
    message: Annotated[str, Meta(description="What it is, in a sentence.")]
    hint: Annotated[str, Meta(description="The command or the step that ends it.")] = ""
    blocks: Annotated[bool, Meta(description="Whether it keeps back a PASS.")] = True


class EvidenceError(Struct, frozen=True, kw_only=True):
    """What is wrong with the head's evidence; with any error the verdict is FAIL."""

    kind: Annotated[str, Meta(description="missing, extra, duplicate, changed-label, not-finite, ...")]
    message: Annotated[str, Meta(description="What it is, in a sentence.")]
    rows: Annotated[tuple[str, ...], Meta(description="Ids of the first rows concerned.")] = ()
    count: Annotated[int, Meta(description="How many rows are concerned.")] = 0


class Finding(Struct, frozen=True, kw_only=True):
    """The verdict on one condition of one rule."""

    metric: Annotated[str, Meta(description="The metric, as mlgit.yaml at the base names it.")]
    condition: Annotated[Condition, Meta(description="What is asked of it.")]
    threshold: Annotated[
        float, Meta(description="The bound, or the margin, as mlgit.yaml at the base gives it.")
    ]
    verdict: Annotated[Verdict, Meta(description="What the evidence says.")]
    reason: Annotated[str, Meta(description="Why, in a sentence.")] = ""
    hint: Annotated[str, Meta(description="The command or the number of items that would decide.")] = ""
    bound: Annotated[
        float | None, Meta(description="What the interval is held against, in the metric's own direction.")
    ] = None
    slice: Annotated[str, Meta(description="The part of the test set; empty: all of it.")] = ""
    gap: Annotated[
        str, Meta(description="The column between whose values the largest gap is meant; empty: no gap.")
    ] = ""
    file: Annotated[str, Meta(description="The metrics file that the rule names; empty: it names none.")] = ""
    mode: Annotated[
        Literal["interval", "point", "seeds"],
        Meta(description="By an interval, by the bare number, or over seeds."),
    ] = "interval"
    base: Annotated[float | None, Meta(description="Its value at the base.")] = None
    head: Annotated[float | None, Meta(description="Its value at the head.")] = None
    change: Annotated[float | None, Meta(description="Head minus base.")] = None
    shown: Annotated[
        Interval | None,
        Meta(description="The 95 % interval: of the change, or of the head for min and max."),
    ] = None
    decided: Annotated[
        Interval | None,
        Meta(
            description="The interval whose one end decides: the end that passes holds with `confidence` (the level is 2c - 1 for "
            "this c), the end that fails with `failure_confidence`."
        ),
    ] = None
    confidence: Annotated[float, Meta(description="The one-sided confidence of a PASS.")] = 0.95
    failure_confidence: Annotated[
        float | None, Meta(description="The one-sided confidence of a FAIL; null: the same.")
    ] = None
    items: Annotated[int | None, Meta(description="The number of test items behind it.")] = None
    groups: Annotated[int | None, Meta(description="The number of groups, where items come in groups.")] = (
        None
    )
    changed: Annotated[
        int | None, Meta(description="Items whose predictions differ between both models.")
    ] = None
    needed: Annotated[
        int | None,
        Meta(
            description="The number of items that would decide in four draws of five: between equally good models, or if the "
            "value seen is the true one."
        ),
    ] = None
    needed_range: Annotated[
        tuple[int, int | None] | None,
        Meta(
            description="Where that number lies by what these items tell of it, in four draws of five; a second null: without "
            "an end. Null: not known."
        ),
    ] = None


class Budget(Struct, frozen=True, kw_only=True):
    """How far a test set is used up."""

    test_set: Annotated[str, Meta(description="The digest of its ids and labels.")]
    planned: Annotated[int, Meta(description="The evaluations that the test set is meant to last.")]
    used: Annotated[int, Meta(description="Different sets of predictions evaluated on it before this one.")]
    accepted: Annotated[
        int, Meta(description="Of these, how many the history of the base's first parents shows.")
    ]
    recorded: Annotated[int | None, Meta(description="How many the ledger holds; null without a ledger.")]
    unrecorded: Annotated[int, Meta(description="Accepted ones that the ledger lacks.")] = 0
    seen_before: Annotated[
        bool,
        Meta(description="Whether this very set of predictions was evaluated before: it costs nothing then."),
    ] = False
    corrected: Annotated[
        bool,
        Meta(description="Whether the confidence is corrected for the several evaluations (alpha spending)."),
    ] = True
    confidence: Annotated[float, Meta(description="Over all evaluations.")] = 0.95
    evaluation_confidence: Annotated[float, Meta(description="Of this evaluation by itself.")] = 0.95
    adaptive: Annotated[
        bool,
        Meta(description="Whether it holds against somebody who keeps or drops each change by its result."),
    ] = False
    tries: Annotated[int, Meta(description="With `adaptive`: the tries that nobody counted.")] = 0
    worn: Annotated[bool, Meta(description="With `adaptive`: whether it was looked at too often.")] = False
    complete: Annotated[bool, Meta(description="False in a shallow clone: evaluations may be missing.")] = (
        True
    )

    @property
    def number(self) -> int:
        """The number of the evaluation now due, from 1."""
        return self.used + 1

    @property
    def spent(self) -> bool:
        """Whether no evaluation is left."""
        return self.used >= self.planned


class ModelVerdict(Struct, frozen=True, kw_only=True):
    """What the gates say about one model."""

    name: Annotated[str, Meta(description="The model, as mlgit.yaml names it.")]
    verdict: Annotated[
        Verdict | None,
        Meta(description="The verdict; null for a model without gates, which is not evaluated."),
    ]
    state: Annotated[State, Meta(description="Whether the gates were evaluated, or why not.")]
    reason: Annotated[str, Meta(description="Why nothing was evaluated or decided, in a sentence.")] = ""
    hint: Annotated[str, Meta(description="The command or the step that would decide.")] = ""
    findings: Annotated[
        tuple[Finding, ...], Meta(description="The verdict on every condition of every rule.")
    ] = ()
    errors: Annotated[
        tuple[EvidenceError, ...], Meta(description="What is wrong with the head's evidence.")
    ] = ()
    warnings: Annotated[tuple[GateWarning, ...], Meta(description="What a person has to look at.")] = ()
    budget: Annotated[
        Budget | None, Meta(description="How far the test set is used up; null where it was not used.")
    ] = None
    items: Annotated[int | None, Meta(description="The number of test items.")] = None
    pull_request: Annotated[
        Literal["warn", "fail"], Meta(description="What UNDECIDED means on a pull request.")
    ] = "warn"
    promote: Annotated[
        Literal["refuse", "warn"], Meta(description="What UNDECIDED means on the way to an environment.")
    ] = "refuse"
    slices: Annotated[
        SliceSearch | None,
        Meta(description="Where the head is worse (`--slices`); null where nobody asked."),
    ] = None


class GateReport(Struct, frozen=True, kw_only=True):
    """The verdict over all models."""

    version: Annotated[Literal[2], Meta(description="The version of this form.")] = 2
    base: Annotated[Side, Meta(description="The revision whose gates, items and labels count.")]
    head: Annotated[Side, Meta(description="The revision that is evaluated.")]
    verdict: Annotated[
        Verdict, Meta(description="The verdict over all models: FAIL before UNDECIDED before PASS.")
    ]
    reason: Annotated[str, Meta(description="Why nothing was decided, where no model has gates.")] = ""
    hint: Annotated[str, Meta(description="What to do about that.")] = ""
    models: Annotated[tuple[ModelVerdict, ...], Meta(description="One for each model of either side.")] = ()
    warnings: Annotated[
        tuple[GateWarning, ...],
        Meta(description="What concerns the whole repository; each model has them, too."),
    ] = ()


def overall(
    verdicts: Iterable[Verdict], warnings: Iterable[GateWarning] = (), errors: Iterable[EvidenceError] = ()
) -> Verdict:
    """Return the one verdict over several: any error is FAIL, and no PASS stands beside a warning that blocks."""
    whole = Verdict.FAIL if tuple(errors) else all_of(verdicts)
    if whole is Verdict.PASS and any(warning.blocks for warning in warnings):
        return Verdict.UNDECIDED
    return whole
