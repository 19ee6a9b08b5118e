"""Numbers and truth values of JSON lines that stand in quotes and did not, or the other way round."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.data.json_writing import Seen, Way, lines_looked_at
from mlgit.data.profile import Column
from mlgit.data.report import Example, RuleResult
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.text import counted

WRITTEN = ("integer", "float", "boolean")


def ways_of(source: Source, columns: Iterable[Column]) -> dict[str, Way]:
    """Return how the numbers and truth values of each column stand, of those that stand in one way in every file."""
    files = source.files or (source,)
    found: dict[str, Way] = {}
    for column in columns:
        ways = {one.writings[column.name].way for one in files if column.name in one.writings}
        way = ways.pop() if len(ways) == 1 else None
        if way and column.storage in WRITTEN:
            found[column.name] = way
    return found


def writing_results(source: Source, schema: Schema, schema_shown: str) -> list[RuleResult]:
    """Return the findings on numbers in quotes that stood in none, and the other way round."""
    results = []
    for one in source.files or (source,):
        for name, writing in one.writings.items():
            rule = schema.columns.get(name)
            if rule is None or not rule.json or rule.type not in WRITTEN:
                continue
            other = writing.quoted if rule.json == "bare" else writing.bare
            if other.values:
                results.append(
                    written_otherwise(one, name, other, rule.json, schema_shown, inside=bool(source.files))
                )
    return results


def written_otherwise(
    source: Source, name: str, seen: Seen, before: Way, schema_shown: str, *, inside: bool
) -> RuleResult:
    """Return the finding on the values of one column that stand otherwise than in the reference."""
    now, was = ("in quotes", "none") if before == "bare" else ("without quotes", "all")
    looked = lines_looked_at(source.rows)
    return RuleResult(
        rule="type",
        passed=False,
        column=name,
        failed=seen.values,
        checked=looked,
        message=f"{name!r} has {counted(seen.values, 'value')} {now} in {looked:,} lines that were looked at, as {seen.first[0][1]}; {was} in the reference",
        hint=f'write them as before, because "7" is a text and 7 a number; if they are right, change columns.{name}.json in {schema_shown}',
        setting=f"columns.{name}.json",
        examples=tuple(
            Example(row=row, line=row + 1, value=text, file=source.shown if inside else "")
            for row, text in seen.first
        ),
    )
