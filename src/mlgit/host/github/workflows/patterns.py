"""The patterns of GitHub's filters for branches, tags and paths.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mlgit.errors import UsageError


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of one pattern, without its leading `!`.

    `*` is any text without `/`, `**` any text, `?` and `+` repeat the character before them, `[]` is a set, a
    backslash takes a sign as it is. Raises `UsageError` (`workflow-pattern`) for a set that does not end.
    """
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        part, position = next_part(pattern, position, bool(parts))
        parts.append(part)
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:
        raise not_a_pattern(pattern, str(error)) from error


def next_part(pattern: str, position: int, after_something: bool) -> tuple[str, int]:
    """Return the expression of what stands at `position`, and the position after it."""
    sign = pattern[position]
    if pattern.startswith("**/", position):
        return "(?:.*/)?", position + 3
    if pattern.startswith("**", position):
        return ".*", position + 2
    if sign == "*":
        return "[^/]*", position + 1
    if sign in "?+" and after_something:
        return sign, position + 1
    if sign == "[":
        end = pattern.find("]", position + 1)
        if end < 0:
            raise not_a_pattern(pattern, "a set in [] does not end")
        return "[" + re.sub(r"([\\^\[&~|])", r"\\\1", pattern[position + 1 : end]) + "]", end + 1
    if sign == "\\" and position + 1 < len(pattern):
        return re.escape(pattern[position + 1]), position + 2
    return re.escape(sign), position + 1


def matches(patterns: Iterable[str], name: str) -> bool:
    """Tell whether a name is meant by a list of patterns; the last one that fits decides, `!` takes out."""
    meant = False
    for pattern in patterns:
        out = pattern.startswith("!")
        if compiled(pattern[1:] if out else pattern).fullmatch(name):
            meant = not out
    return meant


def not_a_pattern(pattern: str, why: str) -> UsageError:
    """Return the error for a pattern that means nothing."""
    return UsageError("workflow-pattern", f"{pattern!r} is no filter pattern of GitHub: {why}")
