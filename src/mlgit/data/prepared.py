"""A table made ready for its rules: of each column the value as text, whether there is one, whether it fits, and it in its type."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from mlgit.data.plain import doubtful, needs_cast, odd_number, plain_value
from mlgit.data.profile import Storage
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.sql import quoted_list, quoted_text, select
from mlgit.data.storage import TYPES, amid_blanks, looks_like
from mlgit.data.text_facts import OVERLOOKED

WHOLE_FLOAT = r"[-+]?(0|[1-9][0-9]{0,14})\.0+"
WIDENINGS: frozenset[tuple[Storage, Storage]] = frozenset({("integer", "float"), ("date", "timestamp")})
"""What a Parquet file may hold for what the schema says: a narrower type loses nothing."""

NUMBERS = "numbers"
"""The view in which columns are read as numbers; in `source` every value of a CSV is text."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a column of the schema stands in the file, and its type there (None: text of a CSV) as DuckDB names it.

    `span` are the least and the greatest of its whole numbers, where they lie close enough together to mark each seen; of a text
    such a span is a `guess`.
    `overlooked` are the characters in the file that a cast leaves out of account. Texts that are `numeric` may be read as numbers.
    """

    name: str
    index: int
    stored: Storage | None = None
    stored_as: str = ""
    span: tuple[int, int] | None = None
    guess: tuple[int, int] | None = None
    overlooked: str = OVERLOOKED
    numeric: bool = False


def prepared(
    schema: Schema,
    places: Iterable[Place],
    plain: frozenset[int] = frozenset(),
    kept: Iterable[str] = ("row_at",),
    read: frozenset[int] = frozenset(),
) -> str:
    """Return the FROM part that the rules are written on: what is `kept` as it is, and four columns for the one at each index.

    `s0` is its value as text, `p0` whether there is a value, `g0` whether it also is of the schema's type, and `v0`
    the value in that type. Those of `plain` hold only where `doubts` counts no row; of these, those at `read` are read as numbers.
    """
    parts, doubted = list(kept), []
    for place in places:
        rule = schema.columns[place.name]
        if place.index in read:
            parts.extend(number_parts(f"c{place.index}", place.index, rule))
            doubted.append(f"{number_doubt(place, rule)} AS d{place.index}")
        elif place.index in plain:
            parts.extend(plain_parts(f"c{place.index}", place.index, rule))
            doubted.append(f"{doubt(place, rule, schema)} AS d{place.index}")
        else:
            parts.extend(lawful_parts(place, schema))
    inside = f"({select(parts, NUMBERS if read else 'source')})"
    return f"({select(['*', *doubted], inside)})" if doubted else inside


def doubt(place: Place, rule: ColumnRule, schema: Schema) -> str:
    """Return the SQL condition that a value may not be written plainly, or lies beyond the span that was guessed."""
    text, value = f"s{place.index}", f"v{place.index}"
    return " OR ".join((doubtful(text, value, rule, schema, place.overlooked), *beyond(place)))


def number_doubt(place: Place, rule: ColumnRule) -> str:
    """Return the SQL condition that a number that was read as one may be none of the schema's, or lies beyond the span that was guessed."""
    return " OR ".join((odd_number(f"n{place.index}", rule.type), *beyond(place)))


def beyond(place: Place) -> tuple[str, ...]:
    """Return the SQL condition that a value lies beyond the span that was guessed, none where none was."""
    if place.guess is None:
        return ()
    return (f"v{place.index} NOT BETWEEN {place.guess[0]} AND {place.guess[1]}",)


def doubts(
    schema: Schema,
    places: Iterable[Place],
    plain: frozenset[int],
    read: frozenset[int] = frozenset(),
) -> dict[int, str]:
    """Return for each plain column the aggregate of the values that may not be written plainly."""
    uncast = {
        place.index: f"count(s{place.index}) - count(v{place.index}) + "
        if place.index not in read and needs_cast(schema.columns[place.name].type)
        else ""
        for place in places
        if place.index in plain
    }
    return {index: f"{before}count_if(d{index})" for index, before in uncast.items()}


def lawful_parts(place: Place, schema: Schema) -> list[str]:
    """Return the columns of one by the whole law; what Parquet has in the schema's own type is not cast."""
    column, number, wanted = f"c{place.index}", place.index, schema.columns[place.name].type
    text = column if place.stored in (None, "string") else f"CAST({column} AS VARCHAR)"
    filled = f"trim({text}) NOT IN {quoted_list(('', *schema.missing))}"
    there = place.stored not in (None, "string", "float") and not any(map(numeric, schema.missing))
    if place.stored == "float":
        filled = f"{column} IS NOT NULL AND NOT isnan({column})"  # Spark calls NULL a number
    elif there:
        filled = f"{column} IS NOT NULL"
    fits = fitting(column, wanted, place.stored)
    good = f"coalesce({filled if fits == 'true' else f'{filled} AND {fits}'}, false)"
    same = place.stored is not None and place.stored_as == TYPES[wanted]
    value = column if same else in_type(column, wanted, place.stored)
    if not (same and there):
        value = f"CASE WHEN {good} THEN {value} END"
    present = f"coalesce({filled}, false)"
    return [f"{text} AS s{number}, {present} AS p{number}, {good} AS g{number}", f"{value} AS v{number}"]


def plain_parts(column: str, number: int, rule: ColumnRule) -> list[str]:
    """Return the columns of one whose texts are taken to be written plainly."""
    present = f"{column} IS NOT NULL"
    return [
        f"{column} AS s{number}, {present} AS p{number}, {present} AS g{number}",
        f"{plain_value(column, rule.type)} AS v{number}",
    ]


def number_parts(column: str, number: int, rule: ColumnRule) -> list[str]:
    """Return the columns of one that is read as numbers, and `n0`, the number; there is no text."""
    present = f"{column} IS NOT NULL"
    value = column if rule.type == "float" else f"TRY_CAST({column} AS {TYPES[rule.type]})"
    return [
        f"CAST(NULL AS VARCHAR) AS s{number}, {present} AS p{number}, {present} AS g{number}",
        f"{value} AS v{number}, {column} AS n{number}",
    ]


def numeric(word: str) -> bool:
    """Tell whether a word for nothing may be what a number or a date is written as."""
    return any(character.isdigit() for character in word)


def fitting(column: str, wanted: Storage, stored: Storage | None) -> str:
    """Return the SQL condition that a present value is of the type that the schema names."""
    if wanted == "string":
        return "true"
    if stored is None and wanted == "integer":
        return f"({looks_like(column, wanted)} OR {whole_float(column)})"
    if stored is None:
        return looks_like(column, wanted)
    if stored == wanted or (stored, wanted) in WIDENINGS:
        return "true"
    if (stored, wanted) == ("float", "integer"):
        return f"({column} = trunc({column}))"
    if (stored, wanted) == ("timestamp", "date"):
        return f"({column} = date_trunc('day', {column}))"
    return "false"


def whole_float(column: str) -> str:
    """Return the SQL condition of a whole number written as 34.0, as pandas does when a column has a missing value."""
    return f"regexp_full_match({column}, {quoted_text(amid_blanks(WHOLE_FLOAT))})"


def in_type(column: str, wanted: Storage, stored: Storage | None) -> str:
    """Return the SQL of a value in the schema's type; only asked for values that fit."""
    if wanted == "string":
        return f"CAST({column} AS VARCHAR)"
    source = f"trim({column})" if stored is None else column
    return f"TRY_CAST({source} AS {TYPES[wanted]})"
