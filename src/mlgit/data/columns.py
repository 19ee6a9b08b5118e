"""The columns of the file beside those of the schema: missing, extra, renamed, in another order."""

from __future__ import annotations

import difflib

from mlgit.data.observing import ends_of
from mlgit.data.prepared import Place
from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.storage import parquet_storings

CLOSE = 0.6
LISTED = 6


def places_of(source: Source, schema: Schema, types: list[str] | None) -> list[Place]:
    """Return where the columns of the schema stand in the file; columns are found by name, whatever their order."""
    stored = [storing.storage for storing in parquet_storings(types)] if types else None
    return [
        Place(
            name=name,
            index=index,
            stored=stored[index] if stored else None,
            stored_as=types[index] if types else "",
            overlooked=source.overlooked,
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
    if schema.column_order == "fixed" and not missing:
        results.extend(moved(source, schema, schema_shown))
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


def out_of_order(source: Source, schema: Schema) -> list[str]:
    """Return the columns that stand where the schema has another, in the order of the schema; keys of JSON have none."""
    if source.file_format == "jsonl":
        return []
    known = [name for name in source.names if name in schema.columns]
    wanted = [name for name in schema.columns if name in source.names]
    return [name for name, here in zip(wanted, known, strict=True) if name != here]


def moved(source: Source, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the finding for columns in another order: what reads them by position reads others."""
    names = out_of_order(source, schema)
    if not names:
        return []
    listed = ", ".join(repr(name) for name in names[:LISTED]) + (", ..." if len(names) > LISTED else "")
    return [
        RuleResult(
            rule="columns",
            passed=False,
            column=names[0],
            message=f"{len(names)} columns stand in another order: {listed}",
            hint=f"write them in the order of {schema_shown}, or set column_order: any there",
            setting="column_order",
            line=1,
        )
    ]


def ends_results(source: Source, schema: Schema) -> list[RuleResult]:
    """Return the findings on how a CSV starts and ends, where the reference was another in that."""
    if schema.reference is None or source.file_format != "csv" or source.files:
        return []
    marked, ended = ends_of(source)
    found = []
    if marked and not schema.reference.byte_order_mark:
        message = "the file starts with a byte-order mark, the reference did not: many readers take it for a part of"
        found.append(
            (f"{message} {source.names[0]!r}", "write it as UTF-8 without a mark (not utf-8-sig)", 1)
        )
    if not ended and schema.reference.last_line_ends:
        line = source.rows + 1
        found.append(("the last line has no end: the file may be cut off", "fetch it again", line))
    return [
        RuleResult(rule="file", passed=False, message=message, hint=hint, line=line)
        for message, hint, line in found
    ]


def delimiter_results(source: Source, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the finding on a CSV, or one of a folder, that is divided otherwise than the reference; of a reference that says nothing, none."""
    before = schema.reference.delimiter if schema.reference else ""
    files = source.files or (source,)
    other = next((one for one in files if one.delimiter not in ("", before)), None) if before else None
    if other is None:
        return []
    named = f"{other.shown}: the" if source.files else "the"
    return [
        RuleResult(
            rule="file",
            passed=False,
            message=f"{named} values are divided by {other.delimiter!r}, those of the reference by {before!r}: what reads one reads the other wrongly",
            hint=f"write it as before, in pandas to_csv(sep={before!r}); if it is right, set reference.delimiter in {schema_shown}",
            setting="reference.delimiter",
            line=None if source.files else 1,
        )
    ]


def notes(source: Source, schema: Schema, allowed: list[str]) -> tuple[str, ...]:
    """Return sentences on what differs and is allowed."""
    said = []
    if schema.column_order == "any" and out_of_order(source, schema):
        said.append(
            "the columns stand in another order than in the schema; they are found by name, so that is fine"
        )
    if allowed:
        said.append(f"columns that the schema does not describe: {', '.join(repr(name) for name in allowed)}")
    return tuple(said)
