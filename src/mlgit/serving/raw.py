"""A model that takes the raw columns of a table, made into what it learned from by the same code as in training.

`export.json` beside a model that `mlgit.report.save` wrote says which they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgit.data.profile import Storage
from mlgit.errors import UsageError
from mlgit.report.columns import Columns as RawColumns
from mlgit.serving.arrays import listed
from mlgit.serving.formats.onnx import beside
from mlgit.serving.predictor import Answers, Columns, Input, Predictor


class WrittenOtherwiseError(ValueError):
    """A value of a request is not written in the form of its column. The message names the column, the form and the value."""


class FromRaw:
    """A model behind its raw columns; see `predictor.Predictor`."""

    def __init__(self, model: Predictor, columns: RawColumns) -> None:
        self.format = model.format
        self.quick, self.apart = model.quick, model.apart
        self._model = model
        self._columns = columns
        self.inputs: tuple[Input, ...] | None = tuple(
            Input(name=name, storage=storage_of(name, columns)) for name in columns.names
        )

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of each row; raises `WrittenOtherwiseError`."""
        try:
            features = self._columns.features(
                {name: taken(self._columns, name, values) for name, values in columns.items()}
            )
        except ValueError as error:
            raise WrittenOtherwiseError(str(error)) from error
        return self._model.predict(features)


def taken(columns: RawColumns, name: str, values: Any) -> Any:
    """Return a column as `features` takes it: arrays of numbers and times as they are, unless they are read as texts."""
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    as_text = name in columns.categories or name in columns.texts
    return values if kind in ("i", "u", "f", "M") and not as_text else listed(values)


def storage_of(name: str, columns: RawColumns) -> Storage:
    """Return the type of a raw column, where no schema has it."""
    if name in columns.forms or name in columns.categories or name in columns.texts:
        return "string"
    if name in columns.dates:
        return "timestamp"
    return "boolean" if name in columns.booleans else "float"


def with_raw_columns(model: Predictor, path: Path) -> Predictor:
    """Return a model that takes its raw columns, or the model as it is where nothing beside it says which they are.

    Raises `UsageError` (`serve-unreadable`) for a file that says it wrongly.
    """
    said = beside(path / "export.json" if path.is_dir() else path).get("raw")
    if not isinstance(said, dict) or model.format not in ("onnx", "skops"):
        return model
    try:
        return FromRaw(model, RawColumns(**said))
    except TypeError as error:
        raise UsageError(
            "serve-unreadable",
            f"export.json beside {path.name} does not say the columns of the model: {error}",
            hint="mlgit train writes it again",
            where=str(path),
        ) from error
