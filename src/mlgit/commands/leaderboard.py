"""Rank several moments of a model by one metric, on the test items and labels of the first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from mlgit.commands.gate.bench import Bench
from mlgit.config.model import Model
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.reader import Reader
from mlgit.errors import ExternalError, UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository, find
from mlgit.git.snapshot import pair
from mlgit.metrics.leaderboard import Entrant, Leaderboard, ranked
from mlgit.predictions.stored import Stored
from mlgit.stats.naming import NamedMetric, named_metric
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.metrics.gate import Court
    from mlgit.stats.families import Laws

SHOWN = 0.95
USUAL = {"regression": "rmse", "multiclass-classification": "accuracy"}


def leaderboard(
    context: Context, revisions: Sequence[str], *, model: str = "", metric: str = ""
) -> list[Leaderboard]:
    """Return a ranking for each model that mlgit.yaml of the first revision names with predictions, or for `model`.

    `metric` defaults to that of the model's first gate. Each entrant is read at its own revision and held against
    the ids and labels of the first; one whose predictions do not fit is named with the reason and not ranked. Raises
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
    repository = find(context)
    benches = [bench_of(repository, revisions[0], other) for other in revisions]
    base = benches[0].base
    models = {name: one for name, one in (base.models if base else {}).items() if one.predictions}
    if model and model not in models:
        raise UsageError(
            "model-unknown", f"mlgit.yaml at {revisions[0]} names no model {model!r} with predictions"
        )
    if not models:
        raise UsageError("leaderboard-none", f"mlgit.yaml at {revisions[0]} names no model with predictions")
    return [
        board(benches, name, one, metric or main_metric(one))
        for name, one in models.items()
        if model in ("", name)
    ]


def bench_of(repository: Repository, first: str, other: str) -> Bench:
    """Return the first revision and another one side by side."""
    reader = Reader(BlobCache(repository), LocalCache(repository.root))
    return Bench(repository, pair(repository, first, other), reader)


def main_metric(model: Model) -> str:
    """Return the metric of the first gate that has a law, else the usual one of the task."""
    asked = (name for gate in model.gates for name in gate if named_metric(name))
    return next(asked, USUAL.get(model.task or "", "accuracy"))


def board(benches: list[Bench], name: str, model: Model, metric: str) -> Leaderboard:
    """Return the ranking of one model."""
    named = named_metric(metric)
    if named is None:
        raise UsageError("gate-metric", f"{metric!r} is no metric that can be computed from predictions")
    sides = [bench.predictions(model) for bench in benches]
    stored = [both[1] for both in sides if both is not None]
    first = next(both[0] for both in sides if both is not None)
    courts = [hearing(bench, model, first, one) for bench, one in zip(benches, stored, strict=True)]
    fit = [place for place, one in enumerate(courts) if not isinstance(one, str)]
    laws = {place: measured(one, named) for place, one in enumerate(courts) if not isinstance(one, str)}
    p_values = {
        (one, other): p_value(benches[0], model, (stored[fit[one]], stored[fit[other]]), named)
        for one, other in combinations(range(len(fit)), 2)
    }
    values = [laws[place].head(SHOWN).estimate for place in fit]
    ranks = ranked(values, p_values, higher_is_better=named.higher_is_better)
    names = [bench.moments.head.name for bench in benches]
    entrants = []
    for place, bench in enumerate(benches):
        entrant = Entrant(name=names[place], commit=bench.moments.head.commit)
        found = courts[place]
        if isinstance(found, str):
            entrants.append(Entrant(name=entrant.name, commit=entrant.commit, reason=found))
            continue
        rank, better = ranks[fit.index(place)]
        entrants.append(judged(entrant, rank, laws[place], [names[fit[one]] for one in better]))
    items = next((one.evidence.n for one in courts if not isinstance(one, str)), None)
    return Leaderboard(
        model=name,
        metric=metric,
        higher_is_better=named.higher_is_better,
        items=items,
        entrants=tuple(sorted(entrants, key=lambda one: order(one, higher=named.higher_is_better))),
        comparisons=len(p_values),
    )


def judged(entrant: Entrant, rank: int, laws: Laws, behind: Sequence[str]) -> Entrant:
    """Return an entrant with its rank and its value."""
    from mlgit.metrics.gate import shown_interval

    head = laws.head(SHOWN)
    return Entrant(
        name=entrant.name,
        commit=entrant.commit,
        rank=rank,
        value=head.estimate,
        interval=shown_interval(head),
        behind=tuple(behind),
    )


def hearing(bench: Bench, model: Model, first: Stored, other: Stored) -> Court | str:
    """Return the court of an entrant on the items of the first, or why it cannot be judged."""
    from mlgit.commands.gate.evidence import hear

    for one in (first, other):
        if one.state != "read":
            return f"{one.reason} ({one.hint})" if one.hint else one.reason
    heard = hear(bench.heard, model, first, other)
    if heard.trial is None:
        return "; ".join(
            [*(error.message for error in heard.errors), *([heard.reason] if heard.reason else [])]
        )
    return heard.trial.court


def measured(court: Court, metric: NamedMetric) -> Laws:
    """Return the laws of a metric; raises `UsageError` where these predictions do not give it."""
    from mlgit.metrics.gate import Asked
    from mlgit.stats.errors import StatisticsError

    asked = Asked(name=metric.law, metric=metric, condition="no_worse_than", threshold=0.0, confidence=SHOWN)
    try:
        return court.laws(asked)
    except StatisticsError as error:
        raise UsageError("leaderboard-metric", f"{metric.law} cannot be computed: {error}") from error


def p_value(bench: Bench, model: Model, both: tuple[Stored, Stored], metric: NamedMetric) -> float:
    """Return the two-sided p-value of no difference between two entrants; 1 for the same predictions."""
    if both[0].version == both[1].version:
        return 1.0
    found = hearing(bench, model, *both)
    return 1.0 if isinstance(found, str) else measured(found, metric).p_value


def order(entrant: Entrant, *, higher: bool) -> tuple[float, float]:
    """Return what entrants are sorted by: their rank, then their value; those not judged last."""
    if entrant.rank is None or entrant.value is None:
        return (float("inf"), 0.0)
    return (entrant.rank, -entrant.value if higher else entrant.value)
