"""What a column is for a model: number, category, date, boolean, identifier or text; and what is left out, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mlgit.data.forms import NUMBERS, said
from mlgit.data.limits import limits, new_share
from mlgit.data.profile import Column, Kind, Value
from mlgit.data.storage import Storing

MAXIMUM_CATEGORIES = 100
CODED_CATEGORIES = 50
NAMED_LIKE_ID = re.compile(
    r"(?:.*[_\W])?(?:id|ids|uid|uuid|guid|key|index|idx|rowid|row|nr|no|unnamed: ?0)|.*[a-z](?:Id|ID)|\w*_?(?:number)",
)
UNIQUE_TEXT = 0.9
LONG_TEXT = 30.0
SPACED = 0.5
FEW_ROWS = 20


class Facts(Struct, frozen=True, kw_only=True):
    """What one aggregate query says of a column.

    `length` is the mean number of characters and `spaced` the share of values with a blank inside (texts only);
    `infinite` counts values that are no finite number; `lowest` and
    `highest` are the 20 outermost, rising and falling.
    """

    nulls: int
    distinct: int
    minimum: Any = None
    maximum: Any = None
    length: float = 0.0
    spaced: float = 0.0
    infinite: int = 0
    lowest: tuple[float, ...] = ()
    highest: tuple[float, ...] = ()


def describe(name: str, storing: Storing, facts: Facts, rows: int) -> Column:
    """Return what a column of `rows` rows is, before anybody knows the target."""
    present = rows - facts.nulls
    column = Column(
        name=name,
        kind="number",
        storage=storing.storage,
        nulls=facts.nulls,
        distinct=facts.distinct,
        unique=facts.nulls == 0 and facts.distinct == rows,
        **extremes(storing, facts),
    )
    if storing.foreign:
        return left_out(
            column, "text", f"values of the type {storing.foreign} are no numbers, categories or dates"
        )
    if present == 0:
        return left_out(column, first_kind(storing), "no row has a value")
    if facts.distinct == 1 and facts.nulls == 0:
        return left_out(column, first_kind(storing), "constant: every row has the same value")
    if facts.infinite:
        return left_out(column, "number", f"{facts.infinite:,} values are infinite")
    if storing.storage in ("date", "timestamp"):
        return replace(column, kind="date", reason=f"every value is a {storing.storage}")
    if storing.storage == "boolean":
        return replace(column, kind="boolean", reason="every value is true or false")
    if storing.storage == "string":
        return text_column(column, storing, facts, present)
    return number_column(column, facts, present)


def extremes(storing: Storing, facts: Facts) -> dict[str, Any]:
    """Return the smallest and largest value where they mean something: numbers as such, dates as ISO text."""
    if storing.storage in ("integer", "float"):
        return {"minimum": facts.minimum, "maximum": facts.maximum}
    if storing.storage in ("date", "timestamp") and facts.minimum is not None:
        return {"minimum": str(facts.minimum), "maximum": str(facts.maximum)}
    return {}


def first_kind(storing: Storing) -> Kind:
    """Return the kind of a column that has nothing in it to judge by."""
    if storing.storage in ("date", "timestamp"):
        return "date"
    if storing.storage == "boolean":
        return "boolean"
    return "category" if storing.storage == "string" else "number"


def number_column(column: Column, facts: Facts, present: int) -> Column:
    """Return the description of integers and floats."""
    if column.storage == "integer":
        named = bool(
            NAMED_LIKE_ID.fullmatch(column.name.strip())
            or NAMED_LIKE_ID.fullmatch(column.name.strip().lower())
        )
        span = facts.maximum - facts.minimum + 1
        if column.unique and (named or (span == present and present >= FEW_ROWS)):
            why = "its name says so" if named else "the numbers follow one another"
            return left_out(column, "identifier", f"an identifier: every row has another value, and {why}")
        if named and facts.distinct > CODED_CATEGORIES:
            return left_out(
                column, "identifier", f"an identifier by its name, with {facts.distinct:,} different values"
            )
        if named:
            return replace(
                column, kind="category", reason=f"an identifier by its name, of {facts.distinct} things"
            )
        if (facts.minimum, facts.maximum, facts.distinct) == (0, 1, 2):
            return replace(column, kind="boolean", reason="every value is 0 or 1")
    lower, upper = limits(facts.lowest, facts.highest, present, whole=column.storage == "integer")
    return replace(column, kind="number", reason="every value is a number", lower=lower, upper=upper)


def text_column(column: Column, storing: Storing, facts: Facts, present: int) -> Column:
    """Return the description of texts: numbers and dates in another form, categories, words, or names of the rows."""
    distinct = facts.distinct
    if storing.form:
        kind: Kind = "number" if storing.form in NUMBERS else "date"
        return replace(column, kind=kind, form=storing.form, reason=f"every value is {said(storing.form)}")
    if storing.dirty:
        return left_out(column, "text", f"text because of {storing.nearly}; mend the file to use it")
    if distinct <= MAXIMUM_CATEGORIES and (distinct <= present / 2 or distinct <= 2 < present):
        return replace(column, kind="category", reason=f"{distinct:,} different texts that repeat")
    if storing.nearly:
        return left_out(column, "text", f"text because of {storing.nearly}; mend the file to use it")
    if column.unique and (facts.spaced < SPACED or NAMED_LIKE_ID.fullmatch(column.name.strip().lower())):
        return left_out(column, "identifier", "an identifier: every row has another text")
    if facts.spaced > SPACED and (facts.length > LONG_TEXT or distinct >= UNIQUE_TEXT * present):
        return replace(column, kind="text", reason=f"words: {facts.length:.0f} characters on average")
    if distinct >= UNIQUE_TEXT * present:
        return left_out(column, "text", f"nearly every row has another text ({distinct:,} in {present:,})")
    return replace(
        column,
        kind="category",
        reason=f"{distinct:,} different texts, of which the frequent ones are learned",
    )


def left_out(column: Column, kind: Kind, reason: str) -> Column:
    """Return the column as one that no model sees."""
    return replace(column, kind=kind, role="left-out", reason=reason)


def with_categories(column: Column, counts: Mapping[Value, int]) -> Column:
    """Return a category column with its values, sorted, from the number of rows of each."""
    rare = sum(1 for count in counts.values() if count == 1)
    return replace(column, categories=tuple(sorted(counts)), new_share=new_share(rare, sum(counts.values())))


def identifier_of(columns: list[Column]) -> str | None:
    """Return the column that names the rows: unique, complete, and the likeliest by its name."""
    able = [column for column in columns if column.kind == "identifier" and column.unique]
    if not able:
        return None
    return min(
        able, key=lambda column: (column.name.strip().lower() not in ("id", "uuid"), not named(column))
    ).name


def named(column: Column) -> bool:
    """Tell whether a column is called like an identifier."""
    return bool(NAMED_LIKE_ID.fullmatch(column.name.strip().lower()))
