"""Stage evaluate: the saved model on the held-out rows, beside the trivial baseline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from threadpoolctl import threadpool_limits

from files import BASELINE, load_model, write_json
from plots import write_csv, write_plots
from scoring import Predictions, better, predict, predict_trivially, score
from settings import EVALUATION, METRICS, PLOTS, TEST, Settings, run_stage
from sql import text
from tables import Table, read_table


def prediction_columns(table: Table, said: Predictions, settings: Settings) -> dict[str, list[Any]]:
    """Return the columns of the predictions: id, label, prediction, the group where there is one, scores for classes."""
    columns = {"id": table.ids, "label": table.labels.tolist(), "prediction": said.labels.tolist()}
    if table.groups is not None:
        columns["group"] = table.groups.tolist()
    if said.scores is None:
        return columns
    if settings.positive_class is not None:
        columns["score"] = said.scores[:, settings.classes.index(settings.positive_class)].tolist()
    else:
        for position, name in enumerate(settings.classes):
            columns[f"score_{name}"] = said.scores[:, position].tolist()
    return columns


def write_predictions(columns: dict[str, list[Any]], target: Path) -> None:
    """Write the predictions as CSV or Parquet, by the ending of the file's name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".csv":
        write_csv(target, list(columns), zip(*columns.values(), strict=True))
        return
    with duckdb.connect() as connection:
        connection.register("said", pd.DataFrame(columns))
        connection.execute(f"COPY (FROM said) TO {text(str(target))} (FORMAT parquet)")


def report(
    found: dict[str, float], trivial: dict[str, float], rows: int, settings: Settings
) -> Iterator[str]:
    """Give the lines of reports/evaluation.md: every metric beside the baseline's, and what that means."""
    yield f"# {settings.model.name} on {rows:,} test rows\n"
    yield "| metric | model | trivial baseline |\n| --- | --- | --- |"
    for name, value in found.items():
        yield (
            f"| {name} | {value:.4g} | {trivial[name]:.4g} |"
            if name in trivial
            else f"| {name} | {value:.4g} | |"
        )
    yield ""
    yield verdict(found, trivial, rows, settings)


def verdict(found: dict[str, float], trivial: dict[str, float], rows: int, settings: Settings) -> str:
    """Say whether the model is better than the baseline, and whether there are enough rows to believe that."""
    name = settings.main_metric
    if name not in found or name not in trivial:
        return f"Too small to judge: {rows:,} test rows do not give {name}."
    word = "better" if better(name, found[name], trivial[name]) else "NOT better"
    said = f"The model is {word} than the trivial baseline: {name} {found[name]:.4g} against {trivial[name]:.4g}."
    if rows < settings.enough_rows:
        said += f" Too small to judge: {rows:,} test rows are fewer than {settings.enough_rows:,}."
    return said


def main(settings: Settings) -> None:
    """Write metrics, predictions, plots and the report of the test rows."""
    table = read_table(TEST, settings.texts)
    model = load_model(settings.model, settings.trusted_types)
    trivial_model = json.loads((settings.model / BASELINE).read_text(encoding="utf-8"))
    with threadpool_limits(1):
        said = predict(model, table, settings)
        write_plots(model, table, said, settings, PLOTS)
    found = score(table.labels, said, settings)
    trivial = score(table.labels, predict_trivially(trivial_model, len(table.ids), settings), settings)
    write_json(METRICS, {**found, "test_rows": len(table.ids), "baseline": trivial})
    write_predictions(prediction_columns(table, said, settings), settings.predictions)
    lines = list(report(found, trivial, len(table.ids), settings))
    EVALUATION.parent.mkdir(parents=True, exist_ok=True)
    EVALUATION.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    run_stage(main)
