"""How numbers and dates are written that are no plain numbers and ISO dates: with a decimal comma, as 31.01.2024, ...

Such a column stays text in the file and in its schema; its form says how a pipeline reads it. A form holds for every value
of a column, or for none.
"""

from __future__ import annotations

from typing import Any

from mlgit.data.sql import quoted_list, quoted_text, select

DECIMAL_COMMA = "decimal-comma"
THOUSANDS_COMMA = "thousands-comma"
NUMBERS = {
    THOUSANDS_COMMA: r"[-+]?(0|[1-9][0-9]{0,2}(,[0-9]{3})*)(\.[0-9]+)?",
    DECIMAL_COMMA: r"[-+]?(0|[1-9][0-9]{0,2}(\.[0-9]{3})+|[1-9][0-9]{0,17})(,[0-9]+)?",
}
"""What all values of such a column look like, one comma at least among them; thousands come first, because 1,200 is more often that than 1.2."""
DATES = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%d %B %Y",
)
"""The usual ways to write a day, in the order in which they are taken for granted when two fit every value."""
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
"""What may follow a day."""


def form_of(connection: Any, column: str, table: str, missing: tuple[str, ...]) -> str:
    """Return the form of a text column, empty when no form holds for all of its values that are not `missing`."""
    value = f"trim({column})"
    forms = (*NUMBERS, *(day + time for time in TIMES for day in DATES))
    present = f"WHERE {value} NOT IN {quoted_list(missing)}"
    sample = f"({select([column], table, f'{present} LIMIT 50')})"
    asked = [f"bool_and({written(value, form)})" for form in forms]
    first = connection.execute(select(asked, sample)).fetchone()
    likely = [form for form, hit in zip(forms, first, strict=True) if hit]
    if not likely:
        return ""
    parts = [f"bool_and({written(value, form)})" for form in likely]
    commas, *whole = connection.execute(
        select([f"bool_or(contains({value}, ','))", *parts], table, present)
    ).fetchone()
    found = (form for form, hit in zip(likely, whole, strict=True) if hit and (commas or form not in NUMBERS))
    return next(found, "")


def written(value: str, form: str) -> str:
    """Return the SQL condition that a text is written in a form."""
    if form in NUMBERS:
        return f"regexp_full_match({value}, {quoted_text(NUMBERS[form])})"
    return f"try_strptime({value}, {quoted_text(form)}) IS NOT NULL"


def number(value: str, form: str) -> str:
    """Return the SQL of a number that is written in a form; of one that has none, the value as it is."""
    if form == DECIMAL_COMMA:
        return f"CAST(replace(replace(trim({value}), '.', ''), ',', '.') AS DOUBLE)"
    return f"CAST(replace(trim({value}), ',', '') AS DOUBLE)" if form == THOUSANDS_COMMA else value


def said(form: str) -> str:
    """Return a form in words."""
    words = {
        DECIMAL_COMMA: "a number with a decimal comma",
        THOUSANDS_COMMA: "a number with thousands marks",
    }
    return words.get(form) or f"a date written as {form}"
