"""The comparison of two revisions of a project as values; docs/reference/compare-json.md describes them in JSON.

A state is never guessed: what cannot be read is `unreadable`, what is not here is `not available`, and neither is ever
`unchanged`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mlgit.metrics.direction import Direction
from mlgit.metrics.reproduction import Verification
from mlgit.metrics.verdict import ModelVerdict
from mlgit.metrics.verdict import Side as Side
from mlgit.stats.decision import Verdict
from mlgit.stats.interval import Interval as Interval

State = Literal["changed", "unchanged", "new", "gone", "unreadable", "not available"]
Effect = Literal["better", "worse", "unclear", "noise", "same", "no interval", "unknown"]
Item = Literal["definition", "command", "dependency", "parameter", "output"]


class MetricRow(Struct, frozen=True, kw_only=True):
    """One metric of one file."""

    file: Annotated[str, Meta(description="The file of the metric, from the root of the repository.")]
    name: Annotated[
        str,
        Meta(description="Its dotted name inside the file; empty when the whole file is meant."),
    ]
    state: State
    base: Annotated[
        Any,
        Meta(
            description="Its value at the base: a number, a truth value or a text; null when there is none."
        ),
    ] = None
    head: Annotated[Any, Meta(description="Its value at the head, likewise.")] = None
    change: Annotated[float | None, Meta(description="Head minus base, when both are finite numbers.")] = None
    direction: Annotated[Direction, Meta(description="Which way is better.")] = "unknown"
    effect: Annotated[
        Effect,
        Meta(
            description="What the change is by that direction: `better` and `worse` with an interval only, and so that "
            "they hold over all rows of the page; `unclear` where the row alone would be one of them; `noise` where its "
            "interval holds zero, so that the test set cannot tell; `no interval` where none tells; `unknown` where no "
            "direction does, or the values are no numbers."
        ),
    ] = "unknown"
    slice: Annotated[str, Meta(description="The part of the test set; empty: all of it.")] = ""
    interval: Interval | None = None
    p_value: Annotated[
        float | None,
        Meta(description="The two-sided p-value of no change, of this row alone; null without an interval."),
    ] = None
    verdict: Annotated[Verdict | None, Meta(description="What the gates of mlgit.yaml say.")] = None
    changed: Annotated[
        int | None, Meta(description="Test items whose predictions differ between both models.")
    ] = None
    needed: Annotated[
        int | None, Meta(description="The number of test items that would decide, where they do not.")
    ] = None
    reason: Annotated[str, Meta(description="Why there is no value, when there is none.")] = ""
    hint: Annotated[str, Meta(description="The command that brings it.")] = ""


class ParameterRow(Struct, frozen=True, kw_only=True):
    """One parameter of one file."""

    file: Annotated[str, Meta(description="The file of the parameter, from the root of the repository.")]
    name: Annotated[str, Meta(description="Its dotted name; empty when the whole file is meant.")]
    state: State
    base: Annotated[Any, Meta(description="Its value at the base: any value of YAML.")] = None
    head: Annotated[Any, Meta(description="Its value at the head.")] = None
    change: Annotated[float | None, Meta(description="Head minus base, when both are finite numbers.")] = None
    reason: Annotated[str, Meta(description="Why there is no value, when there is none.")] = ""
    hint: Annotated[str, Meta(description="The command that brings it.")] = ""


class DataVersion(Struct, frozen=True, kw_only=True):
    """A file or folder of data at one side, from what DVC wrote down about it."""

    digest: Annotated[str, Meta(description="Its digest as DVC writes it; a folder's ends in `.dir`.")] = ""
    size: Annotated[int | None, Meta(description="Bytes.")] = None
    files: Annotated[int | None, Meta(description="Number of files, of a folder.")] = None
    rows: Annotated[int | None, Meta(description="Number of rows, of a table, where it is known.")] = None


class DataRow(Struct, frozen=True, kw_only=True):
    """One file or folder of data."""

    path: Annotated[str, Meta(description="From the root of the repository.")]
    state: State
    base: DataVersion | None = None
    head: DataVersion | None = None
    reason: Annotated[str, Meta(description="Why something is not known.")] = ""
    hint: Annotated[str, Meta(description="The command that brings it.")] = ""


class StageReason(Struct, frozen=True, kw_only=True):
    """One thing that differs in a stage."""

    item: Annotated[Item, Meta(description="Which part of the stage.")]
    state: State
    name: Annotated[str, Meta(description="The path or the name of the parameter.")] = ""
    base: Annotated[Any, Meta(description="What stood there at the base.")] = None
    head: Annotated[Any, Meta(description="What stands there at the head.")] = None


class StageRow(Struct, frozen=True, kw_only=True):
    """One stage of the pipeline."""

    name: str
    state: State
    reasons: tuple[StageReason, ...] = ()
    reason: Annotated[str, Meta(description="Why it cannot be told, when it cannot.")] = ""


class PlotRow(Struct, frozen=True, kw_only=True):
    """One file of points that DVC plots."""

    file: Annotated[str, Meta(description="From the root of the repository.")]
    state: State
    reason: Annotated[str, Meta(description="Why it cannot be shown, when it cannot.")] = ""
    hint: Annotated[str, Meta(description="The command that brings it.")] = ""


class SideError(Struct, frozen=True, kw_only=True):
    """A file that is there and cannot be read; a comparison with one exits with 1."""

    file: Annotated[str, Meta(description="From the root of the repository.")]
    side: Annotated[Literal["base", "head"], Meta(description="At which of the two sides.")]
    message: Annotated[str, Meta(description="What is wrong with it.")]
    where: Annotated[str, Meta(description="File and line.")] = ""


class Remark(Struct, frozen=True, kw_only=True):
    """One thing that failed or was not judged, and why."""

    reason: Annotated[str, Meta(description="Why, in a sentence.")]
    metric: Annotated[str, Meta(description="The metric; empty: the model as a whole.")] = ""
    file: Annotated[str, Meta(description="The file it is about, where it is about one.")] = ""
    slice: Annotated[str, Meta(description="The part of the test set; empty: all of it.")] = ""
    hint: Annotated[str, Meta(description="The command or the step that ends it.")] = ""


class Coverage(Struct, frozen=True, kw_only=True):
    """What a report on a model rests on.

    A model with anything in `failed` is bad; one with anything in `not_judged`, or of which nothing was judged, is open.
    """

    judged: Annotated[
        int,
        Meta(
            description="How many rules were decided, and how many metrics without a rule are unchanged numbers or "
            "have an interval of their change."
        ),
    ] = 0
    not_judged: Annotated[
        tuple[Remark, ...], Meta(description="What nobody can say anything of, and why.")
    ] = ()
    failed: Annotated[tuple[Remark, ...], Meta(description="What is broken or fails a rule, and why.")] = ()


class ModelComparison(Struct, frozen=True, kw_only=True):
    """One model, or one pipeline where mlgit.yaml names no models."""

    name: str
    pipeline: Annotated[str, Meta(description="The folder of its dvc.yaml.")]
    state: Annotated[State, Meta(description="The state of the whole: the worst of what is below it.")]
    metrics: tuple[MetricRow, ...] = ()
    parameters: tuple[ParameterRow, ...] = ()
    data: tuple[DataRow, ...] = ()
    stages: tuple[StageRow, ...] = ()
    plots: tuple[PlotRow, ...] = ()
    errors: tuple[SideError, ...] = ()
    evidence: Annotated[
        str,
        Meta(description="What the intervals rest on, or why there are none although there are predictions."),
    ] = ""
    gate: Annotated[
        ModelVerdict | None, Meta(description="What the gates of the base say; null without gates.")
    ] = None
    verification: Annotated[
        Verification | None,
        Meta(description="Whether the numbers of the head were measured again; null where nobody tried."),
    ] = None
    coverage: Annotated[Coverage, Meta(description="What was judged, what was not, and what failed.")] = (
        Coverage()
    )
    unchanged: Annotated[
        int, Meta(description="Rows left out because nothing changed in them; `--all` shows them.")
    ] = 0


class Comparison(Struct, frozen=True, kw_only=True):
    """What differs between two revisions of a project."""

    version: Annotated[Literal[2], Meta(description="The version of this form.")] = 2
    base: Side
    head: Side
    state: Annotated[State, Meta(description="The state of the whole.")]
    models: tuple[ModelComparison, ...] = ()
    errors: Annotated[
        tuple[SideError, ...], Meta(description="Files that cannot be read and belong to no single model.")
    ] = ()
    claims: Annotated[
        int,
        Meta(
            description="How many rows have an interval. Of all that is called better or worse among them, at most 5 % is "
            "expected to be false (Benjamini and Yekutieli, 2001)."
        ),
    ] = 0
    untouched: Annotated[
        int,
        Meta(description="Models left out because none of their files differs; `--all` shows them."),
    ] = 0
    left_out: Annotated[
        int, Meta(description="Rows and models left out because the report would be too large to hand over.")
    ] = 0
    not_shown: Annotated[
        int, Meta(description="Those of them that could have counted: with one the report is never good.")
    ] = 0


def worst(states: tuple[State, ...] | list[State]) -> State:
    """Return the state of a whole from those of its parts: a broken part is never hidden by a good one."""
    for state in ("unreadable", "changed", "new", "gone", "not available"):
        if state in states:
            return "changed" if state in ("new", "gone") else state
    return "unchanged"


def errors_of(comparison: Comparison) -> tuple[SideError, ...]:
    """Return every file of a comparison that cannot be read."""
    below = (error for model in comparison.models for error in model.errors)
    return (*comparison.errors, *below)
