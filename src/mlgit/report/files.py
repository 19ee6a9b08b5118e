"""Write predictions and metrics where `mlgit.yaml` names them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mlgit.report.metrics import metrics_of

Task = Literal["binary-classification", "multiclass-classification", "regression"]
Scores = Sequence[float] | Mapping[str, Sequence[float]]
PREDICTIONS = Path("predictions/test.csv")
METRICS = Path("metrics/test.json")


def settings(path: str | Path = "params.yaml") -> dict[str, Any]:
    """Return the values of a YAML file as DVC reads them: `1e-3` is a number, which it is not for every reader of YAML.

    Needs PyYAML. Raises `UsageError` with file and line, for a key that stands twice as well.
    """
    from mlgit.yamlfile import read

    found: dict[str, Any] = read(Path(path).read_bytes(), str(path)).value
    return found


def write(
    *,
    ids: Sequence[Any],
    labels: Sequence[Any],
    predictions: Sequence[Any],
    scores: Scores | None = None,
    positive: str | None = None,
    groups: Sequence[Any] | None = None,
    baseline: Mapping[str, float] | None = None,
    predictions_path: Path = PREDICTIONS,
    metrics_path: Path = METRICS,
) -> dict[str, float]:
    """Write the predictions of held-out rows and their metrics, and return the metrics.

    `ids` name the rows, each once. `scores` are the chances of `positive` (0 to 1), or those of every class by its name:
    then labels and predictions are classes, which are written as text. `groups` are what rows belong to, and what
    intervals count. `baseline` are metrics of something to compare with, which stand beside the others. Without `positive` and `scores` labels and predictions are numbers. Numbers are written with nine digits, so that
    another processor writes the same file. Raises `ValueError` for columns of different lengths, an id that stands twice, a
    missing label and a prediction that is not finite.
    """
    several = scores if isinstance(scores, Mapping) else None
    classifies = positive is not None or several is not None
    columns = {
        "id": [str(one) for one in ids],
        "label": values_of(labels, "label", text=classifies),
        "prediction": values_of(predictions, "prediction", text=classifies),
    }
    if groups is not None:
        columns["group"] = [str(one) for one in groups]
    for name, values in score_columns(scores).items():
        columns[name] = values_of(values, name, text=False)
    check(columns)
    found = metrics_of(
        columns["label"],
        columns["prediction"],
        positive=positive,
        scores=columns.get("score") if several is None else {one: columns[f"score_{one}"] for one in several},
        classes=tuple(several or ()),
    )
    write_table(predictions_path, columns)
    metrics_path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {**found, "test_rows": len(columns["id"])}
    if baseline is not None:
        content["baseline"] = dict(baseline)
    metrics_path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return found


def score_columns(scores: Scores | None) -> dict[str, Sequence[float]]:
    """Return the scores by the names of their columns."""
    if scores is None:
        return {}
    if isinstance(scores, Mapping):
        return {f"score_{name}": values for name, values in scores.items()}
    return {"score": scores}


def values_of(values: Sequence[Any], name: str, *, text: bool) -> list[Any]:
    """Return classes as text, or numbers with nine digits; `True` and `False` are `true` and `false`."""
    answer: list[Any] = []
    for value in values:
        if value is None or value != value:
            raise ValueError(f"{name} has no value in row {len(answer) + 1}")
        said = str(value)
        if text:
            answer.append(said.lower() if said in ("True", "False") else said)
            continue
        number = float(f"{float(value):.9g}")
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"{name} is not finite in row {len(answer) + 1}")
        answer.append(number)
    return answer


def check(columns: Mapping[str, Sequence[Any]]) -> None:
    """Raise `ValueError` for columns that make no table of predictions."""
    rows = len(columns["id"])
    for name, values in columns.items():
        if len(values) != rows:
            raise ValueError(f"{name} has {len(values):,} values and id has {rows:,}")
    if len(set(columns["id"])) != rows:
        raise ValueError("an id stands twice: every row has a name of its own")


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write columns as a CSV or a Parquet file, by the ending of its name; Parquet needs DuckDB and pandas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        write_parquet(path, columns)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_parquet(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write columns as a Parquet file."""
    import duckdb
    import pandas as pd

    with duckdb.connect() as connection:
        connection.register("said", pd.DataFrame(dict(columns)))
        name = str(path).replace("'", "''")
        connection.execute(f"COPY (FROM said) TO '{name}' (FORMAT parquet)")
