"""Bring a schema up to date with data that rightly changed: only settings that the data break, each from a fresh inference.

What a person alone writes (`max_null_share`, `unique`, `references`, ...) is never loosened: it is said that it stays broken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from mlgit.data.report import CheckReport, RuleResult
from mlgit.data.schema import ColumnRule, Schema
from mlgit.data.schema_file import pair_text, read, scalar
from mlgit.data.schema_text import SchemaText
from mlgit.text import quoted

ROUNDS = 3
"""A check after an update may find what the settings before had hidden, such as values of a type that is right now."""
EVERY = (
    *(
        "type",
        "min",
        "max",
        "cuts",
        "shares",
        "nulls_seen",
        "seen_once",
        "odd_texts_seen",
        "json",
        "lengths",
        "letters",
    ),
    "categories",
)


class Update(Struct, frozen=True, kw_only=True):
    """A schema with what the data ask for: its text, and what stays broken since it is a person's to decide."""

    text: str
    left: tuple[RuleResult, ...] = ()


class Fresh(NamedTuple):
    """The schema as it stands and as it would be inferred now; `scale` is how many rows of the reference go for one of now."""

    standing: Schema
    inferred: Schema
    scale: float


def updated(text: str, name: str, inferred: Schema, check: Callable[[Schema], CheckReport]) -> Update:
    """Return the text of a schema with every setting renewed that its table breaks, as far as one is to be renewed."""
    edit = SchemaText(text, name)
    for _ in range(ROUNDS):
        standing = read(edit.text, name)
        failures = check(standing).failures
        before = edit.text
        fresh = Fresh(standing, inferred, scale_of(standing, inferred))
        for one in failures:
            renew(edit, one, fresh)
        if edit.text == before:
            return Update(text=edit.text, left=failures)
    return Update(text=edit.text, left=check(read(edit.text, name)).failures)


def scale_of(standing: Schema, inferred: Schema) -> float:
    """Return how many rows of the standing reference go for one of the table now."""
    if standing.reference is None or inferred.reference is None:
        return 1.0
    return standing.reference.rows / inferred.reference.rows


def renew(edit: SchemaText, found: RuleResult, fresh: Fresh) -> None:
    """Change what one broken rule asks for; nothing where it is not for mlgit to decide."""
    rule, column = found.rule, found.column
    if rule == "columns":
        renew_columns(edit, found, fresh)
    elif rule == "rows" and found.setting == "rows.min":
        put_below(edit, "rows", "min", str(fresh.inferred.rows.min))
    elif rule == "repeated" and fresh.inferred.reference is not None:
        repeated = scaled(fresh.inferred.reference.repeated_rows, fresh)
        put_below(edit, "reference", "repeated_rows", str(repeated))
    elif rule == "file" and fresh.inferred.reference is not None and fresh.standing.reference is not None:
        renew_ends(edit, fresh)
    elif rule == "order":
        renew_order(edit, fresh)
    elif rule == "calendar":
        still = [one for one in fresh.standing.calendar if one in fresh.inferred.calendar]
        edit.put(("calendar",), f"[{', '.join(pair_text(one) for one in still)}]")
    elif column in fresh.standing.columns and column in fresh.inferred.columns:
        renew_column(edit, rule, column, fresh)


def renew_columns(edit: SchemaText, found: RuleResult, fresh: Fresh) -> None:
    """Describe a new column, let one be missing that is gone, or let the columns stand in any order."""
    name = found.column
    if found.setting == "column_order":
        edit.put(("column_order",), "any")
    elif name in fresh.standing.columns:
        edit.put(("columns", name, "optional"), "true")
    elif name in fresh.inferred.columns:
        edit.add_column(name, fresh.inferred.columns[name])
        if fresh.standing.column_order == "fixed" and list(fresh.inferred.columns)[-1] != name:
            edit.put(("column_order",), "any")


def renew_ends(edit: SchemaText, fresh: Fresh) -> None:
    """Take over how the file starts and ends, and what stands between its values."""
    new, old = fresh.inferred.reference, fresh.standing.reference
    if new is None or old is None:
        return
    if new.byte_order_mark != old.byte_order_mark:
        edit.put(("reference", "byte_order_mark"), scalar(new.byte_order_mark))
    if new.last_line_ends != old.last_line_ends:
        edit.put(("reference", "last_line_ends"), scalar(new.last_line_ends))
    if old.delimiter and new.delimiter != old.delimiter:
        edit.put(("reference", "delimiter"), quoted(new.delimiter))


