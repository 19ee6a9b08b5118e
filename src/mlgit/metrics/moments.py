"""The two moments of a comparison, and an interval of what changed between them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Interval(Struct, frozen=True, kw_only=True):
    """What the data say about a change: its confidence interval."""

    low: Annotated[float, Meta(description="Lower end of the interval of the change.")]
    high: Annotated[float, Meta(description="Upper end of the interval of the change.")]
    confidence: Annotated[float, Meta(description="Its confidence, between 0 and 1.", gt=0, lt=1)] = 0.95
    method: Annotated[str, Meta(description="How it was computed.")] = ""
    items: Annotated[int | None, Meta(description="Number of test items behind it.")] = None


class Side(Struct, frozen=True, kw_only=True):
    """One of the two moments."""

    name: Annotated[str, Meta(description="The revision as it was asked for, or `working tree`.")]
    commit: Annotated[str | None, Meta(description="The commit; null for the working tree.")]
