"""What was found beside the reference, in words: the spread, relations, repeated rows, texts, and what is not judged."""

from __future__ import annotations

from mlgit.data.judging import in_cells
from mlgit.data.rules import Broken, Cells, Evidence
from mlgit.data.schema import Schema
from mlgit.data.text_shapes import LENGTHS, LETTERS, shape_words
from mlgit.text import counted


def beside_reference(broken: Broken, schema: Schema, schema_shown: str) -> tuple[str, str]:
    """Return the sentence and the hint for a rule of the reference that is broken."""
    rule, failed = broken.rule, broken.failed
    first = (broken.examples[0].value if broken.examples else None) or ""
    if rule.name == "order":
        return (
            f"{rule.column!r} is larger than {rule.other!r} in {counted(failed, 'row')}, as {first}; never in the reference",
            f"mend these rows (swapped?), or take the pair out of ordered in {schema_shown}",
        )
    if rule.name == "calendar":
        part = next(
            part for name, part, moment in schema.calendar if (name, moment) == (rule.column, rule.other)
        )
        return (
            f"{rule.column!r} is not the {part} of {rule.other!r} in {counted(failed, 'row')}, as {first}; always in the reference",
            f"look for a file in the wrong folder or another time zone; if the rows are right, take the entry out of calendar in {schema_shown}",
        )
    if rule.name == "repeated":
        seen = schema.reference.repeated_rows if schema.reference else 0
        return (
            f"{counted(failed, 'row')} of {broken.checked:,} repeat another row but for ids and folders, {seen:,} in the reference",
            f"take the repeated rows out; if they are right, raise reference.repeated_rows in {schema_shown}",
        )
    if rule.name == "pattern":
        pattern = schema.columns[rule.column].pattern
        return (
            f"{rule.column!r} has {counted(failed, 'text')} that {'is' if failed == 1 else 'are'} not written as {pattern}, as {first!r}",
            f"write them as the others{' (leading zeros lost?)' if '[0-9]{' in pattern else ''}; if they are right, change columns.{rule.column}.pattern in {schema_shown}",
        )
    if rule.name == "text" and schema.columns[rule.column].type != "string":
        return (
            f"{rule.column!r} has {counted(failed, 'day')} that programs write for no value, as {first}, {seen_before(rule.evidence)}",
            f"leave the field empty where there is no day; if they are right, raise columns.{rule.column}.odd_texts_seen in {schema_shown}",
        )
    if rule.name == "text":
        return (
            f"{rule.column!r} has {counted(failed, 'text')} that look broken, as {first!r}",
            "read the source as UTF-8, and leave a field empty where there is no value",
        )
    return spread_words(broken, rule.cells, schema, schema_shown) if rule.cells else ("", "")


def seen_before(evidence: Evidence | None) -> str:
    """Say how many rows of the reference were so."""
    return f"{evidence.seen:,} in the {evidence.rows:,} rows of the reference" if evidence else ""


def spread_words(broken: Broken, cells: Cells, schema: Schema, schema_shown: str) -> tuple[str, str]:
    """Return the words for values that spread otherwise than in the reference."""
    rule = broken.rule
    name, key = rule.column, f"columns.{rule.column}.{rule.setting} in {schema_shown}"
    if rule.setting in (LENGTHS, LETTERS) and not broken.values:
        return shape_words(broken, cells, key)
    causes = (
        "another unit, a swapped column or a filter"
        if cells.rising
        else "a filter, another coding or filled-in values"
    )
    hint = f"look for {causes}; if the data are right, change {key}"
    if broken.reason == "constant":
        value = broken.values[0][0] if broken.values else cells.names[broken.cell]
        what = "the target has one class" if name == schema.target else f"{name!r} has one value"
        return f"{what}, {value!r}, in all {broken.checked:,} rows", hint
    if broken.reason == "stale":
        share = broken.cells[broken.cell] / broken.checked
        return (
            f"{name!r} is old: {share:.0%} of the rows lie up to {cells.names[broken.cell]}, "
            f"{cells.shares[broken.cell]:.0%} in the reference, which goes to {cells.names[-1]}",
            f"fetch what is newer; if the data are right, change {key}",
        )
    if broken.reason == "hole":
        return (
            f"{name!r} has no row between {cells.names[broken.cell - 1]} and {cells.names[broken.cell]}",
            f"fetch what is missing; if the data are right, change {key}",
        )
    if broken.reason == "gone":
        return (
            f"{name!r} is never {cells.names[broken.cell]!r} any more, {cells.shares[broken.cell]:.0%} of the rows in the reference",
            f"fetch what is missing; if the data are right, change {key}",
        )
    counts, seen = in_cells(broken.cells, broken.checked, cells)
    now, before = counts[broken.cell] / broken.checked, seen[broken.cell] / cells.rows
    return (
        f"{name!r} spreads otherwise: {broken.moved:.0%} of the rows lie elsewhere than in the reference; "
        f"{now:.0%} {cell_name(cells, broken.cell)}, {before:.0%} before",
        hint,
    )


def cell_name(cells: Cells, cell: int) -> str:
    """Say what lies in a cell."""
    if not cells.rising:
        return f"are {cells.names[cell]!r}" if cell < len(cells.names) else "are other values"
    if cell == 0:
        return f"are at most {cells.names[0]}"
    if cell == len(cells.names):
        return f"are above {cells.names[-1]}"
    return f"lie above {cells.names[cell - 1]} and up to {cells.names[cell]}"


def undecided(broken: Broken, rows: int) -> tuple[str, str]:
    """Return the words for a rule that the table is too small to judge."""
    rule, evidence = broken.rule, broken.rule.evidence
    subject = f"{rule.column!r}" if rule.column else "the table"
    if evidence is None:
        return f"{subject}, {rule.name}: not judged, {broken.checked:,} rows cannot tell", ""
    from_on = f", {broken.fewest:,} could" if broken.fewest else ""
    return (
        f"{subject}, {rule.name}: not judged, {counted(broken.failed, 'row')} of {rows:,} cannot tell chance from a fault{from_on}",
        "look at these rows",
    )
