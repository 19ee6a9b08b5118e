"""A broken rule in words: what is wrong, by how much, and what to do about it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from mlgit.data.judged_findings import beside_reference, undecided
from mlgit.data.odd import plain
from mlgit.data.profile import Storage, Value
from mlgit.data.report import RuleResult
from mlgit.data.rules import Broken
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.storage import MISSING_WORDS, ODD_PATTERNS
from mlgit.text import abridged, counted

SAID_BY_RULE = ("type", "nulls", "range", "categories", "unique")
NUMBERS_FOR_NOTHING = {"-1", "-9", "-99", "-999", "-9999", "-99999", "99", "999", "9999", "99999", "999999"}
CLOSE = 0.8
SHOWN_VALUES = 4
NO_SUCH: dict[Storage, str] = {
    "integer": "no whole number",
    "float": "no number",
    "boolean": "neither true nor false",
    "date": "no date (2024-01-31)",
    "timestamp": "no time (2024-01-31T12:00:00)",
    "string": "no text",
}
"""What is said of a value that is not of its column's type."""


OF_THE_TABLE = ("ordered", "calendar", "key")
"""Settings that stand beside the columns."""
ECHOES = {"spread": ("type", "range", "categories"), "range": ("type", "range")}
"""What a broken rule says again that another one on the same column has said."""


def without_echoes(found: Iterable[Broken]) -> list[Broken]:
    """Return the rules without those that say again what a plainer one says of the same column."""
    entries = list(found)
    said: set[tuple[str, str]] = set()
    kept = []
    for entry in entries:
        name, column = entry.rule.name, entry.rule.column
        softer = entry.rule.evidence is not None or entry.rule.cells is not None
        if softer and any((column, other) in said for other in ECHOES.get(name, ())):
            continue
        if entry.verdict == "broken":
            said.add((column, name))
        kept.append(entry)
    return kept


def finding(broken: Broken, schema: Schema, schema_shown: str, rows: int) -> RuleResult:
    """Return the result of one rule of a table of `rows` rows."""
    rule, failed = broken.rule, broken.failed
    setting = schema.columns[rule.column] if rule.column else None
    variants = variants_of(broken.values, setting) if rule.name == "categories" and setting else {}
    absent = any(value.strip() in MISSING_WORDS for value, _ in broken.values)
    passed = broken.verdict != "broken" and not variants and not (rule.name == "categories" and absent)
    judged = broken.verdict != "not judged" or not passed
    message, hint = "", ""
    if not passed and rule.key:
        message, hint = repeated_key(broken, schema, schema_shown)
    elif not passed and setting is not None and rule.name in SAID_BY_RULE:
        message, hint = words(broken, setting, schema_shown, rows, variants)
    elif not passed:
        message, hint = beside_reference(broken, schema, schema_shown)
    elif not judged:
        message, hint = undecided(broken, rows)
    shown = not passed or not judged
    return RuleResult(
        rule=rule.name,
        passed=passed,
        judged=judged,
        column=rule.column,
        failed=failed,
        checked=broken.checked,
        message=abridged(message),
        hint=abridged(hint),
        setting=f"columns.{rule.column}.{rule.setting}"
        if rule.column and rule.setting not in OF_THE_TABLE
        else rule.setting,
        examples=broken.examples if shown else (),
    )


def words(
    broken: Broken, setting: ColumnRule, schema_shown: str, rows: int, variants: dict[str, str]
) -> tuple[str, str]:
    """Return the sentence and the hint for a rule that is broken."""
    name, kind, failed = broken.rule.column, broken.rule.name, broken.failed
    first = (broken.examples[0].value if broken.examples else None) or ""
    if broken.rule.stored_as:
        return (
            f"{name!r} is stored as {broken.rule.stored_as}, the schema says {setting.type}",
            f"write the file with the type {setting.type}, or change columns.{name}.type in {schema_shown}",
        )
    if kind == "type":
        return wrong_type(name, setting, schema_shown, failed, first)
    if kind == "nulls":
        return (
            f"{name!r} has no value in {failed:,} of {rows:,} rows, {allowed_nulls(broken, setting)}",
            f"fill them at the source, or set columns.{name}.max_null_share in {schema_shown}",
        )
    if kind == "range":
        return out_of_range(
            broken, setting, schema_shown, [example.value or "" for example in broken.examples]
        )
    if kind == "categories":
        return new_categories(name, schema_shown, failed, broken.values, variants)
    return (
        f"{name!r} repeats values in {counted(failed, 'row')}, as {first!r}",
        f"take the doubled rows out, or take unique out of columns.{name} in {schema_shown}",
    )


