"""Values that are written as most are: told by less than the whole law of a type, and never anything that it forbids.

What DuckDB casts is more than what a value may look like (`1_000`, ` 7`, `1e3` for whole numbers, `007`, `epoch`). A value
that is the text of what it was cast to, or whose text matches as it stands, is written plainly. A column of which every
value is needs no look for blanks, words for nothing and other ways to write it.
"""

from __future__ import annotations

from mlgit.data.profile import Storage
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.sql import quoted_list, quoted_text
from mlgit.data.storage import MISSING_WORDS, PATTERNS, TYPES

LARGEST_INTEGER = 10**18 - 1
LENGTH_OF_A_DAY = 10
BOOLEANS = ("true", "false", "True", "False", "TRUE", "FALSE")


def plainly(column: str, rule: ColumnRule, schema: Schema) -> str:
    """Return the SQL condition that a text is there, of the column's type and written plainly; empty where none is cheap."""
    if rule.type == "string":
        known = [str(value) for value in rule.categories or ()]
        words = {"", *schema.missing}
        clear = known and not any(text.strip() in words for text in known)
        return f"{column} IN {quoted_list(known)}" if clear else ""
    condition = written_plainly(column, rule.type)
    taken = [word for word in schema.missing if word not in MISSING_WORDS]
    return f"({condition} AND {column} NOT IN {quoted_list(taken)})" if taken else condition


def written_plainly(column: str, storage: Storage) -> str:
    """Return the SQL condition that a text is a plain value of a storage that is no text."""
    value = plain_value(column, storage)
    if storage == "integer":
        bounded = f"{value} BETWEEN {-LARGEST_INTEGER} AND {LARGEST_INTEGER}"
        return f"({bounded} AND CAST({value} AS VARCHAR) = {column})"
    if storage == "date":
        return f"(strlen({column}) = {LENGTH_OF_A_DAY} AND CAST({value} AS VARCHAR) = {column})"
    if storage == "boolean":
        return f"{column} IN {quoted_list(BOOLEANS)}"
    matched = f"regexp_full_match({column}, {quoted_text(PATTERNS[storage])})"
    return f"({matched} AND {value} IS NOT NULL)"


def plain_value(column: str, storage: Storage) -> str:
    """Return the SQL of the value of a text that is written plainly."""
    return column if storage == "string" else f"TRY_CAST({column} AS {TYPES[storage]})"
