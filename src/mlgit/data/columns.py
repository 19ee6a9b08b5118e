"""The columns of the file beside those of the schema: missing, extra, renamed, in another order."""

from __future__ import annotations

import difflib

from mlgit.data.report import RuleResult
from mlgit.data.rules import Place
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.storage import parquet_storings

CLOSE = 0.6


def places_of(source: Source, schema: Schema, types: list[str] | None) -> list[Place]:
    """Return where the columns of the schema stand in the file; columns are found by name, whatever their order."""
    stored = [storing.storage for storing in parquet_storings(types)] if types else None
    return [
        Place(
            name=name,
            index=index,
            stored=stored[index] if stored else None,
            stored_as=types[index] if types else "",
        )
        for index, name in enumerate(source.names)
        if name in schema.columns
    ]


def column_results(
    source: Source, schema: Schema, schema_shown: str
) -> tuple[list[RuleResult], tuple[str, ...]]:
    """Return the results on the columns as a whole, and notes on what differs and is allowed."""
    missing = [
        name for name, rule in schema.columns.items() if name not in source.names and not rule.optional
    ]
    extra = [name for name in source.names if name not in schema.columns]
    forbidden = extra if schema.extra_columns == "forbid" else []
    renamed = renames(missing, extra, source, schema)
    results = [gone(name, renamed.get(name, ""), schema_shown) for name in missing]
    results.extend(added(name, schema_shown) for name in forbidden if name not in renamed.values())
    if not results:
        results.append(RuleResult(rule="columns", passed=True, checked=0, setting="columns"))
    return results, notes(source, schema, extra if schema.extra_columns == "allow" else [])


def renames(missing: list[str], extra: list[str], source: Source, schema: Schema) -> dict[str, str]:
    """Return which extra column is likely which missing one: by a similar name, or by the same position alone."""
    found: dict[str, str] = {}
    for name in missing:
        free = {other.strip().casefold(): other for other in extra if other not in found.values()}
        close = difflib.get_close_matches(name.strip().casefold(), free, n=1, cutoff=CLOSE)
        if close:
            found[name] = free[close[0]]
    order = list(schema.columns)
    for name in missing:
        position = order.index(name)
        here = source.names[position] if position < len(source.names) else ""
        if (
            name not in found
            and here in extra
            and here not in found.values()
            and len(order) == len(source.names)
        ):
            found[name] = here
    return found


def gone(name: str, renamed: str, schema_shown: str) -> RuleResult:
    """Return the finding for a column that the file lacks."""
    if renamed:
        message = f"there is no column {name!r}; {renamed!r} may be it, renamed"
        hint = f"rename {renamed!r} to {name!r} in the file, or rename it in {schema_shown}"
    else:
        message = f"there is no column {name!r}"
        hint = f"bring it back, or set columns.{name}.optional in {schema_shown}"
    return RuleResult(
        rule="columns",
        passed=False,
        column=name,
        message=message,
        hint=hint,
        setting=f"columns.{name}",
        line=1,
    )


def added(name: str, schema_shown: str) -> RuleResult:
    """Return the finding for a column that the schema does not know."""
    return RuleResult(
        rule="columns",
        passed=False,
        column=name,
        message=f"there is a new column {name!r}",
        hint=f"take it out of the file, or describe it in {schema_shown} (extra_columns: allow lets any in)",
        setting="extra_columns",
        line=1,
    )


def notes(source: Source, schema: Schema, allowed: list[str]) -> tuple[str, ...]:
    """Return sentences on what differs and is allowed."""
    said = []
    known = [name for name in source.names if name in schema.columns]
    if known != [name for name in schema.columns if name in source.names]:
        said.append(
            "the columns stand in another order than in the schema; they are found by name, so that is fine"
        )
    if allowed:
        said.append(f"columns that the schema does not describe: {', '.join(repr(name) for name in allowed)}")
    return tuple(said)
