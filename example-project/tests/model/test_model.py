"""The trained model: better than nothing, true to its files, and steady under odd rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlgit import report
from mlgit.report import Model, Table


def answers(model: Model, rows: Any) -> np.ndarray:
    """Return the chances of a classifier, or the predicted numbers."""
    said = model.predict(rows)
    return np.asarray(said.labels if said.chances is None else said.chances, dtype=float)


def test_it_beats_the_baseline(params: dict[str, Any], metrics: dict[str, Any]) -> None:
    name = params["evaluate"]["main"]
    if metrics["test_rows"] < params["evaluate"]["enough_rows"]:
        assert "Too small to judge" in Path("reports/evaluation.md").read_text(encoding="utf-8")
    else:
        assert report.better(name, metrics[name], metrics["baseline"][name])


def test_the_metrics_are_those_of_the_model(model: Model, table: Table, metrics: dict[str, Any]) -> None:
    found = report.scored(model.predict(table.test.rows), table.test)
    assert {name: metrics[name] for name in found} == pytest.approx(found, rel=1e-6)
    assert metrics["test_rows"] == len(table.test)


def test_chances_are_chances(model: Model, table: Table) -> None:
    said = answers(model, table.test.rows)
    assert np.isfinite(said).all()
    if table.classes:
        assert (said >= 0).all()
        assert said.sum(axis=1) == pytest.approx(np.ones(len(said)), abs=1e-5)


def test_the_order_of_rows_changes_nothing(model: Model, table: Table) -> None:
    rows = table.test.rows.head(200)
    assert answers(model, rows.iloc[::-1])[::-1] == pytest.approx(answers(model, rows), rel=1e-5, abs=1e-6)


def test_a_row_alone_gets_the_same_answer(model: Model, table: Table) -> None:
    rows = table.test.rows.head(5)
    alone = np.concatenate([answers(model, rows.iloc[[place]]) for place in range(len(rows))])
    assert alone == pytest.approx(answers(model, rows), rel=1e-5, abs=1e-6)


def test_missing_values_get_an_answer(model: Model) -> None:
    raw = {name: [None, None] for name in model.columns.names}
    said = model.predict_raw(raw)
    assert np.isfinite(said.labels.astype(float) if said.chances is None else said.chances).all()


def test_an_unknown_category_gets_an_answer(model: Model, table: Table) -> None:
    rows = table.test.rows.head(20)
    rows[[*table.categories, *table.texts]] = "never seen before"
    assert np.isfinite(answers(model, rows)).all()
