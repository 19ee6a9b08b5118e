"""Versions as GTO writes them, `v1.2.0`, in the order of Semantic Versioning. Pure.

Source: https://semver.org/spec/v2.0.0.html, paragraph 11 for the order.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Literal

from msgspec import Struct

Bump = Literal["major", "minor", "patch"]
IDENTIFIER = r"(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
DIGITS = 9
"""Of a number at most; GTO and the standard know no bound."""
NUMBER = rf"(?:0|[1-9]\d{{0,{DIGITS - 1}}})"
WHOLE = (
    rf"v{NUMBER}\.{NUMBER}\.{NUMBER}"
    rf"(?:-{IDENTIFIER}(?:\.{IDENTIFIER})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
PARTS = r"v(?P<numbers>[0-9.]+)(?:-(?P<early>[0-9a-zA-Z.-]+))?(?:\+(?P<build>[0-9a-zA-Z.-]+))?"
LONGEST = 100
"""Characters of a version."""
KEPT = 10_000
"""Versions whose parts are remembered: models share their numbers."""


class Version(Struct, frozen=True, kw_only=True, dict=True):
    """A version; `early` names what comes before the release, `build` has no part in the order."""

    major: int = 0
    minor: int = 0
    patch: int = 0
    early: str = ""
    build: str = ""

    @cached_property
    def order(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...], str]:
        """What versions are sorted by; those that differ in their build alone are told apart by it."""
        parts = tuple(map(early_order, self.early.split("."))) if self.early else ()
        return self.major, self.minor, self.patch, not self.early, parts, self.build

    def __str__(self) -> str:
        """Return the version as a tag has it."""
        early = f"-{self.early}" if self.early else ""
        build = f"+{self.build}" if self.build else ""
        return f"v{self.major}.{self.minor}.{self.patch}{early}{build}"

    def bumped(self, bump: Bump) -> Version:
        """Return the next version; the release of an early one is what a bump of its patch makes."""
        if bump == "major":
            return Version(major=self.major + 1)
        if bump == "minor":
            return Version(major=self.major, minor=self.minor + 1)
        return Version(major=self.major, minor=self.minor, patch=self.patch + (not self.early))


@lru_cache(maxsize=KEPT)
def order_of(text: str) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...], str]:
    """Return what a version is sorted by; one that is none comes first."""
    numbers = release(text)
    return (*numbers, True, (), "") if numbers else (parse(text) or Version()).order


def release(text: str) -> tuple[int, int, int] | None:
    """Return the numbers of a version that has nothing else, as nearly every one; None for another text."""
    parts = text[1:].split(".")
    if text[:1] != "v" or len(parts) != 3 or not all(map(is_number, parts)):
        return None
    major, minor, patch = map(int, parts)
    return major, minor, patch


def is_number(text: str) -> bool:
    """Tell whether a text is a number of a version, which starts with no zero but its only one."""
    digits = text.isdecimal() and text.isascii() and len(text) <= DIGITS
    return digits and (text[0] != "0" or text == "0")


def early_order(identifier: str) -> tuple[bool, int, str]:
    """Return what an identifier is sorted by: numbers come before words."""
    return (False, int(identifier), "") if identifier.isdigit() else (True, 0, identifier)


@lru_cache(maxsize=KEPT)
def is_version(text: str) -> bool:
    """Tell whether a text is a version, however long."""
    return release(text) is not None or re.fullmatch(WHOLE, text, re.ASCII) is not None


@lru_cache(maxsize=KEPT)
def parse(text: str) -> Version | None:
    """Return a version, None for a text that is none.

    >>> str(parse("v1.2.0"))
    'v1.2.0'
    """
    if len(text) > LONGEST:
        return None
    if numbers := release(text):
        return Version(major=numbers[0], minor=numbers[1], patch=numbers[2])
    found = re.fullmatch(PARTS, text, re.ASCII) if is_version(text) else None
    if found is None:
        return None
    major, minor, patch = map(int, found["numbers"].split("."))
    return Version(
        major=major, minor=minor, patch=patch, early=found["early"] or "", build=found["build"] or ""
    )
