"""The arrays this room works on, and the checks on what comes in."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgit.stats.errors import (
    EmptyInputError,
    LengthMismatchError,
    NotFiniteError,
    OneClassError,
    OutOfRangeError,
    UnknownLabelError,
)

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.intp]
Booleans: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]


def vector(name: str, values: ArrayLike) -> Array:
    """Return `values` as an array of shape (n,) with n >= 1, or raise a `StatisticsError` that names it."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise LengthMismatchError(f"{name} must have one dimension, not {array.ndim}")
    if array.size == 0:
        raise EmptyInputError(f"{name} is empty")
    return array


def finite_vector(name: str, values: ArrayLike) -> Floats:
    """Return `values` as floats of shape (n,), every one finite; `NotFiniteError` names the first that is not."""
    array = vector(name, values)
    try:
        floats = array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise NotFiniteError(f"{name} holds values that are not numbers") from None
    finite = np.isfinite(floats)
    if not finite.all():
        place = int(np.argmin(finite))
        raise NotFiniteError(f"{name} is {floats[place]} at position {place}")
    return floats


def unit_of(*values: ArrayLike) -> float:
    """Return a power of two near the largest of all values without their signs, 1 where all are 0.

    Divided by it, numbers keep all their digits, and their squares and cubes are numbers whatever they were.
    """
    largest = max(float(np.abs(one).max(initial=0.0)) for one in map(np.asarray, values))
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0.0 else 1.0


def probabilities(name: str, values: ArrayLike) -> Floats:
    """Return `values` as floats of shape (n,) within [0, 1]; `OutOfRangeError` names the first outside."""
    floats = finite_vector(name, values)
    outside = (floats < 0.0) | (floats > 1.0)
    if outside.any():
        place = int(np.argmax(outside))
        raise OutOfRangeError(f"{name} is {floats[place]} at position {place}, outside 0 to 1")
    return floats


def two_classes(name: str, values: ArrayLike) -> Booleans:
    """Return labels of 0 and 1 (or booleans) as booleans of shape (n,); other values raise `UnknownLabelError`."""
    array = vector(name, values)
    if array.dtype != np.bool_:
        floats = finite_vector(name, array)
        other = (floats != 0.0) & (floats != 1.0)
        if other.any():
            place = int(np.argmax(other))
            raise UnknownLabelError(f"{name} is {floats[place]:g} at position {place}, neither 0 nor 1")
        labels: Booleans = floats == 1.0
        return labels
    return array


def both_classes(name: str, values: ArrayLike) -> Booleans:
    """Return labels as `two_classes` does, with at least one of each; `OneClassError` otherwise."""
    labels = two_classes(name, values)
    if labels.all() or not labels.any():
        raise OneClassError(f"{name} holds items of one class only")
    return labels


def class_codes(name: str, values: ArrayLike, classes: int) -> Integers:
    """Return integer codes of shape (n,), every one in 0..classes-1; `UnknownLabelError` otherwise."""
    array = vector(name, values)
    if array.dtype.kind not in "iub":
        raise UnknownLabelError(f"{name} must hold integer class codes, not {array.dtype}")
    if int(array.min()) < 0 or int(array.max()) >= classes:
        place = int(np.argmax((array < 0) | (array >= classes)))
        raise UnknownLabelError(f"{name} is {array[place]} at position {place}, outside 0 to {classes - 1}")
    return array.astype(np.intp, copy=False)


def same_length(**arrays: Array) -> int:
    """Return the common length of the named arrays, or raise `LengthMismatchError` with every length."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise LengthMismatchError(f"these must be equally long: {told}")
    return next(iter(lengths.values()))
