"""The rows that break a rule: asked for only where there are any, the first five with what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from mlgit.data.judging import in_cells
from mlgit.data.prepared import Place, prepared
from mlgit.data.report import Example, place_of
from mlgit.data.rules import Broken, Cells, Rule
from mlgit.data.schema import Schema
from mlgit.data.source import Source, file_of, lines_of
from mlgit.data.sql import select
from mlgit.stats.two_samples import moved_share
from mlgit.text import shown

EXAMPLES = 5
NEW_VALUES = 20


def from_part(schema: Schema, places: Sequence[Place], rule: Rule) -> str:
    """Return the FROM part with the columns that a rule is about."""
    if rule.name == "repeated":
        return prepared(schema, places)
    return prepared(
        schema, [one for one in places if one.index in (rule.index, *rule.key) or one.name == rule.other]
    )


def with_rows(connection: Any, source: Source, table: str, broken: Broken) -> Broken:
    """Return what is known of a rule, with rows that break it where it is not kept."""
    rule = broken.rule
    values = new_values(connection, table, rule) if rule.name == "categories" and broken.failed else ()
    if broken.verdict == "kept" and not values:
        return broken
    if rule.cells is not None or not broken.failed:
        return with_range(connection, table, broken, rule.cells) if rule.cells else broken
    if rule.name == "unique":
        found = repeated(connection, table, rule)
    elif rule.name == "repeated":
        return replace(broken, examples=equal_rows(connection, source, table, rule))
    else:
        found = first_rows(connection, table, rule)
    examples = examples_of(source, found)
    return replace(broken, examples=examples, values=values)


def examples_of(source: Source, found: Sequence[tuple[int, str | None]]) -> tuple[Example, ...]:
    """Return rows of the table as they are shown: by their file where there are several, and their line."""
    placed = [(*file_of(source, row), value) for row, value in found]
    lines = {
        one.path: lines_of(one, [row for other, row, _ in placed if other is one]) for one, _, _ in placed
    }
    return tuple(
        Example(
            row=row,
            line=lines[one.path].get(row),
            value=None if value is None else shown(value),
            file=one.shown if source.files else "",
        )
        for one, row, value in placed
    )


def with_range(connection: Any, table: str, broken: Broken, cells: Cells) -> Broken:
    """Return a spread whose values all lie in one cell as constant when they are one value, and only then."""
    apart = any(0 < count < broken.checked for count in broken.cells)
    if apart or cells.dated or broken.reason not in ("spread", "constant") or broken.rule.setting == "shares":
        return broken
    value = f"v{broken.rule.index}"
    low, high = connection.execute(select([f"min({value})", f"max({value})"], table)).fetchone()
    if low == high:
        return replace(broken, reason="constant", values=((shown(str(low)), broken.checked),))
    counts, seen = in_cells(broken.cells, broken.checked, cells)
    return replace(broken, reason="spread", moved=moved_share(counts, seen))


def first_rows(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return the first rows that break a rule, with the value that stands there."""
    found = connection.execute(
        select(
            ["row_at", rule.shown or f"s{rule.index}"],
            table,
            f"WHERE {rule.broken} ORDER BY row_at LIMIT {EXAMPLES}",
        )
    ).fetchall()
    return [(int(row), value) for row, value in found]


def repeated(connection: Any, table: str, rule: Rule) -> list[tuple[int, str | None]]:
    """Return rows that hold a value that another row holds too, or the values of a key, the rows of one value together."""
    values, filled, text = rule.once
    groups = connection.execute(
        select(
            [f"any_value({text})", f"min(row_at, {EXAMPLES})"],
            table,
            f"WHERE {filled} GROUP BY {values} HAVING count(*) > 1 ORDER BY min(row_at) LIMIT {EXAMPLES}",
        )
    ).fetchall()
    return [(int(row), text) for text, rows in groups for row in rows][:EXAMPLES]


def equal_rows(connection: Any, source: Source, table: str, rule: Rule) -> tuple[Example, ...]:
    """Return rows that are equal to an earlier one but for ids, with the place of the first like them."""
    groups = connection.execute(
        select(
            [f"min(row_at, {EXAMPLES})"],
            table,
            f"GROUP BY {rule.shown} HAVING count(*) > 1 ORDER BY min(row_at) LIMIT {EXAMPLES}",
        )
    ).fetchall()
    pairs = [(int(row), int(rows[0])) for (rows,) in groups for row in rows[1:]][:EXAMPLES]
    later, first = (examples_of(source, [(pair[side], None) for pair in pairs]) for side in (0, 1))
    return tuple(
        replace(one, value=f"equal to {place_of(other, source.shown)}")
        for one, other in zip(later, first, strict=True)
    )


def new_values(connection: Any, table: str, rule: Rule) -> tuple[tuple[str, int], ...]:
    """Return the values that are no category of the schema, the most frequent first, with their rows."""
    text = f"s{rule.index}"
    found = connection.execute(
        select(
            [text, "count(*)"],
            table,
            f"WHERE {rule.broken} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {NEW_VALUES}",
        )
    ).fetchall()
    return tuple((shown(str(value)), int(count)) for value, count in found)
