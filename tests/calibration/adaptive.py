"""Somebody who looks: histories of changes that are no better, kept or dropped by their results on one test set.

Every change answers a twentieth of the items anew, as well as before. A history is false when one of its counted evaluations
passes `better_than`. The verdicts are those of the function that `mlgit gate` calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from mlgit.config.model import Model
from mlgit.evaluation.evaluator import with_estimates
from mlgit.evaluation.rules import open_findings
from mlgit.stats.decision import Verdict
from mlgit.stats.estimates import share_estimates
from mlgit.stats.proportions import count_pairs

if TYPE_CHECKING:
    from mlgit.stats.arrays import Booleans

RIGHT, MOVED = 0.85, 0.05


@dataclass(frozen=True)
class Submitter:
    """How somebody works: evaluations that are counted, tries before the first of them, and what becomes of a change."""

    name: str
    counted: int
    uncounted: int = 0
    looks: bool = True
    """Whether a change that comes out worse than the best so far is dropped."""
    merges: bool = False
    """Whether what was kept becomes the base, as after each merge; else the base is that of the start."""
    grows: bool = False
    """Whether a twentieth of the first items is added to the test set before each evaluation."""


SUBMITTERS = (
    Submitter("30 changes, none dropped", 30, looks=False),
    Submitter("one change, 30 times, the test set grows", 30, looks=False, grows=True),
    Submitter("greedy, 30 counted, each kept one merged", 30, merges=True),
    Submitter("greedy, 30 counted, against one base", 30),
    Submitter("greedy, 100 uncounted, then 1 counted", 1, 100),
    Submitter("greedy, 100 uncounted, then 30 counted", 30, 100),
)


def model_of(**test_set: Any) -> Model:
    """Return a model that asks for any improvement, with settings of its test set."""
    return msgspec.convert({"gates": [{"accuracy": {"better_than": {}}}], "test_set": test_set}, Model)


DEFAULT, ADAPTIVE = model_of(), model_of(adaptive=True)
ADAPTIVE_TRIES = model_of(adaptive=True, tries=100)


def moved(right: Booleans, random: np.random.Generator) -> Booleans:
    """Return a change: a twentieth of the items answered anew, as well as before."""
    fresh = random.random(len(right)) < MOVED
    return np.where(fresh, random.random(len(right)) < RIGHT, right)


def better(model: Model, base: Booleans, head: Booleans, used: int) -> bool:
    """Tell whether the gate of a model calls the head better."""
    if model.worn(used):
        return False
    ((metric, rule),) = model.rules
    (found,) = open_findings(
        metric, rule, model.evaluation_confidence(rule, used=used), model.failure_confidence(rule)
    )
    counts = count_pairs(base, head)
    return with_estimates(found, share_estimates(counts, 1)).verdict is Verdict.PASS


def false_history(
    submitter: Submitter, models: tuple[Model, ...], n: int, random: np.random.Generator
) -> list[bool]:
    """Return for each model whether one history of a submitter holds a false "better"."""
    base = random.random(n) < RIGHT
    best, change, found = base, moved(base, random), [False] * len(models)
    for step in range(-submitter.uncounted, submitter.counted):
        if submitter.grows:
            more = random.random(n // 20) < RIGHT
            base, change = np.append(base, more), np.append(change, moved(more, random))
        else:
            change = moved(best if submitter.looks else base, random)
        if step >= 0:
            found = [
                known or better(model, base, change, step + 1)
                for known, model in zip(found, models, strict=True)
            ]
        if submitter.looks and change.sum() > best.sum():
            best = change
            base = best if submitter.merges else base
    return found


def false_histories(submitter: Submitter, n: int, draws: int) -> list[float]:
    """Return the share of false histories: of the default, and of `adaptive` with what nobody counted as `tries`."""
    models = (DEFAULT, ADAPTIVE_TRIES if submitter.uncounted else ADAPTIVE)
    found = [
        false_history(submitter, models, n, np.random.default_rng([seed, n, submitter.counted]))
        for seed in range(draws)
    ]
    return np.mean(found, axis=0).tolist()  # type: ignore[no-any-return]
