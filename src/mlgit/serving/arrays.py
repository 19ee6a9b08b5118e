"""Columns of numbers that come as NumPy arrays, held against their rules whole. Pure.

What a rule allows is the same as value by value (`validation`); NaN is no value. A bound is compared as the array writes it: 0.1
in 32 bits is not above a `max` of 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlgit.data.report import RuleName
from mlgit.data.schema import ColumnRule

SMALLEST, LARGEST = -(2**63), 2**63 - 1


def is_numbers(values: Any) -> bool:
    """Tell whether a column is an array of numbers."""
    return getattr(getattr(values, "dtype", None), "kind", "") in ("i", "u", "f")


def listed(values: Any) -> Sequence[Any]:
    """Return a column as a list; what is masked and NaN become None, which is no value.

    >>> import numpy
    >>> listed(numpy.array([1.5, float("nan")]))
    [1.5, None]
    """
    if not hasattr(values, "tolist"):
        found: Sequence[Any] = values
        return found
    return [None if one != one else one for one in values.tolist()]


def whole_numbers(values: Any) -> Any:
    """Return an array of whole numbers, which may come in a type with fractions, in one without; a list where some are missing.

    >>> import numpy
    >>> whole_numbers(numpy.array([1.0, float("nan")]))
    [1, None]
    """
    if values.dtype.kind != "f":
        return values
    if (values == values).all():
        return values.astype("int64")
    return [None if one is None else int(one) for one in listed(values)]


def plain(values: Any) -> Any:
    """Return a column as most models take it: an array of numbers with NaN for no value, a list with None of anything else."""
    import numpy as np

    if not is_numbers(values):
        return listed(values)
    if not np.ma.is_masked(values):
        return np.asarray(values)
    return np.ma.filled(values.astype("float64"), np.nan)


def offences(values: Any, rule: ColumnRule) -> Mapping[RuleName, Any]:
    """Return by rule which values of an array break it, each a mask of booleans; rules that all keep are left out."""
    import numpy as np

    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
    typed = np.zeros(len(values), bool)
    if values.dtype.kind == "f":
        typed = np.isinf(values)
        if rule.type == "integer":
            typed |= ~missing & ((np.trunc(values) != values) | (values < SMALLEST) | (values >= LARGEST))
    elif rule.type == "integer" and values.dtype.kind == "u":
        typed = values > LARGEST
    found: dict[RuleName, Any] = {"type": typed, "range": ~typed & ~missing & beyond(values, rule)}
    if not rule.nullable:
        found["nulls"] = missing
    return {name: mask for name, mask in found.items() if mask.any()}


def beyond(values: Any, rule: ColumnRule) -> Any:
    """Return which values are out of the bounds of a rule."""
    import numpy as np

    found = np.zeros(len(values), bool)
    single = values.dtype.kind == "f"
    for bound, lower in ((rule.min, True), (rule.max, False)):
        if isinstance(bound, int | float):
            limit = values.dtype.type(bound) if single else bound
            found |= values < limit if lower else values > limit
    return found
