"""Columns as they come from a file, brought to one type each so that two tables can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import Array, Floats, same_length, vector
from mlgit.stats.errors import LengthMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def read_columns(side: str, columns: Mapping[str, ArrayLike | None]) -> dict[str, Array]:
    """Return the columns that were given as arrays of one common length, `scores` as floats.

    Text stays text with gaps (None, NaN) as empty text; a score that is no number becomes NaN. Columns of
    unequal length raise `LengthMismatchError` with the name of the `side`.
    """
    table = {name: _column(name, values) for name, values in columns.items() if values is not None}
    try:
        same_length(**table)
    except LengthMismatchError as error:
        raise LengthMismatchError(f"{side}: {error}") from None
    return table


def comparable(one: Array, other: Array) -> tuple[Array, Array]:
    """Return both columns in a type that `==` compares by meaning: text if either is text, 1.0 as "1"."""
    if (one.dtype.kind == "U") == (other.dtype.kind == "U"):
        return one, other
    return texts(one), texts(other)


def texts(values: Array) -> Array:
    """Return values as text, whole numbers without a decimal point."""
    if values.dtype.kind == "f" and np.isfinite(values).all() and np.all(np.mod(values, 1.0) == 0.0):
        values = values.astype(np.int64)
    return values.astype(np.str_)


def _column(name: str, values: ArrayLike) -> Array:
    array = np.asarray(values)
    if array.size == 0:
        return np.empty(0, dtype=np.float64 if name == "scores" else np.str_)
    array = vector(name, array)
    if name == "scores":
        return _numbers(array)
    if array.dtype == np.object_:
        return _objects(array)
    return array


def _objects(array: Array) -> Array:
    # None and NaN become the empty text that a file would show; the rest keeps its type if it has just one.
    gaps = np.array([value is None or value != value for value in array])
    filled = np.asarray(array[~gaps].tolist()) if not gaps.all() else np.empty(0, dtype=np.str_)
    if not gaps.any():
        return filled
    shown = np.full(len(array), "", dtype=object)
    shown[~gaps] = texts(filled)
    return shown.astype(np.str_)


def _numbers(array: Array) -> Floats:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in array])


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
