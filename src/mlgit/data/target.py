"""What is to be predicted, and is that possible: the task, its classes, and the columns that give the answer away."""

from __future__ import annotations

import difflib
from typing import Any

from msgspec import Struct

from mlgit.config.model import Task
from mlgit.data.dialect import is_number
from mlgit.data.profile import Column
from mlgit.data.sql import select
from mlgit.errors import UsageError

FEWEST_ROWS = 10
MOST_NUMBER_CLASSES = 20
ROWS_A_NUMBER_CLASS = 10
POSITIVE_WORDS = (
    "1",
    "true",
    "yes",
    "y",
    "positive",
    "pos",
    "ja",
    "j",
    "oui",
    "si",
    "sí",
    "sim",
    "da",
    "tak",
)


class Target(Struct, frozen=True, kw_only=True):
    """The task and why it is that; classes as text with their rows, in the order of their text."""

    task: Task
    reason: str
    classes: tuple[tuple[str, int], ...] = ()
    positive_class: str | None = None


def target_index(names: tuple[str, ...], target: str, shown: str) -> int:
    """Return the position of the target; raises `UsageError` with the closest names when there is no such column."""
    if target in names:
        return names.index(target)
    folded = {name.casefold().strip(): name for name in names}
    exact = folded.get(target.casefold().strip())
    close = [exact] if exact else [
        folded[found] for found in difflib.get_close_matches(target.casefold(), folded, n=3, cutoff=0.5)
    ]  # fmt: skip
    listed = ", ".join(repr(name) for name in names[:12]) + (", ..." if len(names) > 12 else "")
    hint = f"did you mean {' or '.join(repr(name) for name in close)}?" if close else f"its columns: {listed}"
    if not close and any(is_number(name) for name in names):
        hint += "; the first line has to name the columns, and this one looks like data"
    raise UsageError("data-target-unknown", f"there is no column {target!r}", hint=hint, where=shown)


def refuse_hopeless(column: Column, rows: int, shown: str) -> None:
    """Raise `UsageError` for a target that cannot be learned: empty, constant, too few rows, dates."""
    labelled = rows - column.nulls
    name = repr(column.name)
    if labelled == 0:
        raise UsageError(
            "data-target-empty",
            f"the target {name} has no value in any row",
            hint="name another column",
            where=shown,
        )
    if column.distinct == 1:
        raise UsageError(
            "data-target-constant",
            f"the target {name} has the same value in every row that has one: there is nothing to learn",
            hint="name another column, or add rows of the other outcomes",
            where=shown,
        )
    if labelled < FEWEST_ROWS:
        raise UsageError(
            "data-too-few-rows",
            f"{labelled} rows have a label; at least {FEWEST_ROWS} are needed to train and test",
            hint="add rows",
            where=shown,
        )
    if column.kind == "date":
        raise UsageError(
            "data-target-date",
            f"the target {name} is a date, and dates are not predicted here",
            hint="add a column with the number of days until it, and name that",
            where=shown,
        )


def decide(column: Column, whole_numbers: bool, rows: int, shown: str) -> Target:
    """Return the task of a target that is not hopeless; its classes come later.

    Texts and booleans are classes. Numbers are classes when there are two of them, or at most 20 whole ones with at
    least ten rows each on average; else they are a quantity. Raises `UsageError` for texts that do not repeat.
    """
    labelled, distinct = rows - column.nulls, column.distinct
    name = repr(column.name)
    if column.storage in ("string", "boolean"):
        if distinct > 2 and distinct > labelled / 2:
            raise UsageError(
                "data-target-id",
                f"the target {name} has {distinct:,} different texts in {labelled:,} rows: a name, not an outcome",
                hint=column.reason if column.role == "left-out" else "name a column whose values repeat",
                where=shown,
            )
        if distinct == 2:
            return Target(task="binary-classification", reason=f"{name} is one of two values")
        return Target(
            task="multiclass-classification", reason=f"{name} is one of {distinct:,} texts, which are classes"
        )
    if distinct == 2:
        return Target(task="binary-classification", reason=f"{name} is one of two numbers")
    if column.role == "left-out" and column.kind == "identifier":
        raise UsageError(
            "data-target-id",
            f"the target {name} is {column.reason}",
            hint="name a column whose values repeat",
            where=shown,
        )
    if whole_numbers and distinct <= MOST_NUMBER_CLASSES and distinct * ROWS_A_NUMBER_CLASS <= labelled:
        return Target(
            task="multiclass-classification",
            reason=f"{name} is one of {distinct} whole numbers that repeat, which are taken for classes",
        )
    return Target(
        task="regression",
        reason=f"{name} is a number with {distinct:,} different values in {labelled:,} rows",
    )


def positive_of(classes: tuple[tuple[str, int], ...]) -> str:
    """Return the class that scores speak of: the one that says yes, else the rarer, else the last by its text."""
    for text, _ in classes:
        if text.strip().lower() in POSITIVE_WORDS:
            return text
    return min(classes, key=lambda entry: (entry[1], [-ord(letter) for letter in entry[0]]))[0]


def class_warnings(classes: tuple[tuple[str, int], ...]) -> list[str]:
    """Say which classes are too rare to be learned and tested."""
    rare = [f"{text!r} ({count})" for text, count in classes if count < FEWEST_ROWS]
    if not rare:
        return []
    shown = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
    return [f"{len(rare)} of {len(classes)} classes have fewer than {FEWEST_ROWS} rows: {shown}"]


def leaks(connection: Any, columns: list[Column], target: int, task: str) -> dict[int, str]:
    """Return the features that give the target away, by position, with the reason.

    For classes: a column whose values stand one to one for the classes. For numbers: one that is the target times a
    constant plus a constant.
    """
    suspects = [
        index
        for index, column in enumerate(columns)
        if index != target and column.role == "feature" and suspicious(column, columns[target], task)
    ]
    if not suspects:
        return {}
    asked = [leak_expression(f"t{index}", f"t{target}", task) for index in suspects]
    row = connection.execute(select(asked, "typed", f"WHERE t{target} IS NOT NULL")).fetchone()
    name = columns[target].name
    return {
        index: f"it gives the target away: its values stand one to one for those of {name!r}"
        for index, hit in zip(suspects, row, strict=True)
        if hit
    }


def suspicious(column: Column, target: Column, task: str) -> bool:
    """Tell whether a look at the rows is worth it."""
    if task == "regression":
        return column.storage in ("integer", "float") and column.distinct > 2
    return column.nulls <= target.nulls and column.distinct == target.distinct


def leak_expression(column: str, target: str, task: str) -> str:
    """Return the SQL that is true when a column gives the target away."""
    if task == "regression":
        return f"count({column}) = count(*) AND coalesce(abs(corr({column}, {target})) > 1 - 1e-12, false)"
    pairs = f"count(DISTINCT (CAST({column} AS VARCHAR), CAST({target} AS VARCHAR)))"
    return f"count({column}) = count(*) AND {pairs} = count(DISTINCT {column}) AND {pairs} = count(DISTINCT {target})"
