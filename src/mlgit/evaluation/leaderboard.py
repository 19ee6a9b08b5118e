"""Several revisions of a model ranked by one metric, on the test items and labels of the first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from mlgit.config.model import Model
from mlgit.errors import ExternalError, UsageError
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.staleness import not_trained
from mlgit.git.snapshot import pair
from mlgit.metrics.leaderboard import Entrant, Leaderboard, ranked
from mlgit.predictions.stored import Stored
from mlgit.project.project import Project
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import SHOWN

if TYPE_CHECKING:
    from mlgit.evaluation.evaluator import Evaluator
    from mlgit.stats.estimates import Estimates

PREDICTIONS = "predictions: of a model in mlgit.yaml names their file; mlgit help gates says what it holds"
USUAL = {"regression": "rmse", "multiclass-classification": "accuracy"}


def leaderboard(
    project: Project, revisions: Sequence[str], *, model: str = "", metric: str = ""
) -> list[Leaderboard]:
    """Return a ranking for each model that mlgit.yaml of the first revision names with predictions, or for `model`.

    `metric` defaults to that of the model's first gate. Each entrant is read at its own revision and held against
    the ids and labels of the first; one whose predictions do not fit, or that was not trained on what it holds beside the
    first, is named with the reason and not ranked. Raises
    `UsageError` for what does not exist, `ExternalError` where numpy is missing.
    """
    if len(revisions) < 2:
        raise UsageError(
            "leaderboard-few",
            "a ranking needs two revisions or more",
            hint="mlgit compare A B C --leaderboard",
        )
    try:
        import numpy  # noqa: F401 - asked for here, so that the hint is told before anything is read
    except ModuleNotFoundError as error:
        raise ExternalError(
            "numpy-missing", "a ranking needs numpy, which is not installed", hint='pip install "mlgit[data]"'
        ) from error
    entries = [Inputs(project, pair(project.repository, revisions[0], other)) for other in revisions]
    models = {name: one for name, one in entries[0].models.items() if one.predictions}
    if model and model not in models:
        raise UsageError(
            "model-unknown",
            f"mlgit.yaml at {revisions[0]} names no model {model!r} with predictions",
            hint=PREDICTIONS,
        )
    if not models:
        raise UsageError(
            "leaderboard-none",
            f"mlgit.yaml at {revisions[0]} names no model with predictions",
            hint=PREDICTIONS,
        )
    return [
        ranking(entries, name, one, metric or main_metric(one))
        for name, one in models.items()
        if model in ("", name)
    ]


def main_metric(model: Model) -> str:
    """Return the metric of the first gate that has an estimator, else the usual one of the task."""
    asked = (name for name, _ in model.rules if model.higher_is_better(name) is not None)
    return next(asked, USUAL.get(model.task or "", "accuracy"))


def ranking(entries: Sequence[Inputs], name: str, model: Model, metric: str) -> Leaderboard:
    """Return the ranking of one model."""
    higher = model.higher_is_better(metric)
    if higher is None:
        raise UsageError("gate-metric", f"{metric!r} is no metric that can be computed from predictions")
    sides = [both for inputs in entries if (both := inputs.predictions(model)) is not None]
    stored = [head for _, head in sides]
    found = [
        untrained(inputs, name, model) or evaluator_of(inputs, model, *both)
        for inputs, both in zip(entries, sides, strict=True)
    ]
    fit = {place: one for place, one in enumerate(found) if not isinstance(one, str)}
    estimates = {place: estimated(one, metric) for place, one in fit.items()}
    p_values = {
        (one, other): p_value(entries[0], model, stored[one], stored[other], metric)
        for one, other in combinations(fit, 2)
    }
    values = {place: one.head(SHOWN).estimate for place, one in estimates.items()}
    ranks = ranked(values, p_values, higher_is_better=higher)
    names = [inputs.head.name for inputs in entries]
    entrants = [
        entrant(inputs, found[place], estimates.get(place), [names[one] for one in ranks.get(place, ())])
        for place, inputs in enumerate(entries)
    ]
    return Leaderboard(
        model=name,
        metric=metric,
        higher_is_better=higher,
        items=next((one.items for one in fit.values()), None),
        entrants=tuple(sorted(entrants, key=lambda one: order(one, higher_is_better=higher))),
        comparisons=len(p_values),
    )


def entrant(
    inputs: Inputs, found: Evaluator | str, estimates: Estimates | None, better: Sequence[str]
) -> Entrant:
    """Return an entrant with its value and its rank, or with the reason why it has none."""
    head = inputs.head
    if estimates is None:
        return Entrant(name=head.name, commit=head.commit, reason=str(found))
    interval = estimates.head(SHOWN)
    return Entrant(
        name=head.name,
        commit=head.commit,
        rank=len(better) + 1,
        value=interval.estimate,
        interval=interval,
        behind=tuple(better),
    )


def evaluator_of(inputs: Inputs, model: Model, first: Stored, other: Stored) -> Evaluator | str:
    """Return the evaluator of an entrant on the items of the first, or why it cannot be ranked."""
    for one in (first, other):
        if one.state != "read":
            return f"{one.reason} ({one.hint})" if one.hint else one.reason
    checked = inputs.checked(model, first, other)
    return checked.evaluator or checked.why


def untrained(inputs: Inputs, name: str, model: Model) -> str:
    """Return why the predictions of an entrant are not those of what it holds; empty where they are."""
    return next((warning.message for warning in not_trained(inputs, name, model)), "")


def estimated(evaluator: Evaluator, metric: str) -> Estimates:
    """Return the estimates of a metric; raises `UsageError` where these predictions do not give it."""
    try:
        return evaluator.estimates(metric)
    except StatisticsError as error:
        raise UsageError("leaderboard-metric", f"{metric} cannot be computed: {error}") from error


def p_value(inputs: Inputs, model: Model, first: Stored, other: Stored, metric: str) -> float:
    """Return the two-sided p-value of no difference between two entrants; 1 for the same predictions."""
    if first.version == other.version:
        return 1.0
    found = evaluator_of(inputs, model, first, other)
    return 1.0 if isinstance(found, str) else estimated(found, metric).p_value


def order(one: Entrant, *, higher_is_better: bool) -> tuple[float, float]:
    """Return what entrants are sorted by: their rank, then their value; those without a rank last."""
    if one.rank is None or one.value is None:
        return (float("inf"), 0.0)
    return (one.rank, -one.value if higher_is_better else one.value)
