"""What a person says of a table where looking at it leaves a doubt: the task, groups, the order in time, kinds of columns."""

from __future__ import annotations

import difflib

from msgspec import Struct
from msgspec.structs import replace

from mlgit.data.kinds import left_out
from mlgit.data.profile import Column
from mlgit.errors import UsageError

NONE = "none"


class Asked(Struct, frozen=True, kw_only=True):
    """What was said; nothing is said of what is empty.

    `task` is `classification` or `regression`. `group` and `time` name a column, or `none` for a split by rows although
    groups were found. `drop`, `text` and `categories` name the columns that are left out, are words, or are categories.
    """

    task: str = ""
    group: str = ""
    time: str = ""
    drop: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named."""
        single = tuple(name for name in (self.group, self.time) if name and name != NONE)
        return (*single, *self.drop, *self.text, *self.categories)


def refuse_unknown(asked: Asked, names: tuple[str, ...], target: str, shown: str) -> None:
    """Raise `UsageError` for an option that names no column, or the target."""
    for name in asked.columns:
        if name in names and name != target:
            continue
        if name == target:
            raise UsageError(
                "data-column-target",
                f"{name!r} is the target and takes no other part",
                hint="take it out of the options",
                where=shown,
            )
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        listed = f"did you mean {close[0]!r}?" if close else f"its columns: {', '.join(names[:12])}"
        raise UsageError("data-column-unknown", f"there is no column {name!r}", hint=listed, where=shown)


def followed(column: Column, asked: Asked) -> Column:
    """Return the column as it was said to be."""
    if column.name in asked.drop:
        return left_out(column, column.kind, "you said so")
    if column.name in asked.text:
        require(column, "text", text=True)
        return replace(
            column, kind="text", role="feature", categories=(), form="", reason="words, as you said"
        )
    if column.name in asked.categories:
        require(column, "categories", text=column.storage in ("string", "integer", "boolean"))
        return replace(column, kind="category", role="feature", form="", reason="a category, as you said")
    return column


def require(column: Column, option: str, *, text: bool) -> None:
    """Raise `UsageError` when the values cannot be taken so."""
    if not text or (option == "text" and column.storage != "string"):
        raise UsageError(
            "data-column-kind",
            f"the values of {column.name!r} are of the type {column.storage}: --{option} does not go with it",
            hint=f"leave --{option} {column.name} out",
        )
