"""Texts that look broken: wrongly decoded, or a word that stands for nothing; and days that stand for none."""

from __future__ import annotations

import unicodedata

from mlgit.data.sql import quoted_list, quoted_text
from mlgit.data.storage import MISSING_WORDS

_SECOND = "\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
BROKEN = f"[ÃÂ][{_SECOND}]|â€|ï¿½|\ufffd"
"""UTF-8 that was read as Latin-1 or Windows-1252, and the mark of a character that was lost (RE2)."""

EMPTY_DAYS = (
    "0001-01-01", "1601-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01", "1970-01-01",
    "2099-12-31", "9999-12-31",
)  # fmt: skip
"""The first and last days of programs, databases and spreadsheets: what an empty field turns into."""


def day_for_nothing(day: str) -> str:
    """Return the SQL condition that a date or time lies on a day that programs write for "no value"."""
    days = ", ".join(f"DATE {quoted_text(one)}" for one in EMPTY_DAYS)
    return f"coalesce(CAST({day} AS DATE) IN ({days}), false)"


def broken_text(text: str) -> str:
    """Return the SQL condition that a text was wrongly decoded.

    Plain ASCII is told by its lengths. Of a text that a Parquet file keeps once for a million rows DuckDB asks a function that
    cannot fail once; `regexp_matches` it asks a million times, `regexp_replace` it does not.
    """
    without = f"regexp_replace({text}, {quoted_text(BROKEN)}, '')"
    return f"CASE WHEN strlen({text}) <> length({text}) THEN {without} <> {text} ELSE false END"


def word_for_nothing(text: str, known: tuple[str, ...]) -> str:
    """Return the SQL condition that a text is a word for "no value" that nobody named as one."""
    words = [word for word in MISSING_WORDS if word not in known]
    return f"trim({text}) IN {quoted_list(words)}" if words else "false"


def decoded(text: str) -> str:
    """Return the text that was read as Latin-1 or Windows-1252 and meant UTF-8; the same where that is not so."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def plain(text: str) -> str:
    """Return a text without case, accents, blanks, dashes and underscores, decoded rightly."""
    parts = unicodedata.normalize("NFKD", decoded(text).casefold())
    return "".join(
        character
        for character in parts
        if character not in " \t\u00a0-_." and not unicodedata.combining(character)
    )
