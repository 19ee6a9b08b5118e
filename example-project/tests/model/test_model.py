"""The trained model: safe to load, better than nothing, true to its predictions, and steady under odd rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from evaluate import prediction_columns
from export import difference
from files import BASELINE, CHOICE, EXPORT, MODEL, ONNX
from scoring import better, predict, score
from settings import EVALUATION, METRICS, Settings
from tables import Table


def rows_of(table: Table, most: int = 200) -> Any:
    """Return the first rows of a table."""
    return table.rows.head(most)


def answers(model: Any, rows: Any) -> np.ndarray:
    """Return the scores of a classifier, or the predicted numbers."""
    said = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    return np.asarray(said, dtype=float)


def test_the_folder_holds_nothing_else(model_folder: Path) -> None:
    names = {path.name for path in model_folder.iterdir()}
    assert names - {ONNX} == {MODEL, EXPORT, BASELINE, CHOICE}


def test_only_reviewed_types_are_in_the_file(model_folder: Path, settings: Settings) -> None:
    found = set(skops.io.get_untrusted_types(file=model_folder / MODEL))
    assert found <= set(settings.trusted_types), "review the types, then list these in params.yaml"


def test_the_allow_list_is_what_lets_it_in(model_folder: Path) -> None:
    if not skops.io.get_untrusted_types(file=model_folder / MODEL):
        skops.io.load(model_folder / MODEL, trusted=[])
        return
    with pytest.raises(UntrustedTypesFoundException):
        skops.io.load(model_folder / MODEL, trusted=[])


def test_the_classes_are_those_of_params(model: Any, settings: Settings) -> None:
    assert tuple(getattr(model, "classes_", ())) == settings.classes


def test_it_beats_the_baseline(root: Path, settings: Settings) -> None:
    metrics = json.loads((root / METRICS).read_text(encoding="utf-8"))
    if metrics["test_rows"] < settings.enough_rows:
        assert "Too small to judge" in (root / EVALUATION).read_text(encoding="utf-8")
        return
    name = settings.main_metric
    assert better(name, metrics[name], metrics["baseline"][name])


def test_the_metrics_are_those_of_the_model(
    root: Path, model: Any, test_table: Table, settings: Settings
) -> None:
    metrics = json.loads((root / METRICS).read_text(encoding="utf-8"))
    found = score(test_table.labels, predict(model, test_table, settings), settings)
    assert {name: metrics[name] for name in found} == pytest.approx(found, rel=1e-6)
    assert metrics["test_rows"] == len(test_table.ids)


def test_the_predictions_are_those_of_the_model(
    root: Path, model: Any, test_table: Table, settings: Settings
) -> None:
    path = root / settings.predictions
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    options = "" if path.suffix == ".parquet" else ", header=true, all_varchar=true, delim=',', quote='\"'"
    written = duckdb.sql(f"FROM {reader}('{path}'{options})")
    expected = prediction_columns(test_table, predict(model, test_table, settings), settings)
    rows = written.fetchall()
    assert written.columns == list(expected)
    assert len(rows) == len(test_table.ids)
    for position, (name, values) in enumerate(expected.items()):
        found = [row[position] for row in rows]
        if isinstance(values[0], float):
            assert [float(value) for value in found] == pytest.approx(values, rel=1e-6, abs=1e-9), name
        else:
            assert [str(value) for value in found] == [str(value) for value in values], name


def test_scores_are_chances(model: Any, test_table: Table, settings: Settings) -> None:
    said = answers(model, rows_of(test_table))
    assert np.isfinite(said).all()
    if settings.classifies:
        assert (said >= 0).all()
        assert said.sum(axis=1) == pytest.approx(np.ones(len(said)))


def test_the_order_of_rows_changes_nothing(model: Any, test_table: Table) -> None:
    rows = rows_of(test_table)
    assert answers(model, rows.iloc[::-1])[::-1] == pytest.approx(answers(model, rows), rel=1e-9)


def test_a_row_alone_gets_the_same_answer(model: Any, test_table: Table) -> None:
    rows = rows_of(test_table, 5)
    alone = np.concatenate([answers(model, rows.iloc[[position]]) for position in range(len(rows))])
    assert alone == pytest.approx(answers(model, rows), rel=1e-9)


def test_missing_values_get_an_answer(model: Any, test_table: Table) -> None:
    rows = rows_of(test_table, 20)
    rows = rows.assign(**dict.fromkeys(test_table.numbers, np.float32("nan")))
    rows = rows.assign(**dict.fromkeys(test_table.categories, "missing"))
    rows = rows.assign(**dict.fromkeys(test_table.texts, ""))
    assert np.isfinite(answers(model, rows)).all()


def test_an_unknown_category_gets_an_answer(model: Any, test_table: Table) -> None:
    rows = rows_of(test_table, 20)
    rows = rows.assign(**dict.fromkeys((*test_table.categories, *test_table.texts), "never seen before"))
    assert np.isfinite(answers(model, rows)).all()


def test_onnx_says_the_same_or_says_why_not(
    model: Any, model_folder: Path, test_table: Table, settings: Settings
) -> None:
    report = json.loads((model_folder / EXPORT).read_text(encoding="utf-8"))
    if report["format"] == "skops":
        assert report["reason"]
        assert not (model_folder / ONNX).exists()
        return
    sample = test_table.at(range(min(len(test_table.ids), settings.export_rows)))
    labels, largest = difference(model, (model_folder / ONNX).read_bytes(), sample)
    assert labels == 0
    assert largest <= settings.export_tolerance
