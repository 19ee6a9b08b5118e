"""Bounds for JSON that strangers wrote: how deep, how long, how large a number."""

from __future__ import annotations

from typing import Any

DEEPEST = 20
LONGEST = 500
"""Characters of a text; what is shown of one is shorter still."""
LARGEST_INTEGER = 2**63
LARGEST_FLOAT = 1e300


def clipped(value: Any, depth: int = 0) -> Any:
    """Return decoded JSON with its texts cut to `LONGEST` characters; raises `ValueError` for what nobody would write."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= LARGEST_FLOAT:
        raise ValueError("a number is out of range")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return float(value)
    if depth > DEEPEST and isinstance(value, list | dict):
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return [clipped(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key[:LONGEST]: clipped(one, depth + 1) for key, one in value.items()}
    return value


def harmless(text: str) -> str:
    """Return one short line without control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
