"""Whether the numbers and truth values of JSON lines stand in quotes: "7" is a text to who reads JSON, 7 a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct, field

FIRST, EVERY = 2_000, 200
"""The first lines are looked at, and one of so many after them."""
SHOWN = 5
Way = Literal["bare", "quoted"]


class Seen(Struct, kw_only=True):
    """How many values of a key stand one way in the lines that were looked at, and the first of them by their rows."""

    values: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)


class Writing(Struct, kw_only=True):
    """How the values of one key stand."""

    bare: Seen = field(default_factory=Seen)
    quoted: Seen = field(default_factory=Seen)

    @property
    def way(self) -> Way | None:
        """The way in which all values stand; None where they stand in both, or there is none."""
        if bool(self.bare.values) == bool(self.quoted.values):
            return None
        return "bare" if self.bare.values else "quoted"


def looked_at(row: int) -> bool:
    """Tell whether the line of a row (from 0) is one of those that are looked at."""
    return row < FIRST or row % EVERY == 0


def look(row: int, values: Mapping[str, msgspec.Raw], seen: dict[str, Writing]) -> None:
    """Add what one object holds; what is empty, null or nested says nothing."""
    for key, raw in values.items():
        text = bytes(raw)
        if text[:1] in b"{[n" or text == b'""':
            continue
        writing = seen.get(key) or seen.setdefault(key, Writing())
        side = writing.quoted if text.startswith(b'"') else writing.bare
        side.values += 1
        if len(side.first) < SHOWN:
            side.first.append((row, text.decode(errors="replace")[:80]))


def lines_looked_at(rows: int) -> int:
    """Return how many lines of so many rows are looked at."""
    return min(rows, FIRST) + len(range(FIRST, rows, EVERY))
