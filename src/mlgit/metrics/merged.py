"""Comparisons of several models, made apart, as one: the worst model first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlgit.metrics.claims import with_claims
from mlgit.metrics.comparison import Comparison, ModelComparison, worst
from mlgit.metrics.coverage import with_coverage
from mlgit.metrics.tally import Outcome, tally_of

ORDER: dict[Outcome, int] = {"bad": 0, "open": 1, "good": 2}


def worst_first(models: Iterable[ModelComparison]) -> tuple[ModelComparison, ...]:
    """Return the models with those that failed first, then those that a person has to decide."""
    return tuple(sorted(models, key=lambda one: ORDER[tally_of([one]).outcome]))


def merged(parts: Sequence[Comparison]) -> Comparison:
    """Return one comparison of all models; the parts, at least one, compare the same two revisions.

    What is called better or worse is decided anew, over the rows of all.
    """
    models, claims = with_claims([model for one in parts for model in one.models])
    errors = dict.fromkeys(error for one in parts for error in one.errors)
    states = [one.state for one in parts]
    return Comparison(
        base=parts[0].base,
        head=parts[0].head,
        state=worst(states),
        models=worst_first(map(with_coverage, models)),
        errors=tuple(errors),
        claims=claims,
        untouched=sum(one.untouched for one in parts),
        left_out=sum(one.left_out for one in parts),
        not_shown=sum(one.not_shown for one in parts),
    )
