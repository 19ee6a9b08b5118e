"""A schema as a module for pandera: the words that pandera has one to one, and a list of what it has no word for.

https://pandera.readthedocs.io/en/stable/dataframe_schemas.html. Nothing is coerced: a value of another type is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec import Struct

from mlgit.data.contradictions import TODAY
from mlgit.data.profile import FileFormat, Storage, Value
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.source import Source
from mlgit.data.storage import PATTERNS

DTYPES: dict[Storage, str] = {
    "integer": "Int64",
    "float": "Float64",
    "boolean": "boolean",
    "string": "string",
    "date": "string",
    "timestamp": "string",
}
"""pandas' types that have a value for nothing. Dates stay ISO text: to parse them would be to coerce."""
LAID_DOWN = ("float", "string", "date", "timestamp")
"""Read as these whatever the values look like: 5 is a float, 007 a code."""


class Export(Struct, frozen=True, kw_only=True):
    """The text of a Python module, and sentences on what it does not check."""

    text: str
    left_out: tuple[str, ...]


def exported(
    schema: Schema, table: str, file_format: FileFormat, delimiter: str = ",", source: Source | None = None
) -> Export:
    """Return a module with `schema`, a `pandera.pandas.DataFrameSchema`, and `read`, which reads a file as it expects it.

    Of a `source` in many files it is said what `read` leaves to the user.
    """
    left_out = (*beyond(schema), *(parts_of(source) if source else ()))
    columns = "\n".join(f"        {literal(name)}: {column(rule)}," for name, rule in schema.columns.items())
    checks = "\n".join(f"        {check}," for check in table_checks(schema))
    listed = "\n".join(f"- {one}" for one in left_out) or "- nothing"
    unique = f"\n    unique=[{', '.join(map(literal, schema.key))}]," if schema.key else ""
    text = f'''"""The schema of a table for pandera: `schema.validate(read(path), lazy=True)`.

Written by `mlgit data schema {plain(table)} --export pandera`. It does not check:

{plain(listed)}
"""

from datetime import date

import pandas
import pandera.pandas as pa


def read(path):
    """Read a file with the types that the schema names; nothing is coerced."""
    return {reading(schema, file_format, delimiter)}


schema = pa.DataFrameSchema(
    {{
{columns}
    }},
    checks=[
{checks}
    ],
    strict={schema.extra_columns == "forbid"},
    ordered={schema.column_order == "fixed"},{unique}
    coerce=False,
)
'''
    return Export(text=text, left_out=left_out)


def parts_of(source: Source) -> Iterator[str]:
    """Say what a reader of one file does not bring of a table in many."""
    if source.files:
        yield "the folder as one table: `read` takes one file of it, and the rest is yours to put together"
    named = source.names[len(source.names) - len(source.partition) :]
    if named:
        yield f"columns that the names of folders give (add them after `read`): {', '.join(named)}"


def reading(schema: Schema, file_format: FileFormat, delimiter: str) -> str:
    """Return the call that reads a file."""
    if file_format == "parquet":
        return 'pandas.read_parquet(path, dtype_backend="numpy_nullable")'
    if file_format == "jsonl":
        return 'pandas.read_json(path, lines=True, dtype_backend="numpy_nullable", convert_dates=False)'
    dtypes = ", ".join(
        f"{literal(name)}: {literal(DTYPES[rule.type])}"
        for name, rule in schema.columns.items()
        if rule.type in LAID_DOWN
    )
    words = ", ".join(literal(word) for word in ("", *schema.missing))
    return (
        f'pandas.read_csv(path, sep={literal(delimiter)}, dtype={{{dtypes}}}, dtype_backend="numpy_nullable", '
        f"keep_default_na=False, na_values=[{words}])"
    )


def column(rule: ColumnRule) -> str:
    """Return one column."""
    parts = [literal(DTYPES[rule.type])]
    checks = column_checks(rule)
    if checks:
        parts.append(f"checks=[{', '.join(checks)}]")
    parts.append(f"nullable={rule.nullable}")
    parts += ["unique=True"] if rule.unique else []
    parts += ["required=False"] if rule.optional else []
    return f"pa.Column({', '.join(parts)})"