def renew_order(edit: SchemaText, fresh: Fresh) -> None:
    """Take out the pairs of columns that are in order no more."""
    kept = [pair for pair in fresh.standing.ordered if pair in fresh.inferred.ordered]
    edit.put(("ordered",), f"[{', '.join(pair_text(pair) for pair in kept)}]")


def renew_column(edit: SchemaText, rule: str, column: str, fresh: Fresh) -> None:
    """Renew the settings of a column that a broken rule is about."""
    old, new = fresh.standing.columns[column], fresh.inferred.columns[column]
    renew_missing(edit, rule, fresh)
    if rule == "nulls" and old.max_null_share is None:
        put(edit, column, "nulls_seen", max(1, scaled(new.nulls_seen, fresh)))
    elif rule == "type" and old.type != new.type:
        for key in EVERY:
            renew_key(edit, column, key, old, new, fresh)
    elif rule == "range":
        for key in ("min", "max", "cuts"):
            renew_key(edit, column, key, old, new, fresh)
    elif rule == "categories" and new.categories is not None and old.max_new_share is None:
        listed = old.categories or ()
        more = [value for value in new.categories if value not in listed]
        if more:
            edit.append(("columns", column, "categories"), more)
    elif rule in ("spread", "text", "leak", "pattern", "type"):
        for key in {
            "pattern": ("pattern",),
            "spread": ("cuts", "shares", "top_share", "widest_gap", "step", "lengths", "letters"),
            "text": ("odd_texts_seen",),
            "leak": ("told",),
            "type": ("json",),
        }[rule]:
            renew_key(edit, column, key, old, new, fresh)


def renew_missing(edit: SchemaText, rule: str, fresh: Fresh) -> None:
    """Take over words that stand for no value, where they are what breaks a type or the categories."""
    words = [word for word in fresh.inferred.missing if word not in fresh.standing.missing]
    if rule in ("type", "categories") and words and "missing" not in edit.document.value:
        edit.put(("missing",), f"[{', '.join(quoted(word) for word in words)}]")
    elif rule in ("type", "categories"):
        known = edit.document.value.get("missing", [])
        words = [word for word in words if word not in known]
        if words:
            edit.append(("missing",), [*words])


def renew_key(
    edit: SchemaText, column: str, key: str, old: ColumnRule, new: ColumnRule, fresh: Fresh
) -> None:
    """Renew one setting of a column; a bound is widened, never drawn closer."""
    before, now = getattr(old, key), getattr(new, key)
    if before == now or (key in ("min", "max") and old.type == new.type and not wider(key, before, now)):
        return
    if key in ("nulls_seen", "seen_once", "odd_texts_seen"):
        put(edit, column, key, scaled(now, fresh))
    elif isinstance(now, tuple) and key != "categories":
        put_text(edit, column, key, f"[{', '.join(pair_text(pair) for pair in now)}]")
    elif isinstance(now, tuple):
        put_text(edit, column, key, f"[{', '.join(scalar(value) for value in now)}]")
    else:
        put_text(edit, column, key, "null" if now is None else scalar(now))


def wider(key: str, before: object, now: object) -> bool:
    """Tell whether a bound lies farther out than before; none at all is farthest."""
    if before is None or now is None:
        return before is not None
    if isinstance(before, str) or isinstance(now, str):
        return (str(now) < str(before)) == (key == "min")
    return bool(float(str(now)) < float(str(before))) == (key == "min")


def scaled(count: int, fresh: Fresh) -> int:
    """Return a number of rows of now as one of the reference; what was seen is never nothing."""
    return max(1, round(count * fresh.scale)) if count else 0


def put(edit: SchemaText, column: str, key: str, value: int) -> None:
    """Write a number of a column."""
    put_text(edit, column, key, str(value))


def put_text(edit: SchemaText, column: str, key: str, written: str) -> None:
    """Write a setting of a column; one that says nothing and is not there needs none."""
    path = ("columns", column, key)
    if edit.document.span(*path) is not None or written not in ("null", "[]", "0"):
        edit.put(path, written)


def put_below(edit: SchemaText, parent: str, key: str, written: str) -> None:
    """Write a key below one at the top, which may not be there yet."""
    if parent in edit.document.value:
        edit.put((parent, key), written)
    else:
        edit.put((parent,), f"{{{key}: {written}}}")
