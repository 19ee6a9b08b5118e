"""What a search for slices that got worse found, as values; `mlgit gate --slices --json` writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.stats.interval import Interval


class WorseSlice(Struct, frozen=True, kw_only=True):
    """A part of the test set on which the head is worse."""

    slice: Annotated[str, Meta(description="The part: `country=DE, age<=30`.")]
    against: Annotated[
        Literal["the base", "the rest"],
        Meta(description="Worse than the base is there, or than the head is on the rest of the items."),
    ]
    items: Annotated[int, Meta(description="The items in it.")]
    other: Annotated[float, Meta(description="The value that it is held against.")]
    head: Annotated[float, Meta(description="The head's value on it.")]
    change: Annotated[
        Interval, Meta(description="The difference with its 95 % interval, of this slice alone.")
    ]
    p_value: Annotated[
        float, Meta(description="The two-sided p-value, by Holm's correction over all claims of the search.")
    ]


class SliceSearch(Struct, frozen=True, kw_only=True):
    """Where a head is worse beyond doubt, over everything that was looked at."""

    metric: Annotated[str, Meta(description="The metric: that of the model's first gate on predictions.")]
    columns: Annotated[tuple[str, ...], Meta(description="The columns that slices were cut by.")]
    slices: Annotated[int, Meta(description="The slices that were large enough to be looked at.")]
    claims: Annotated[int, Meta(description="The claims that Holm's correction is over.")]
    found: Annotated[
        tuple[WorseSlice, ...],
        Meta(description="Those that hold together with an error of 5 % at most, the surest first."),
    ] = ()