def column_checks(rule: ColumnRule) -> list[str]:
    """Return the checks of one column's values."""
    found = []
    if rule.type in ("date", "timestamp"):
        found.append(f"pa.Check.str_matches({literal('^(?:' + PATTERNS[rule.type] + ')$')})")
    if rule.min is not None and rule.type not in ("string", "boolean"):
        found.append(f"pa.Check.ge({bound(rule.min)})")
    if rule.max is not None and rule.type not in ("string", "boolean"):
        found.append(f"pa.Check.le({bound(rule.max, last=rule.type == 'timestamp')})")
    if rule.pattern:
        found.append(f"pa.Check.str_matches({literal(f'^(?:{rule.pattern})$')})")
    if rule.categories is not None and not rule.open:
        found.append(f"pa.Check.isin([{', '.join(literal(value) for value in rule.categories)}])")
    return found


def bound(value: Value, *, last: bool = False) -> str:
    """Return a bound; today is asked when the module is imported, and a day as the `last` holds all of its times."""
    ending = "T24" if last and isinstance(value, str) and len(value) <= len("2024-01-31") else ""
    if value == TODAY:
        return f"date.today().isoformat() + {literal(ending)}" if ending else "date.today().isoformat()"
    return literal(f"{value}{ending}" if ending else value)


def table_checks(schema: Schema) -> list[str]:
    """Return the checks of the whole table: its rows, shares without a value, pairs in order."""
    rows = schema.rows
    found = [f"pa.Check(lambda table: len(table) >= {rows.min}, name='rows.min')"]
    if rows.max is not None:
        found.append(f"pa.Check(lambda table: len(table) <= {rows.max}, name='rows.max')")
    for name, rule in schema.columns.items():
        if rule.max_null_share and rule.max_null_share < 1 and not rule.optional:
            said = literal(f"max_null_share of {name}")
            share = f"table[{literal(name)}].isna().mean() <= {rule.max_null_share!r}"
            found.append(f"pa.Check(lambda table: {share}, name={said})")
    for first, second in schema.ordered:
        larger = f"table[{literal(first)}] > table[{literal(second)}]"
        said = literal(f"{first} <= {second}")
        found.append(f"pa.Check(lambda table: not ({larger}).fillna(False).any(), name={said})")
    return found


def beyond(schema: Schema) -> list[str]:
    """Return what pandera has no word for, a sentence each."""
    named = {
        "references": [name for name, rule in schema.columns.items() if rule.references],
        "new categories up to a share": [
            name for name, rule in schema.columns.items() if rule.categories is not None and rule.open
        ],
        "days that do not exist, as 2024-02-30": [
            name for name, rule in schema.columns.items() if rule.type in ("date", "timestamp")
        ],
        "how values spread (cuts, shares)": [
            name for name, rule in schema.columns.items() if rule.cuts or rule.shares
        ],
        "how much of the target a column tells (told)": [
            name for name, rule in schema.columns.items() if rule.told is not None
        ],
        "how often the most frequent number comes (top_share)": [
            name for name, rule in schema.columns.items() if rule.top_share is not None
        ],
        "texts that look broken (odd_texts_seen)": [
            name for name, rule in schema.columns.items() if rule.type == "string" and schema.reference
        ],
        "days that programs write for no value (odd_texts_seen)": [
            name
            for name, rule in schema.columns.items()
            if rule.type in ("date", "timestamp") and schema.reference
        ],
        "whether numbers stand in quotes (json)": [
            name for name, rule in schema.columns.items() if rule.json
        ],
    }
    found = [f"{what}: {', '.join(names)}" for what, names in named.items() if names]
    if schema.reference is not None:
        found.append(
            "what chance explains beside the reference: here a null or a category never seen is an error"
        )
        found.append("rows that repeat but for ids, and how the file starts and ends")
    return found


def literal(value: Value) -> str:
    """Return a value as it stands in Python, whatever a name holds."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def plain(text: str) -> str:
    """Return a text for a docstring, which it cannot end."""
    return (
        text.replace("\\", "/")
        .replace('"', "'")
        .encode("ascii", "backslashreplace")
        .decode()
        .replace("\\", "/")
    )
