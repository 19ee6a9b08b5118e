"""How the texts of a column are written, as a pattern: the one shape that all of them have, or none."""

from __future__ import annotations

import re
from itertools import repeat
from typing import Any

from mlgit.data.profile import Profile
from mlgit.data.sql import quoted_text, select

MOST_RUNS = 8
"""A text of more runs than that is prose, or a list."""
FEWEST = 20
"""So few texts have a shape in common by chance."""
FEWEST_ALIKE = 100
"""Letters that stand in all of so many texts belong to how they are written, as the country of an account."""
LEVELS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("[0-9]", "9"), ("[a-z]", "a"), ("[A-Z]", "A")),
    (("[0-9A-Za-z]", "w"),),
)
"""Classes of characters with what stands for a run of each, the finer ones first."""
ADDRESS = r"[^@\s]+@[^@\s]+"


def patterns_of(connection: Any, profile: Profile) -> dict[int, str]:
    """Return the pattern (RE2, of the whole text) that every text of `typed` keeps, for columns of texts without categories."""
    found = {}
    for index, column in enumerate(profile.columns):
        if column.storage == "string" and not column.categories and not column.form:
            pattern = pattern_of(connection, f"t{index}")
            if pattern:
                found[index] = pattern
    return found


def pattern_of(connection: Any, text: str) -> str:
    """Return the pattern of one column, or nothing."""
    asked = ["count(*)", *(f"min({shape}), max({shape})" for shape in (shaped(text, one) for one in LEVELS))]
    asked.append(f"count_if(regexp_full_match({text}, {quoted_text(ADDRESS)}))")
    row = connection.execute(select(asked, "typed", f"WHERE {text} IS NOT NULL")).fetchone()
    if row[0] < FEWEST:
        return ""
    for number, classes in enumerate(LEVELS):
        first, last = row[1 + 2 * number : 3 + 2 * number]
        if first == last:
            kinds = {mark: kind for kind, mark in classes}
            return with_lengths(connection, text, first, kinds, alike=row[0] >= FEWEST_ALIKE)
    return ADDRESS if row[-1] == row[0] else ""


def shaped(text: str, classes: tuple[tuple[str, str], ...]) -> str:
    """Return the SQL of a text in which one character stands for each run of a class."""
    for kind, mark in classes:
        text = f"regexp_replace({text}, '{kind}+', '{mark}', 'g')"
    return text


def with_lengths(connection: Any, text: str, shape: str, classes: dict[str, str], *, alike: bool) -> str:
    """Return a shape as a pattern, each run as long as it always was, or of any length; letters that were `alike` as they are."""
    marks = [character for character in shape if character in classes]
    if not 0 < len(marks) <= MOST_RUNS or any(character.isspace() for character in shape):
        return ""
    runs = f"regexp_extract_all({text}, '{'|'.join(f'{kind}+' for kind in classes.values())}')"
    asked = [
        f"min(strlen({runs}[{place}])), max(strlen({runs}[{place}])), count_if({runs}[{place}] LIKE '0%'), "
        f"CASE WHEN min({runs}[{place}]) = max({runs}[{place}]) THEN min({runs}[{place}]) END"
        for place in range(1, len(marks) + 1)
    ]
    row = connection.execute(select(asked, "typed", f"WHERE {text} IS NOT NULL")).fetchone()
    lengths = iter(zip(row[::4], row[1::4], row[2::4], row[3::4] if alike else repeat(None)))  # noqa: B905
    return "".join(
        run(classes[character], *next(lengths)) if character in classes else re.escape(character)
        for character in shape
    )


def run(kind: str, shortest: int, longest: int, zeros: int, only: str | None) -> str:
    """Return a run of characters: the only one if it is of letters, else of one length, unless it is a number that may grow."""
    if only and only.isalpha():
        return only
    grows = kind == "[0-9]" and not zeros
    if shortest != longest or grows:
        return f"{kind}+"
    return kind if longest == 1 else f"{kind}{{{longest}}}"


def unreadable(pattern: str) -> str:
    """Say why a pattern cannot be asked of DuckDB (RE2), or nothing."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"pattern is no regular expression: {error}"
    if re.search(r"\(\?(=|!|<[=!])|\\[1-9]", pattern):
        return "pattern is asked in the grammar of RE2, which knows no look-around and no back-reference"
    return ""
