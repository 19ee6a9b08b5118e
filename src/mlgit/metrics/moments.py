"""The two sides of a comparison, and an interval of what changed between them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Interval(Struct, frozen=True, kw_only=True):
    """A confidence interval: of a change, or of the head's value."""

    low: Annotated[float, Meta(description="Its lower end.")]
    high: Annotated[float, Meta(description="Its upper end.")]
    confidence: Annotated[float, Meta(description="Its confidence, between 0 and 1.", gt=0, lt=1)] = 0.95
    method: Annotated[str, Meta(description="How it was computed.")] = ""
    items: Annotated[int | None, Meta(description="Number of test items behind it.")] = None


class Side(Struct, frozen=True, kw_only=True):
    """One of the two sides of a comparison."""

    name: Annotated[str, Meta(description="The revision as it was asked for, or `working tree`.")]
    commit: Annotated[str | None, Meta(description="The commit; null for the working tree.")]
