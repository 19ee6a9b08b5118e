"""How the numbers of a model are verified in `mlgit.yaml`: what is measured again, and how near it has to come."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta, field

from mlgit.config.part import Part

SAME = 1e-6
"""Relative difference up to which two numbers are the same: another processor may sum in another order."""
Tolerance = Annotated[float, Meta(ge=0)]
Off = Literal["off"]
OFF: Off = "off"


class Verify(Part, frozen=True, kw_only=True):
    """What `mlgit check model` holds against the committed numbers when it measures them again.

    Ids and labels always have to be the same, character by character.
    """

    tolerance: Annotated[
        dict[str, Tolerance],
        Meta(
            description="How far a metric may come out from the committed one, relative to its size, by its full dotted "
            "name or the last part of it. Default: 0.000001."
        ),
    ] = field(default_factory=dict)
    predictions: Annotated[
        float,
        Meta(
            description="How far a score, or a predicted number, may come out from the committed one, relative to its size.",
            ge=0,
        ),
    ] = SAME
    train: Annotated[
        bool,
        Meta(
            description="Run the stage that measures also where it trains the model. Default: not, its numbers are then not "
            "verified."
        ),
    ] = False

    def __post_init__(self) -> None:
        """Refuse what is no distance."""
        if not all(math.isfinite(one) for one in (self.predictions, *self.tolerance.values())):
            raise ValueError("expected a finite number")

    def of(self, metric: str) -> float:
        """Return the tolerance of a metric by its dotted name."""
        last = metric.rpartition(".")[2]
        return self.tolerance.get(metric, self.tolerance.get(last, SAME))
