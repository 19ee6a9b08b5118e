"""Numbers that were rounded: nearly all are multiples of a step of which many were none in the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from mlgit.data.observed import Cut
from mlgit.data.prepared import Place
from mlgit.data.report import RuleResult, spread_result
from mlgit.data.schema import Schema

FEWEST = 100
FINE = 0.01
"""A step is the first power of ten that is not below this part of the middle half of the values."""
FEW, MANY = 0.5, 0.95
"""Where at most the one share of the numbers were multiples of the step, and the other are now, they were rounded."""
NEAR = 1e-6


class Rounding(Struct, frozen=True, kw_only=True):
    """The share of the drawn numbers of a column that are multiples of its step."""

    column: str
    share: float


def step_of(values: Sequence[Any]) -> tuple[Cut, ...]:
    """Return the step of a column with the share of its numbers that are multiples of it; nothing where most are, or it is too small to tell."""
    numbers = sorted(value for value in values if isinstance(value, (int, float)) and math.isfinite(value))
    if len(numbers) < FEWEST:
        return ()
    middle = numbers[3 * len(numbers) // 4] - numbers[len(numbers) // 4]
    if not 0 < middle < math.inf:
        return ()
    step = float(f"1e{math.ceil(math.log10(middle * FINE))}")
    share = multiples(numbers, step)
    return ((step, float(f"{share:.4f}")),) if share <= FEW else ()


def multiples(numbers: Sequence[float], step: float) -> float:
    """Return the share of numbers that are multiples of a step, from 0 to 1."""
    parts = (value / step for value in numbers)
    return sum(1 for part in parts if abs(part - round(part)) < NEAR) / len(numbers)


def roundings(schema: Schema, columns: Sequence[Place], rows: Sequence[Sequence[Any]]) -> list[Rounding]:
    """Return the share of multiples in every column whose step was kept."""
    found = []
    for place, values in zip(columns, zip(*rows, strict=True), strict=False):
        kept = schema.columns[place.name].step
        numbers = [value for value in values if value is not None and math.isfinite(value)] if kept else []
        if len(numbers) >= FEWEST:
            found.append(Rounding(column=place.name, share=multiples(numbers, float(kept[0][0]))))
    return found


def rounding_result(found: Rounding, schema: Schema, schema_shown: str) -> RuleResult:
    """Return whether the numbers of a column are as fine as they were."""
    (step, before), *_ = schema.columns[found.column].step
    rounded = before <= FEW and found.share >= MANY
    key = f"columns.{found.column}.step"
    message = (
        f"{found.column!r} is a multiple of {step:g} in {found.share:.0%} of the rows, "
        f"{before:.0%} in the reference: it was rounded"
    )
    hint = f"fetch the numbers as they were measured; if the data are right, change {key} in {schema_shown}"
    return spread_result(found.column, "step", (message, hint), kept=not rounded)
