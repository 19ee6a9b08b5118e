"""Runs the deciding path of the evaluation on drawn evidence, and counts its verdicts."""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from mlgit.config.gates import Rule
from mlgit.evaluation import resampler
from mlgit.evaluation.evaluator import Evaluator, with_verdict
from mlgit.evaluation.functions import DRAWS, read_result, write_rows
from mlgit.metrics.verdict import Finding
from mlgit.predictions.table import Table
from mlgit.stats.decision import Verdict
from mlgit.stats.naming import named_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgit.config.scores import Score
    from mlgit.stats.estimates import Estimates
    from mlgit.stats.evidence import Evidence
    from tests.calibration.scenes import Scene

ALPHAS = (0.05, 0.05 / 32)
"""One evaluation by itself, and one of the 32 that a test set is meant to last."""


@dataclass(frozen=True)
class Rates:
    """How often each verdict fell, of so many draws."""

    verdicts: list[Verdict]
    """Each draw's, in order."""

    @cached_property
    def counts(self) -> Counter[Verdict]:
        """How many draws had each."""
        return Counter(self.verdicts)

    @property
    def total(self) -> int:
        """The number of draws."""
        return len(self.verdicts)

    def of(self, verdict: Verdict) -> float:
        """The share of draws with a verdict."""
        return self.counts[verdict] / self.total


def allowed(alpha: float, draws: int, times: float = 1.5) -> float:
    """Return the share of wrong verdicts that a law may show in so many draws."""
    return times * alpha + 3.0 * math.sqrt(alpha * (1.0 - alpha) / draws)


def on_the_bound(scene: Scene, condition: str) -> dict[str, Any]:
    """Return the rule whose bound the head is exactly on, so that neither PASS nor FAIL is true of it."""
    metric = scene.scores.get(scene.metric) or named_metric(scene.metric)
    higher = metric is None or metric.higher_is_better
    if condition == "value":
        return {"min" if higher else "max": scene.head}
    worse = -scene.difference if higher else scene.difference
    if worse < -1e-12:
        return {"better_than": {"margin": -worse}}
    return {"no_worse_than": {"margin": max(0.0, worse)}}


class Deciding(Evaluator):
    """The evaluator without what is shown beside a verdict, which thousands of draws can do without."""

    def concluded(self, found: Finding, estimates: Estimates) -> Finding:
        """Return a finding with its verdict alone."""
        return with_verdict(found, estimates, higher_is_better=self.higher_is_better(found.metric))


def findings(
    evidence: Evidence,
    metric: str,
    rule: Rule,
    confidences: tuple[float, ...],
    seed: int,
    scores: Mapping[str, Score] = MappingProxyType({}),
    failure: float | None = None,
) -> list[Finding]:
    """Return what the evaluator that `mlgit gate` calls says at each confidence: the verdict, and nothing that is shown beside."""
    columns = {"id": evidence.ids, "label": evidence.labels, **evidence.base_columns}
    table = Table(path="predictions.csv", columns=columns)
    judge = Deciding(evidence, table, positive="1", seed=seed, scores=scores, run=resampled)
    return [judge.findings(metric, rule, confidence, failure)[0] for confidence in confidences]


def resampled(function: str, evidence: Evidence, seed: int) -> Estimates:
    """Return the estimates of a function by the program that `mlgit gate` starts for it, called here."""
    with tempfile.TemporaryDirectory() as place, Path(os.devnull).open("w") as nowhere:
        folder = Path(place)
        write_rows(folder, evidence)
        with redirect_stdout(nowhere):
            resampler.resample(folder, resampler.function_of(function), DRAWS, seed)
        return read_result(folder, evidence)


def rates(
    scene: Scene,
    keys: dict[str, Any],
    draws: int,
    alphas: tuple[float, ...] = ALPHAS,
    until: Callable[[], bool] = lambda: False,
    failure: float | None = None,
) -> list[Rates]:
    """Return the rates of verdicts at each alpha, of so many draws or of those until `until` says enough.

    `failure` is the alpha of a FAIL, where it is another one.
    """
    rule = msgspec.convert(keys, Rule)
    verdicts: list[list[Verdict]] = [[] for _ in alphas]
    sure = None if failure is None else 1.0 - failure
    confidences = tuple(1.0 - alpha for alpha in alphas)
    for seed in range(draws):
        if seed and until():
            break
        drawn = scene.draw(np.random.default_rng([seed, 15]))
        judged = findings(drawn, scene.metric, rule, confidences, seed, scene.scores, sure)
        for fallen, found in zip(verdicts, judged, strict=True):
            fallen.append(found.verdict)
    return [Rates(fallen) for fallen in verdicts]
