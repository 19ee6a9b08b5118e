"""A trained model on disk: `model.onnx` where that predicts the same, else `model.skops`; never a pickle.

save(pipeline, "models/churn", table, chosen="forest")
model = load("models/churn")
model.predict(table.test.rows)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlgit.report.columns import Columns
from mlgit.report.onnx_export import exported, session_of
from mlgit.report.skops_file import load_skops, save_skops
from mlgit.report.tables import Array, Table

ONNX = "model.onnx"
SKOPS = "model.skops"
EXPORT = "export.json"
CHOICE = "choice.json"


@dataclass(frozen=True)
class Predictions:
    """What is said of every row: a class or a number, and for classes a chance of each (0 to 1, rows sum to 1)."""

    labels: Array
    chances: Array | None = None


@dataclass(frozen=True)
class Model:
    """A model that was loaded. `about` is its export.json, `baseline` what can be said without looking at a row."""

    about: Mapping[str, Any]
    baseline: Mapping[str, Any]
    estimator: Any

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, empty where a number is predicted."""
        return tuple(self.about["classes"])

    @property
    def columns(self) -> Columns:
        """The columns of a raw row that it takes."""
        return Columns(**self.about["raw"])

    def predict(self, rows: Any) -> Predictions:
        """Return what the model says of rows as `Table.rows` or `Table.features` has them; numbers have nine digits."""
        if self.about["format"] == "onnx":
            outputs = self.estimator.run(None, fed(rows, self.about))
            return Predictions(
                *(
                    (rounded(outputs[0].ravel()),)
                    if len(outputs) == 1
                    else (outputs[0].astype(str), rounded(outputs[1]))
                )
            )
        rows = framed(rows)
        if not self.classes:
            return Predictions(rounded(np.asarray(self.estimator.predict(rows), dtype=float)))
        chances = self.estimator.predict_proba(rows) if hasattr(self.estimator, "predict_proba") else None
        labels = np.asarray(self.estimator.predict(rows)).astype(str)
        return Predictions(labels, rounded(chances) if chances is not None else certain(labels, self.classes))

    def predict_raw(self, raw: Mapping[str, Sequence[Any]]) -> Predictions:
        """Return what the model says of raw rows by column, as they come in a request."""
        return self.predict(self.columns.arrays(raw))

    def predict_trivially(self, rows: int) -> Predictions:
        """Say the same of every row: the most frequent class with the share of each, or the mean."""
        if not self.classes:
            return Predictions(np.full(rows, self.baseline["mean"]))
        shares = [self.baseline["shares"][name] for name in self.classes]
        return Predictions(np.full(rows, self.classes[int(np.argmax(shares))]), np.tile(shares, (rows, 1)))


def save(
    estimator: Any,
    folder: str | Path,
    table: Table,
    *,
    choice: Mapping[str, Any] | None = None,
    trusted: Sequence[str] = (),
    tolerance: float = 1e-4,
    compared: int = 5000,
) -> str:
    """Write a model trained on `table.train.rows`, and return a sentence about it.

    It is kept as ONNX when that gives the held-out rows (at most `compared`) the same labels, and numbers within the
    tolerance (chances: absolute; predicted numbers: a share of the largest); else as skops, which needs every type that is
    not among skops' own to be in `trusted`. `choice` is written to choice.json. Raises `UntrustedError` for a type that is not trusted.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    sample = table.test.at(np.arange(min(len(table.test), compared)))
    content, about = exported(estimator, sample, place.name, tolerance)
    for name in (ONNX, SKOPS):
        (place / name).unlink(
            missing_ok=True
        )  # that of the model before, where no `dvc repro` cleared the folder
    if content is None:
        save_skops(estimator, place / SKOPS, trusted)
    else:
        (place / ONNX).write_bytes(content)
    write_about(place, table, about, choice)
    return f"no ONNX: {about['reason']}" if about["reason"] else "ONNX predicts the same"


def save_about(
    folder: str | Path, table: Table, *, reason: str, choice: Mapping[str, Any] | None = None
) -> None:
    """Write what has to be known of a model that you keep in a form of your own, beside it; `reason` says why it is no ONNX.

    `Model(about, baseline, estimator)` takes it again: `about` is export.json, `baseline` stands in choice.json.
    """
    write_about(Path(folder), table, {"format": "own", "reason": reason}, choice)


def write_about(
    place: Path, table: Table, about: Mapping[str, Any], choice: Mapping[str, Any] | None
) -> None:
    """Write export.json and choice.json."""
    said = {**about, "classes": list(table.classes), "positive": table.positive, "raw": table.columns.content}
    write_json(place / EXPORT, said)
    write_json(place / CHOICE, {**(choice or {}), "baseline": baseline_of(table)})


def load(folder: str | Path, trusted: Sequence[str] = ()) -> Model:
    """Load a model; of a skops file only types that skops or `trusted` name are read. Raises `FileNotFoundError` where there is none."""
    place = Path(folder)
    about = json.loads((place / EXPORT).read_text(encoding="utf-8"))
    choice = json.loads((place / CHOICE).read_text(encoding="utf-8"))
    onnx = about["format"] == "onnx"
    estimator = session_of((place / ONNX).read_bytes()) if onnx else load_skops(place / SKOPS, trusted)
    return Model(about, choice["baseline"], estimator)


def fed(rows: Any, about: Mapping[str, Any]) -> dict[str, Array]:
    """Return rows as the inputs of an ONNX model."""
    kinds = {"numbers": np.float32, "categories": object, "texts": object}
    return {
        kind: np.stack([np.asarray(rows[name], form) for name in about[kind]], axis=1)
        for kind, form in kinds.items()
        if about[kind]
    }


def framed(rows: Any) -> Any:
    """Return rows as a table of pandas, which an estimator takes."""
    if not isinstance(rows, Mapping):
        return rows
    import pandas as pd

    return pd.DataFrame(rows)


def certain(labels: Array, classes: Sequence[str]) -> Array:
    """Return all of the chance for the class that was said, for a model that gives no chances."""
    return np.array([[float(label == name) for name in classes] for label in labels.tolist()])


def baseline_of(table: Table) -> dict[str, Any]:
    """Return what can be said without looking at a row: the share of every class, or the mean of the rows to train on."""
    labels = table.train.labels
    if not table.classes:
        return {"mean": float(np.mean(labels))}
    return {"shares": {name: float(np.mean(labels == name)) for name in table.classes}}


def rounded(values: Any) -> Array:
    """Return numbers with nine significant digits, so that another processor writes the same file."""
    found = np.asarray(values, dtype=float)
    return np.array([float(f"{value:.9g}") for value in found.ravel().tolist()]).reshape(found.shape)


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
