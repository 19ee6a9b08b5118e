"""Metrics measured again beside the committed ones: the same, or which differs by how much. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mlgit.metrics.reading import Reading, is_number

TOLERANCE = 1e-6
"""Relative difference up to which two measurements are the same: another processor may sum in another order."""
VerificationState = Literal[
    "reproduced",
    "trained",
    "different",
    "failed",
    "off",
    "no access",
    "deferred",
    "stale",
    "trains",
    "untold",
]
VERIFIED: frozenset[VerificationState] = frozenset(("reproduced", "trained"))


class Verification(Struct, frozen=True, kw_only=True):
    """Whether somebody other than its author measured the numbers of a model."""

    model: Annotated[str, Meta(description="The model, as mlgit.yaml names it.")]
    state: Annotated[
        VerificationState,
        Meta(
            description="`reproduced`: measured again and the same; `trained`: mlgit trained the model in this clone, and the files are those that it wrote; "
            "`different`: measured again and another; `failed`: it could not be measured; otherwise why nobody "
            "measured: `verify: off`, no access to the data, left to the retraining, stages out of date, the stage "
            "that measures trains, or it cannot be told which stage measures, or from what."
        ),
    ]
    reason: Annotated[str, Meta(description="What differs, or why nothing was measured, in a sentence.")] = ""
    files: Annotated[
        dict[str, str],
        Meta(
            description="The files that were measured again, or that the training wrote, with its dvc.lock: SHA-256 of "
            "what stood there."
        ),
    ] = {}
    hint: Annotated[
        str, Meta(description="The command or setting that leads to a verification; may be empty.")
    ] = ""
    again: Annotated[
        dict[str, dict[str, float | None]],
        Meta(
            description="By file and name: what the metrics came to that a rule takes as they stand, where that is not what the "
            "file says; null for no finite number."
        ),
    ] = {}

    @property
    def good(self) -> bool:
        """Whether the numbers are those that the committed code gives on the committed data and model."""
        return self.state in VERIFIED


class Deviation(Struct, frozen=True, kw_only=True):
    """One metric that came out different; None where it is missing. `file` and `name` say which."""

    file: str
    name: str
    committed: Any
    measured: Any

    @property
    def text(self) -> str:
        """What differs, in one line."""
        if is_number(self.committed) and is_number(self.measured):
            return f"{self.file}: {self.name} is {self.committed} but came out {self.measured} ({self.measured - self.committed:+.6g})"
        return f"{self.file}: {self.name} is {shown(self.committed)} but came out {shown(self.measured)}"


def shown(value: Any) -> str:
    """Return a value, or that there is none."""
    return "missing" if value is None else str(value)


def deviations(
    file: str,
    committed: Reading,
    measured: Reading,
    tolerance: Callable[[str], float],
    left_out: Container[str] = (),
) -> tuple[Deviation, ...]:
    """Return every metric of a file that was not reproduced within its tolerance.

    `left_out` are metrics by their full name or its last part that are never the same twice; they only have to be there.
    """
    return tuple(
        Deviation(
            file=file, name=name, committed=committed.values.get(name), measured=measured.values.get(name)
        )
        for name in sorted({*committed.values, *measured.values})
        if not stands(name, committed, measured, left_out)
        and not same(committed.values.get(name), measured.values.get(name), tolerance(name))
    )


def stands(name: str, committed: Reading, measured: Reading, left_out: Container[str]) -> bool:
    """Tell whether a metric is taken as it stands, because a rule says so and both sides have it."""
    asked = name in left_out or name.rpartition(".")[2] in left_out
    return asked and name in committed.values and name in measured.values


def as_they_stand(
    committed: Reading,
    measured: Reading,
    tolerance: Callable[[str], float],
    left_out: Container[str],
) -> dict[str, float | None]:
    """Return what the metrics came to that are taken as they stand and came out different; None for no finite number."""
    return {
        name: float(measured.values[name]) if is_number(measured.values[name]) else None
        for name in committed.values
        if stands(name, committed, measured, left_out)
        and not same(committed.values[name], measured.values[name], tolerance(name))
    }


def same(one: Any, other: Any, tolerance: float) -> bool:
    """Tell whether two values are the same: numbers within the tolerance, anything else exactly."""
    if is_number(one) and is_number(other):
        return bool(abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-12))
    return type(one) is type(other) and one == other
