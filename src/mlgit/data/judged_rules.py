"""The rules that follow from what the reference showed, as conditions on rows."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from mlgit.data.calendar_parts import Part, differs
from mlgit.data.observed import SAMPLE
from mlgit.data.odd import broken_text, day_for_nothing, word_for_nothing
from mlgit.data.prepared import Place
from mlgit.data.rules import Cells, Evidence, Rule, column_rules, some_seen
from mlgit.data.schema import ColumnRule, Reference, Schema
from mlgit.data.sql import quoted_text
from mlgit.data.storage import TYPES
from mlgit.data.text_shapes import shape_cells

MOVED_SHARES, MOVED_OF_TARGET = 0.2, 0.1
"""So many rows have to be of other categories, of other classes; `mlgit data drift` sees less."""
NUMBERS = ("integer", "float")
DATES = ("date", "timestamp")


def rules_of(schema: Schema, places: Iterable[Place]) -> list[Rule]:
    """Return the rules on the columns that the file holds, in its order."""
    return [rule for place in places for rule in (*column_rules(schema, place), *judged_rules(schema, place))]


def judged_rules(schema: Schema, place: Place) -> list[Rule]:
    """Return the rules on one column: where its values lie, how they spread, and texts that look broken or days that stand for none."""
    setting, reference = schema.columns[place.name], schema.reference
    if reference is None:
        return []
    found = []
    if setting.cuts:
        found.append(outermost(setting, place, reference))
        found.append(spread(place, cut_cells(setting, place, reference), "cuts"))
    elif setting.shares:
        least = MOVED_OF_TARGET if place.name == schema.target else MOVED_SHARES
        cells = replace(share_cells(setting, place, reference), least=least)
        found.append(spread(place, cells, "shares"))
    if setting.type in DATES:
        found.append(odd_days(setting, place, reference))
    if setting.type == "string":
        found.append(odd_texts(schema, setting, place, reference))
        shapes = shape_cells(setting, place.index, reference)
        found.extend(spread(place, cells, key) for key, cells in shapes.items())
    return found


def outermost(setting: ColumnRule, place: Place, reference: Reference) -> Rule:
    """Return the rule on values beyond the smallest and largest seen; days may move on.

    Of rows in random order each end has one that is outermost: as if one (of both ends) had been seen outside.
    """
    value = f"v{place.index}"
    below = f"{value} < {bound(setting, setting.cuts[0][0])}"
    above = f"{value} > {bound(setting, setting.cuts[-1][0])}"
    dated = setting.type in DATES
    return Rule(
        name="range",
        column=place.name,
        index=place.index,
        broken=f"coalesce({below if dated else f'{below} OR {above}'}, false)",
        checked=f"g{place.index}",
        evidence=Evidence(seen=0 if dated else 1, rows=reference.rows, usual=True),
        setting="cuts",
    )


def bound(setting: ColumnRule, value: int | float | str) -> str:
    """Return a cut as SQL."""
    return (
        f"CAST({quoted_text(str(value))} AS {'DOUBLE' if setting.type in NUMBERS else TYPES[setting.type]})"
    )


def spread(place: Place, cells: Cells, key: str) -> Rule:
    """Return the rule on how the values spread over cells."""
    return Rule(
        name="spread",
        column=place.name,
        index=place.index,
        broken="false",
        checked=f"g{place.index}",
        cells=cells,
        setting=key,
    )


def cut_cells(setting: ColumnRule, place: Place, reference: Reference) -> Cells:
    """Return the cells between the cuts."""
    return Cells(
        conditions=tuple(f"v{place.index} <= {bound(setting, value)}" for value, _ in setting.cuts),
        shares=tuple(share for _, share in setting.cuts),
        names=tuple(str(value) for value, _ in setting.cuts),
        rows=min(reference.rows, SAMPLE),
        rising=True,
        dated=setting.type in DATES,
    )


def share_cells(setting: ColumnRule, place: Place, reference: Reference) -> Cells:
    """Return a cell for each frequent category."""
    text = f"CAST(v{place.index} AS VARCHAR)"
    return Cells(
        conditions=tuple(f"{text} = {quoted_text(value)}" for value, _ in setting.shares),
        shares=tuple(share for _, share in setting.shares),
        names=tuple(value for value, _ in setting.shares),
        rows=reference.rows,
    )


def odd_texts(schema: Schema, setting: ColumnRule, place: Place, reference: Reference) -> Rule:
    """Return the rule on texts that look broken, and words for nothing where no categories are listed."""
    text, present = f"s{place.index}", f"p{place.index}"
    odd = broken_text(text)
    if setting.categories is None:
        odd = f"({odd} OR {word_for_nothing(text, schema.missing)})"
    seen = setting.odd_texts_seen
    return Rule(
        name="text",
        column=place.name,
        index=place.index,
        broken=f"{present} AND {odd}",
        checked=present,
        evidence=Evidence(seen=seen, rows=reference.rows) if seen else None,
        setting="odd_texts_seen",
    )


def odd_days(setting: ColumnRule, place: Place, reference: Reference) -> Rule:
    """Return the rule on days that stand for none: a few may be real ones, a birthday on the first of 1970."""
    return Rule(
        name="text",
        column=place.name,
        index=place.index,
        broken=f"g{place.index} AND {day_for_nothing(f'v{place.index}')}",
        checked=f"g{place.index}",
        evidence=some_seen(setting.odd_texts_seen, reference.rows, usual=True),
        setting="odd_texts_seen",
    )


def table_rules(schema: Schema, places: Iterable[Place]) -> list[Rule]:
    """Return the rules on several columns at once: relations, and rows that repeat another but for ids."""
    here = {place.name: place.index for place in places}
    reference = schema.reference
    found = [
        *(order_rule(schema, here, pair) for pair in schema.ordered if {*pair} <= here.keys()),
        *(calendar_rule(schema, here, one) for one in schema.calendar if {one[0], one[2]} <= here.keys()),
    ]
    if schema.key and {*schema.key} <= here.keys():
        found.append(key_rule(schema.key, here))
    folders = reference.folders if reference else ()
    compared = [
        as_is(schema.columns[name], here[name])
        for name in here
        if not schema.columns[name].unique and name not in folders
    ]
    if reference and len(compared) > 1:
        found.append(
            Rule(
                name="repeated",
                column="",
                index=min(here.values()),
                broken="",
                checked="true",
                evidence=Evidence(
                    seen=reference.repeated_rows,
                    rows=reference.rows,
                    pairs=True,
                    floor=repeated_floor(reference),
                ),
                setting="reference.repeated_rows",
                shown=f"hash({', '.join(compared)})",
            )
        )
    return found


def key_rule(key: tuple[str, ...], here: dict[str, int]) -> Rule:
    """Return the rule on columns that together stand for one row only; a row that lacks one of them is held against no other."""
    filled = " AND ".join(f"g{here[name]}" for name in key)
    values = ", ".join(f"v{here[name]}" for name in key)
    return Rule(
        name="unique",
        column=key[0],
        key=tuple(here[name] for name in key),
        index=here[key[0]],
        broken="",
        checked=filled,
        setting="key",
        shown=f"CASE WHEN {filled} THEN hash({values}) END",
    )


def as_is(rule: ColumnRule, index: int) -> str:
    """Return what of a column tells rows apart: a number however it is written, else the text."""
    if rule.type not in NUMBERS:
        return f"s{index}"
    return f"v{index}, CASE WHEN v{index} IS NULL THEN s{index} END"


def order_rule(schema: Schema, here: dict[str, int], pair: tuple[str, str]) -> Rule:
    """Return the rule on two columns of which the first is never larger."""
    rule = beside(schema, here, *pair, " > ")
    return replace(
        rule, name="order", setting="ordered", broken=f"coalesce(v{here[pair[0]]} > v{here[pair[1]]}, false)"
    )


def calendar_rule(schema: Schema, here: dict[str, int], parts: tuple[str, Part, str]) -> Rule:
    """Return the rule on a column that is a part of a date."""
    column, part, moment = parts
    other = differs(part, f"v{here[column]}", f"v{here[moment]}")
    rule = beside(schema, here, column, moment, " beside ")
    return replace(rule, name="calendar", setting="calendar", broken=f"coalesce({other}, false)")


def beside(schema: Schema, here: dict[str, int], column: str, other: str, sign: str) -> Rule:
    """Return a rule on rows that hold values of two columns, never broken in the reference, yet without its condition."""
    a, b = here[column], here[other]
    return Rule(
        name="order",
        column=column,
        other=other,
        index=a,
        broken="",
        checked=f"g{a} AND g{b}",
        evidence=Evidence(seen=0, rows=schema.reference.rows) if schema.reference else None,
        shown=f"s{a} || {quoted_text(sign)} || s{b}",
    )


def repeated_floor(reference: Reference) -> float:
    """Return the share of repeated rows that is no alarm: one and a half times that of the reference."""
    return 1.5 * reference.repeated_rows / reference.rows
