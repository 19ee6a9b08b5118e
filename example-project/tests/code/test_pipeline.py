"""The candidates of pipeline.py learn from rows such as those of this table, whichever estimators they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mlgit import report
from threadpoolctl import threadpool_limits

import pipeline

ROWS = 60


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def made_up() -> report.Table:
    """Return random rows with the columns and classes of params.yaml, some numbers missing: no data are needed."""
    random = np.random.default_rng(0)
    columns = report.Columns(**{**pipeline.PARAMS["columns"], "forms": {}})
    words = np.array(["one word", "two words", None], dtype=object)
    some = np.where(np.arange(ROWS) % 7, 1.0, np.nan)
    raw: dict[str, Any] = {name: random.normal(size=ROWS) * some for name in columns.numbers}
    raw |= {name: random.integers(0, 2, ROWS).astype(float) for name in columns.booleans}
    raw |= {name: random.integers(0, 10**9, ROWS).astype("M8[s]") for name in columns.dates}
    raw |= {name: random.choice(words, ROWS) for name in (*columns.categories, *columns.texts)}
    settings = pipeline.PARAMS["table"]
    classes = tuple(sorted(settings["classes"]))
    labels = np.array(classes)[np.arange(ROWS) % len(classes)] if classes else random.normal(size=ROWS)
    return report.Table(
        ids=list(range(ROWS)),
        labels=labels,
        raw=raw,
        columns=columns.with_frequent(raw, settings["most_categories"]),
        held_out=np.arange(ROWS) < ROWS // 4,
        classes=classes,
        positive=settings["positive"],
    )


def test_every_candidate_learns_and_answers(made_up: report.Table) -> None:
    for name, model in pipeline.candidates(made_up.train).items():
        said = model.fit(made_up.train.rows, made_up.train.labels).predict(made_up.test.rows)
        assert len(said) == len(made_up.test), name
        assert set(said) <= set(made_up.classes) if made_up.classes else np.isfinite(said).all(), name


def test_no_group_is_trained_on_and_judged_on(made_up: report.Table) -> None:
    groups = np.array([str(place // 4) for place in range(ROWS)])
    for train, judge in pipeline.folds(replace(made_up, groups=groups)):
        assert not set(groups[train]) & set(groups[judge])
