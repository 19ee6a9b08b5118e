"""Lock files: pins, each with the digests of its files, taken apart and put together by the names of the packages."""

from __future__ import annotations

from collections.abc import Iterable


def pins(text: str) -> list[str]:
    """Return the pins of a lock file, each whole with the lines of its digests; titles and blank lines are left out."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if line[:1].isspace() and line.strip() and found:
            found[-1] += line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return found


def named(pin: str) -> str:
    """Return the name of what a pin is about."""
    return pin.partition("==")[0]


def joined(*locks: str) -> str:
    """Return the pins of several lock files in the order of their names, each once."""
    return text_of({pin: None for lock in locks for pin in pins(lock)})


def text_of(chosen: Iterable[str]) -> str:
    """Return pins as the text of a lock file."""
    return "".join(sorted(chosen, key=named))
