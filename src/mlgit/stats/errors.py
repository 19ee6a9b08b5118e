"""What can be wrong with the numbers that come in: one small tree under `StatisticsError`.

These are `ValueError`s: the caller knows which file and line the numbers came from, this room does not.
"""

from __future__ import annotations


class StatisticsError(ValueError):
    """Numbers from which nothing can be told; the message says what is wrong in one sentence."""


class EmptyInputError(StatisticsError):
    """There is not a single item."""


class LengthMismatchError(StatisticsError):
    """Arrays which must describe the same items have different lengths or dimensions."""


class NotFiniteError(StatisticsError):
    """A value is NaN or infinite, or not a number at all."""


class OutOfRangeError(StatisticsError):
    """A value lies outside the range the function is defined on."""


class OneClassError(StatisticsError):
    """A measure of separation was asked for items of a single class."""


class UnknownLabelError(StatisticsError):
    """A label or a name is not among those that exist."""


class TooFewItemsError(StatisticsError):
    """There are too few items (or groups) for an interval at the level asked for."""


class UndefinedMetricError(StatisticsError):
    """The metric has no value on these data, such as recall without a single positive."""
