"""Models in ONNX: their columns are the inputs of the file, or stand in its metadata where one input holds several.

An input of one column (`[None, 1]` or `[None]`) is called as the column is. A matrix takes its columns from the metadata
`columns` of the file, JSON such as `{"numbers": ["age", "income"]}`, or from `export.json` beside it; without either they are
`<input>_0`, `<input>_1`. A missing number is NaN; a missing text is what the metadata `missing` says, by default nothing.
A date is its ISO text, or where the input is a number the days since 1970-01-01.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from mlgit.data.profile import Storage
from mlgit.errors import UsageError
from mlgit.report.columns import text_of
from mlgit.serving.arrays import listed as listed_values
from mlgit.serving.predictor import Answers, Columns, Input
from mlgit.serving.release import EXPORT

STORAGES: dict[str, Storage] = {
    "tensor(string)": "string",
    "tensor(float)": "float",
    "tensor(double)": "float",
    "tensor(float16)": "float",
    "tensor(int64)": "integer",
    "tensor(int32)": "integer",
    "tensor(bool)": "boolean",
}
NUMPY = {
    "tensor(string)": "object",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
}
NULLABLE = ("tensor(string)", "tensor(float)", "tensor(double)", "tensor(float16)")
EPOCH = date(1970, 1, 1).toordinal()
DAY = 86_400.0
SILENT = "ORT_DISABLE_TELEMETRY"
"""onnxruntime tells its makers of each session unless this is set before it is imported."""


class Tensor(Struct, frozen=True, kw_only=True):
    """An input of the file: its type, its columns, and whether it has a second axis."""

    name: str
    type: str
    columns: tuple[str, ...]
    matrix: bool


class OnnxModel:
    """A model that onnxruntime runs; see `predictor.Predictor`."""

    format = "onnx"
    quick = True
    apart = True

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Load a file. Raises `UsageError` (`serve-unreadable`) for one that is no ONNX model, or takes what no table has."""
        os.environ[SILENT] = "1"
        from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events

        disable_telemetry_events()
        options = SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4  # what fails is raised, too
        try:
            self._session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises a class of its own for each reason
            raise unreadable(path, str(error).splitlines()[0][:200]) from error
        told = {**beside(path), **self._session.get_modelmeta().custom_metadata_map}
        self._missing = str(told.get("missing", ""))
        self._tensors = tensors(self._session.get_inputs(), columns_told(told), path)
        self._outputs = [one.name for one in self._session.get_outputs()]
        self._classes = tuple(str(one) for one in listed(told.get("classes", [])))
        self._converters = {tensor.name: converter(tensor.type, self._missing) for tensor in self._tensors}
        self.inputs: tuple[Input, ...] | None = tuple(
            Input(name=name, storage=STORAGES[one.type], nullable=one.type in NULLABLE)
            for one in self._tensors
            for name in one.columns
        )

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of each row."""
        return self._answers(self._session.run(self._outputs, self._fed(columns)))

    def _fed(self, columns: Columns) -> dict[str, Any]:
        """Return the rows as the inputs of the file."""
        import numpy as np

        fed = {}
        for one in self._tensors:
            kind, convert = NUMPY[one.type], self._converters[one.name]
            parts = [
                array_of(columns[name], kind, convert, self._missing)
                if hasattr(columns[name], "dtype")
                else [convert(value) for value in columns[name]]
                for name in one.columns
            ]
            if len(parts) == 1:
                array = np.asarray(parts[0], kind)
                fed[one.name] = array.reshape(-1, 1) if one.matrix else array
            else:
                fed[one.name] = np.array(parts, kind).T
        return fed

    def _answers(self, outputs: Sequence[Any]) -> Answers:
        """Return the outputs as answers: the first are labels or numbers, a second one with a column a class probabilities."""
        first = outputs[0].reshape(len(outputs[0]), -1)
        predictions = first[:, 0] if first.shape[1] == 1 else first
        scores = outputs[1] if len(outputs) > 1 and getattr(outputs[1], "ndim", 0) == 2 else None
        return Answers(
            predictions=predictions, probabilities=scores, classes=self._classes if scores is not None else ()
        )


def converter(kind: str, missing: str) -> Callable[[Any], Any]:
    """Return what turns a value of a column into one of a tensor."""
    if kind == "tensor(string)":
        return lambda value: value if type(value) is str else missing if value is None else text_of(value)
    nothing = float("nan")

    def number(value: Any) -> Any:
        if type(value) is float or type(value) is int:
            return value
        if value is None:
            return nothing
        return days(value) if isinstance(value, date) else value

    return number


def array_of(values: Any, kind: str, convert: Callable[[Any], Any], missing: str) -> Any:
    """Return a column that is an array as one of a tensor's kind; what is no value there as `converter` says."""
    import numpy as np

    numbers, texts = values.dtype.kind in "iufb", kind == "object"
    if numbers and not texts:
        return np.ma.filled(values.astype(kind), np.nan) if np.ma.is_masked(values) else values
    if values.dtype.kind == "O" and texts:
        return np.ma.filled(values, missing)
    return [convert(value) for value in listed_values(values)]


def days(value: date) -> float:
    """Return the days since 1970-01-01, with the time of the day as a fraction.

    >>> days(datetime(1970, 1, 2, 12))
    1.5
    """
    whole = value.toordinal() - EPOCH
    if not isinstance(value, datetime):
        return float(whole)
    seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return whole + seconds / DAY


def tensors(inputs: Iterable[Any], columns: Mapping[str, Sequence[str]], path: Path) -> tuple[Tensor, ...]:
    """Return the inputs of a file with their columns; raises `UsageError` (`serve-unreadable`)."""
    found = []
    for one in inputs:
        if one.type not in STORAGES or len(one.shape) > 2:
            raise unreadable(
                path, f"its input {one.name} is {one.type} of {len(one.shape)} axes, which no row fills"
            )
        width = one.shape[1] if len(one.shape) == 2 else 1
        if not isinstance(width, int):
            raise unreadable(path, f"its input {one.name} does not say how many columns it has")
        names = tuple(columns.get(one.name, ())) or own_names(one.name, width)
        if len(names) != width:
            raise unreadable(
                path, f"its input {one.name} has {width} columns, and {len(names)} names for them"
            )
        found.append(Tensor(name=one.name, type=one.type, columns=names, matrix=len(one.shape) == 2))
    return tuple(found)


def own_names(name: str, width: int) -> tuple[str, ...]:
    """Return the columns of an input for which nobody has names."""
    return (name,) if width == 1 else tuple(f"{name}_{number}" for number in range(width))


def beside(path: Path) -> dict[str, Any]:
    """Return what `export.json` beside a model says of it."""
    try:
        said = json.loads((path.parent / EXPORT).read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def columns_told(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the columns of each input that has several, as the file or what lies beside it tells them."""
    named = told.get("columns")
    try:
        found = json.loads(named) if isinstance(named, str) else named
    except ValueError:
        found = None
    lists = found if isinstance(found, dict) else told
    return {str(name): one for name, value in lists.items() if (one := listed(value))}


def listed(value: Any) -> list[str]:
    """Return a list of texts, also one that is written as JSON; empty for anything else."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return [str(one) for one in value] if isinstance(value, list) else []


def unreadable(path: Path, why: str) -> UsageError:
    """Return the error for a file that is no model."""
    return UsageError(
        "serve-unreadable",
        f"{path.name} cannot be loaded: {why}",
        hint="`mlgit help serving` says which models can be served",
        where=str(path),
    )
