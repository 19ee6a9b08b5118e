"""A comparison made small enough to be handed over: what decides stays longest, and what is left out is counted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from mlgit.metrics.comparison import Comparison, ModelComparison
from mlgit.metrics.coverage import broken_value, unjudged
from mlgit.metrics.merged import worst_first


class Shorter(NamedTuple):
    """A model with less in it: how many rows went, and how many of these could have counted for the verdict."""

    model: ModelComparison | None
    rows: int
    counted: int


def trimmed(comparison: Comparison, limit: int) -> Comparison:
    """Return the comparison in at most `limit` bytes of JSON where that is possible.

    First go the rows of plots, stages, data and parameters, then unchanged metrics, then all metrics, then whole models;
    of the same kind those of the best models go first. Gates stay with their model.
    """
    size = len(msgspec.json.encode(comparison))
    if size <= limit:
        return comparison
    models: list[ModelComparison | None] = list(worst_first(comparison.models))
    rows = counted = 0
    for place, shorten in steps(len(models)):
        before = models[place]
        if before is None:
            continue
        after = shorten(before)
        rows, counted = rows + after.rows, counted + after.counted
        size -= length(before) - length(after.model)
        models[place] = after.model
        if size <= limit:
            break
    kept = tuple(one for one in models if one is not None)
    return replace(
        comparison,
        models=kept,
        left_out=comparison.left_out + rows,
        not_shown=comparison.not_shown + counted,
    )


def steps(models: int) -> Iterator[tuple[int, Callable[[ModelComparison], Shorter]]]:
    """Yield what to shorten, one model after another from the last."""
    for shorten in (without_context, without_unchanged, without_metrics, without_model):
        for place in reversed(range(models)):
            yield place, shorten


def length(model: ModelComparison | None) -> int:
    """Return the bytes of a model in JSON."""
    return 0 if model is None else len(msgspec.json.encode(model))


def without_context(model: ModelComparison) -> Shorter:
    """Leave out what no verdict hangs on."""
    rows = sum(len(part) for part in (model.plots, model.stages, model.data, model.parameters))
    return Shorter(replace(model, plots=(), stages=(), data=(), parameters=()), rows, 0)


def without_unchanged(model: ModelComparison) -> Shorter:
    """Leave out metrics that are the same number at both sides and that no gate is about."""
    kept = tuple(
        row
        for row in model.metrics
        if row.state != "unchanged" or row.verdict is not None or unjudged(row) or broken_value(row)
    )
    return Shorter(replace(model, metrics=kept), len(model.metrics) - len(kept), 0)


def without_metrics(model: ModelComparison) -> Shorter:
    """Leave out all metrics."""
    gone = len(model.metrics)
    return Shorter(replace(model, metrics=()), gone, gone)


def without_model(_model: ModelComparison) -> Shorter:
    """Leave out the model."""
    return Shorter(None, 1, 1)