def repeated_key(broken: Broken, schema: Schema, schema_shown: str) -> tuple[str, str]:
    """Return the words for rows that share the columns that together stand for one."""
    *names, last = map(repr, schema.key)
    first = (broken.examples[0].value if broken.examples else None) or ""
    return (
        f"{', '.join(names)} and {last} together repeat in {counted(broken.failed, 'row')}, as {first!r}; they stand for one row",
        f"take the rows out that came twice, or the key out of {schema_shown}",
    )


def allowed_nulls(broken: Broken, setting: ColumnRule) -> str:
    """Say how many rows without a value there may be."""
    evidence = broken.rule.evidence
    if evidence is None:
        return f"at most {setting.max_null_share:.1%} allowed" if setting.max_null_share else "none allowed"
    if not evidence.seen:
        return f"none in the {evidence.rows:,} of the reference"
    return f"{evidence.seen / evidence.rows:.2%} in the reference"


def wrong_type(name: str, setting: ColumnRule, schema_shown: str, failed: int, first: str) -> tuple[str, str]:
    """Return the words for values that are not of the column's type, a guess at the cause among them."""
    verb = "is" if failed == 1 else "are"
    message = f"{name!r} has {counted(failed, 'value')} that {verb} {NO_SUCH[setting.type]}, as {first!r}"
    if first.strip() in MISSING_WORDS:
        return message, f"if {first.strip()!r} stands for no value, add it to missing in {schema_shown}"
    cause = next((what for what, form in ODD_PATTERNS.items() if re.fullmatch(form, first.strip())), "")
    if cause:
        return f"{message}: {cause}", "write the file again in plain form: 1234.5 and 2024-01-31"
    return message, f"mend these rows, or change columns.{name}.type in {schema_shown}"


def out_of_range(broken: Broken, setting: ColumnRule, schema_shown: str, seen: list[str]) -> tuple[str, str]:
    """Return the words for values outside of the bounds, or of what was seen; `seen` are some of them."""
    name, failed = broken.rule.column, broken.failed
    if broken.rule.evidence is not None:
        first, last = setting.cuts[0][0], setting.cuts[-1][0]
        return (
            f"{name!r} has {counted(failed, 'value')} outside of what the reference held, {first} to {last}, as {seen[0]}",
            f"mend these rows (another unit? a number for nothing?), or widen columns.{name}.cuts in {schema_shown}",
        )
    low = "" if setting.min is None else f"from {setting.min}"
    high = "" if setting.max is None else f"to {setting.max}"
    bounds = " ".join(part for part in (low, high) if part)
    message = f"{name!r} has {counted(failed, 'value')} outside of the range {bounds}, as {seen[0]}"
    change = f"columns.{name}.min or max in {schema_shown}"
    nothing = next((text for text in seen if text.strip().removesuffix(".0") in NUMBERS_FOR_NOTHING), "")
    if nothing:
        return message, f"if {nothing} stands for no value, leave the field empty; else change {change}"
    return message, f"mend these rows (another unit?), or change {change}"


def new_categories(
    name: str, schema_shown: str, failed: int, values: tuple[tuple[str, int], ...], variants: dict[str, str]
) -> tuple[str, str]:
    """Return the words for values that are no category of the schema, with what they may be meant to be."""
    listed = ", ".join(
        f"{value!r} ({count:,}{f', meant {variants[value]!r}?' if value in variants else ''})"
        for value, count in values[:SHOWN_VALUES]
    )
    more = ", ..." if len(values) > SHOWN_VALUES else ""
    message = (
        f"{name!r} has {counted(failed, 'row')} with a category that is not in the schema: {listed}{more}"
    )
    absent = next((value for value, _ in values if value.strip() in MISSING_WORDS), None)
    if absent:
        return message, f"if {absent!r} stands for no value, add it to missing in {schema_shown}"
    if variants:
        return message, "correct the spelling at the source"
    return message, f"if they are right, add them to columns.{name}.categories in {schema_shown}"


def variants_of(values: tuple[tuple[str, int], ...], setting: ColumnRule) -> dict[str, str]:
    """Return which new values look like a known category misspelt, in another case or with other blanks.

    Two codes that differ in a digit are two codes.
    """
    known: tuple[Value, ...] = setting.categories or ()
    if setting.type != "string":
        return {}
    like = {plain(str(category)): str(category) for category in known}
    found: dict[str, str] = {}
    for value, _ in values:
        same = like.get(plain(value))
        close = (
            difflib.get_close_matches(plain(value), like, n=1, cutoff=CLOSE)
            if len(value) > 3 and not any(map(str.isdigit, value))
            else []
        )
        if same or close:
            found[value] = same or like[close[0]]
    return found
