"""Which rows belong together: a repeating name of a thing, alone or with a time beside it that tells its rows apart.

Rows of one person or country resemble each other. A test set drawn row by row then holds twins of training rows, and every
figure on it flatters the model; so whole groups are held out.
"""

from __future__ import annotations

import re
from typing import Any

from mlgit.data.kinds import named
from mlgit.data.profile import Column
from mlgit.data.sql import select

THINGS = re.compile(
    r"(?:.*[_\W])?(?:subjects?|persons?|people|patients?|customers?|users?|students?|participants?|households?|famil(?:y|ies)"
    r"|firms?|compan(?:y|ies)|devices?|machines?|animals?|drivers?|players?|workers?|employees?|author|sensor)",
)
NAMED_ID = re.compile(r"(?:.*[_\W])?(?:id|ids|uid|uuid|guid)|.*[a-z](?:Id|ID)")
TIMES = re.compile(
    r"(?:.*[_\W])?(?:years?|months?|weeks?|days?|dates?|waves?|visits?|periods?|time|t|season|quarter)"
)
FEWEST_GROUPS = 10
ROWS_A_GROUP = 2.0
ROWS_OF_A_NAME = 1.25
"""Of a column that is called so: a quarter more rows than things, as of customers most of whom come once."""
TIMES_REPEAT = 3


def group_of(connection: Any, columns: list[Column], rows: int, target: int) -> tuple[int, str] | None:
    """Return the position of the column whose values are groups, and why it is one; None when there is none."""
    able = [index for index, column in enumerate(columns) if index != target and repeats(column, rows)]
    times = [index for index, column in enumerate(columns) if index != target and is_time(column, rows)]
    for index in able:
        if named(columns[index]) or called_a_thing(columns[index]):
            each = rows / columns[index].distinct
            return index, f"{columns[index].distinct:,} things with {each:.1f} rows each, by its name"
    for index in able:
        for time in times:
            whole = columns[index].distinct * columns[time].distinct == rows
            able_beside = columns[index].kind == "category" or whole
            if index != time and able_beside and a_key(connection, index, time, rows):
                what = f"each value of {columns[time].name!r} stands once for each of {columns[index].distinct:,} values"
                return index, what
    return None


def repeats(column: Column, rows: int) -> bool:
    """Tell whether a column can name groups: many values, each in several rows, every row with one.

    Of one that is called so, few rows beyond one each are enough.
    """
    least = ROWS_OF_A_NAME if called_a_thing(column) else ROWS_A_GROUP
    able = column.storage in ("string", "integer") and column.kind in ("category", "identifier", "number")
    return able and not column.nulls and FEWEST_GROUPS <= column.distinct <= rows / least and not column.form


def called_a_thing(column: Column) -> bool:
    """Tell whether a column is called like the ids of things, or like things that do something more than once."""
    name = column.name.strip()
    return any(form.fullmatch(one) for form in (THINGS, NAMED_ID) for one in (name, name.lower()))


def is_time(column: Column, rows: int) -> bool:
    """Tell whether a column orders the rows of a group: a date or a whole number called so, which repeats."""
    called = column.storage == "integer" and TIMES.fullmatch(column.name.strip().lower())
    return bool(column.kind == "date" or called) and 1 < column.distinct <= rows / TIMES_REPEAT


def a_key(connection: Any, group: int, time: int, rows: int) -> bool:
    """Tell whether no two rows share both values."""
    pairs = f"count(DISTINCT (CAST(t{group} AS VARCHAR), CAST(t{time} AS VARCHAR)))"
    return bool(connection.execute(select([pairs], "typed")).fetchone()[0] == rows)
