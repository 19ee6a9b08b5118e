"""Values that are written as most are: told by less than the whole law of a type, and never anything that it forbids.

What DuckDB casts is more than what a value may look like (`1_000`, ` 7`, `1e3` for whole numbers, `007`, `epoch`). A value
that is the text of what it was cast to, or whose text matches as it stands, is written plainly. A column of which every
value is needs no look for blanks, words for nothing and other ways to write it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.data.profile import Storage
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.sql import quoted_list, quoted_text
from mlgit.data.storage import MISSING_WORDS, PATTERNS, TYPES
from mlgit.data.text_facts import OVERLOOKED

LARGEST_INTEGER = 10**18 - 1
LARGEST_EXACT = 2**53
DAYS = ("0001-01-01", "9999-12-31")
BOOLEANS = ("true", "false", "True", "False", "TRUE", "FALSE")
FEW = 4
"""To look for so many characters costs less than a pattern."""
SHORT = 8
"""To compare with so many texts one by one costs less than what DuckDB makes of a list: a join."""


def doubtful(column: str, value: str, rule: ColumnRule, schema: Schema, overlooked: str = OVERLOOKED) -> str:
    """Return the SQL condition that a text with a `value` may not be written plainly; empty where none is cheap.

    `value` is what the text is cast to, NULL where it cannot be: such a text is counted by itself. `overlooked` are those
    characters of `OVERLOOKED` that stand anywhere in the table.
    """
    if rule.type == "string":
        known = [str(value) for value in rule.categories or ()]
        words = {"", *schema.missing}
        clear = known and not any(text.strip() in words for text in known)
        return unlisted(column, known) if clear else ""
    condition = written_otherwise(column, value, rule.type, overlooked)
    taken = [word for word in schema.missing if word not in MISSING_WORDS]
    return f"{condition} OR {column} IN {quoted_list(taken)}" if taken else condition


def written_otherwise(column: str, value: str, storage: Storage, overlooked: str = OVERLOOKED) -> str:
    """Return the SQL condition that a text, cast to a `value` of a storage that is no text, may not be a plain one."""
    if storage == "integer":
        bounded = f"{value} NOT BETWEEN {-LARGEST_INTEGER} AND {LARGEST_INTEGER}"
        return f"CAST({value} AS VARCHAR) <> {column} OR {bounded}"
    if storage == "date":
        first, last = (f"DATE {quoted_text(day)}" for day in DAYS)
        return f"CAST({value} AS VARCHAR) <> {column} OR {value} NOT BETWEEN {first} AND {last}"
    if storage == "boolean":
        return unlisted(column, BOOLEANS)
    if storage == "float" and len(overlooked) <= FEW:
        found = (f" OR contains({column}, {quoted_text(character)})" for character in overlooked)
        return f"{no_float(column, value)}{''.join(found)}"
    return f"NOT regexp_full_match({column}, {quoted_text(PATTERNS[storage])})"


def odd_number(number: str, storage: Storage) -> str:
    """Return the SQL condition that a number read as a float may not be of a storage.

    Infinity and NaN are greater than any bound. Whole numbers are told from others up to 2 to the 53rd.
    """
    if storage == "integer":
        return f"{number} <> trunc({number}) OR abs({number}) > {LARGEST_EXACT}"
    return f"abs({number}) >= {LARGEST_INTEGER + 1}"


def unlisted(column: str, known: Sequence[str]) -> str:
    """Return the SQL condition that a text is none of those known."""
    if len(known) > SHORT:
        return f"{column} NOT IN {quoted_list(known)}"
    return "(" + " AND ".join(f"{column} <> {quoted_text(text)}" for text in known) + ")"


def no_float(column: str, value: str) -> str:
    """Return the SQL condition of a text that DuckDB casts to a float though it is none: a sign, a word, zeros before it, too long.

    To compare the first characters takes a tenth of the time of a pattern, and most numbers start with another digit than
    zero. What is 10 to the 18th or more is left to the pattern.
    """
    zeros = " OR ".join(f"{column} BETWEEN '{sign}00' AND '{sign}0:'" for sign in ("", "-"))
    start = f"CASE WHEN {column} < '1' THEN {zeros} OR {column} < '-' ELSE false END"
    return f"{start} OR abs({value}) >= {LARGEST_INTEGER + 1}"


def needs_cast(storage: Storage) -> bool:
    """Tell whether only a cast says that a text is of a storage: of texts and truth values the plain ones are listed."""
    return storage not in ("string", "boolean")


def plain_value(column: str, storage: Storage) -> str:
    """Return the SQL of the value of a text that is written plainly."""
    return column if storage == "string" else f"TRY_CAST({column} AS {TYPES[storage]})"
