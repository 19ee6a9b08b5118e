"""Columns as they come from a file, brought to one type each so that two tables can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import Array, same_length, vector
from mlgit.stats.errors import LengthMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def read_columns(side: str, columns: Mapping[str, ArrayLike | None]) -> dict[str, Array]:
    """Return the columns that were given, of one common length (`LengthMismatchError` with the name of the `side`)."""
    given = {name: np.asarray(values) for name, values in columns.items() if values is not None}
    table = {
        name: vector(name, values) if values.size else np.empty(0, np.str_) for name, values in given.items()
    }
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
