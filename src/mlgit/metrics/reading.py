"""What one file of metrics or parameters says at one revision, or why it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

ReadingState = Literal["read", "absent", "unreadable", "not available"]


class Reading(Struct, frozen=True, kw_only=True):
    """The values of one file by their dotted names, or the reason why there are none.

    `state` is `read`; `absent` (no such file at that revision); `unreadable` (there, and broken: `reason` says how and
    `where` on which line); or `not available` (it may be fine, it just is not here: `hint` is the command that
    brings it). `ambiguous` are the names that several values of the file have.
    """

    state: ReadingState
    values: Mapping[str, Any] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
    reason: str = ""
    where: str = ""
    hint: str = ""


ABSENT = Reading(state="absent", reason="there is no such file")


def unreadable(reason: str, where: str) -> Reading:
    """Return the reading of a file that is there and broken."""
    return Reading(state="unreadable", reason=reason, where=where)


def not_available(reason: str, hint: str = "") -> Reading:
    """Return the reading of a file whose content is somewhere else."""
    return Reading(state="not available", reason=reason, hint=hint)


def finite(value: Any) -> Any:
    """Return `value`, with the numbers that JSON cannot hold as the words NaN, Infinity and -Infinity."""
    if isinstance(value, float) and not -1.7976931348623157e308 <= value <= 1.7976931348623157e308:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    return value


def is_number(value: Any) -> bool:
    """Tell whether a value is a number that can be subtracted; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
