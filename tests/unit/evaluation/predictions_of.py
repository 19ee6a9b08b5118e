"""Predictions in memory, and the evaluator of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from mlgit.config.gates import Rule
from mlgit.config.model import Model
from mlgit.evaluation.evaluator import Evaluator
from mlgit.metrics.verdict import Finding
from mlgit.predictions.table import Table
from mlgit.stats.evidence import Predictions, check_evidence


def texts(values: Sequence[object]) -> np.ndarray:
    """Return values as a column of a file."""
    return np.array([str(one) for one in values], dtype=np.str_)


def evaluator(
    labels: Sequence[object],
    base: Sequence[object],
    head: Sequence[object],
    *,
    scores: tuple[Sequence[float], Sequence[float]] | None = None,
    columns: Mapping[str, Sequence[object]] | None = None,
    positive: str | None = None,
    groups: Sequence[object] | None = None,
) -> Evaluator:
    """Return the evaluator of two models' predictions of the same items; `columns` are more columns of the base."""
    ids = texts(range(len(labels)))
    sides = [
        Predictions(
            ids=ids,
            labels=texts(labels),
            predictions=texts(predictions),
            scores=None if scores is None else np.array(scores[number]),
            groups=None if groups is None else texts(groups),
        )
        for number, predictions in enumerate((base, head))
    ]
    checked = check_evidence(*sides)
    assert checked.evidence is not None, checked.problems
    known = {name: texts(values) for name, values in (columns or {}).items()}
    table = Table(path="predictions.csv", columns={"id": ids, "label": texts(labels), **known})
    return Evaluator(checked.evidence, table, positive=positive, seed=1)


def rule_of(**keys: Any) -> Rule:
    """Return a rule as mlgit.yaml would hold it."""
    return msgspec.convert(keys, Rule)


def model_of(**keys: Any) -> Model:
    """Return a model as mlgit.yaml would hold it."""
    return msgspec.convert(keys, Model)


def one_of(findings: Sequence[Finding]) -> Finding:
    """Return the only finding."""
    (found,) = findings
    return found
