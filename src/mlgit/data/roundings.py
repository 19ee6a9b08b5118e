"""Numbers that were rounded: nearly all are multiples of a step of which many were none in the reference.

Whole numbers of 15 digits and more are codes: a spreadsheet keeps 15 digits and a float about 16, so there the last digit counts.
"""

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
LONG = 10**14
LAST_DIGITS, HALF = (10, 2), 0.6
"""Steps of a long code, and the share of its values that may be multiples: about half are even."""


class Rounding(Struct, frozen=True, kw_only=True):
    """The share of the drawn numbers of a column that are multiples of a step, now and before."""

    column: str
    step: float
    before: float
    share: float

    @property
    def found(self) -> bool:
        """Whether the numbers were rounded to this step."""
        return self.before <= most_before(self.step) and self.share >= MANY


def most_before(step: float) -> float:
    """Return the share of multiples of a step above which they say nothing."""
    return HALF if step in LAST_DIGITS else FEW


def steps_of(values: Sequence[Any]) -> tuple[Cut, ...]:
    """Return the steps of a column with the share of its numbers that are multiples of each: a hundredth of the spread, of long codes the last digit."""
    return (*step_of(values), *last_digits_of(values))


def last_digits_of(values: Sequence[Any]) -> tuple[Cut, ...]:
    """Return how many values of a column of long codes end in 0, and are even; nothing of other columns, or where most do."""
    codes = [value for value in values if isinstance(value, int)]
    if len(codes) < FEWEST or sorted(codes)[len(codes) // 2] < LONG:
        return ()
    shares = [(step, float(f"{multiples(codes, step):.4f}")) for step in LAST_DIGITS]
    return tuple((step, share) for step, share in shares if share <= most_before(step))


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
    return sum(1 for value in numbers if multiple(value, step)) / len(numbers)


def multiple(value: float, step: float) -> bool:
    """Tell whether a number is a multiple of a step; of two whole numbers exactly, which a float would not tell of a long code."""
    if isinstance(value, int) and float(step).is_integer():
        return value % int(step) == 0
    return abs(value / step - round(value / step)) < NEAR


def roundings(schema: Schema, columns: Sequence[Place], rows: Sequence[Sequence[Any]]) -> list[Rounding]:
    """Return the share of multiples in every column whose steps were kept: of the first step to which it was rounded, else of the first."""
    found = []
    for place, values in zip(columns, zip(*rows, strict=True), strict=False):
        kept = schema.columns[place.name].step
        numbers = [value for value in values if value is not None and math.isfinite(value)] if kept else []
        if len(numbers) < FEWEST:
            continue
        asked = [
            Rounding(
                column=place.name, step=float(step), before=before, share=multiples(numbers, float(step))
            )
            for step, before in kept
        ]
        found.append(next((one for one in asked if one.found), asked[0]))
    return found


def rounding_result(found: Rounding, schema_shown: str) -> RuleResult:
    """Return whether the numbers of a column are as fine as they were."""
    key = f"columns.{found.column}.step"
    message = (
        f"{found.column!r} is a multiple of {found.step:g} in {found.share:.0%} of the rows, "
        f"{found.before:.0%} in the reference: it was rounded"
    )
    hint = (
        "fetch the numbers as they were measured, and long codes as texts: a spreadsheet keeps 15 digits, a float about 16; "
        f"if the data are right, change {key} in {schema_shown}"
    )
    return spread_result(found.column, "step", (message, hint), kept=not found.found)
