"""The numbers of a date that a model learns from. Imports numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

PARTS = ("days", "month", "yearday", "weekday", "hour")
"""Days since 1970 with the time of day as a fraction, month, day of the year, day of the week (Monday is 1), hour."""
DAY = np.timedelta64(86_400_000_000, "us")
HOUR = 3_600_000_000
MONDAY = 3
"""1970 began on a Thursday."""


def instants(values: Any) -> Any:
    """Return dates and times without zone as an array in microseconds, NaT where there is no value.

    >>> from datetime import date
    >>> instants([date(1970, 1, 2), None]).tolist()[1] is None
    True
    """
    if hasattr(values, "filled"):
        return values.astype("M8[us]").filled(np.datetime64("NaT"))
    return np.array(values, dtype="M8[us]")


def part(name: str, moments: Any) -> Any:
    """Return a part of every moment as a float, NaN where there is none.

    >>> part("weekday", instants(["1970-01-01", "2024-02-29"])).tolist()
    [4.0, 4.0]
    """
    days = moments.astype("M8[D]")
    if name == "days":
        found = (moments - np.datetime64(0, "us")) / DAY
    elif name == "month":
        found = months(moments) % 12 + 1
    elif name == "yearday":
        found = (days - moments.astype("M8[Y]").astype("M8[D]")).astype(float) + 1
    elif name == "weekday":
        found = (days.astype("int64") + MONDAY) % 7 + 1
    else:
        found = moments.astype("int64") // HOUR % 24
    return np.where(np.isnat(moments), np.nan, np.asarray(found, dtype=float))


def months(moments: Any) -> Any:
    """Return the months since January 1970."""
    return moments.astype("M8[M]").astype("int64")
