"""What is to be predicted, and is that possible: the task, its classes, and the columns that give the answer away."""

from __future__ import annotations

import difflib
from typing import Any

from msgspec import Struct

from mlgit.config.model import Task
from mlgit.data.dialect import is_number
from mlgit.data.forms import number, said
from mlgit.data.profile import Column
from mlgit.data.sql import select
from mlgit.errors import UsageError

FEWEST_ROWS = 10
MOST_NUMBER_CLASSES = 20
FEW_CODES = 3
RAREST_CODE = 0.02
ROWS_A_LEAK = 10
CLOSE = 0.7
ROWS_TO_FOLLOW = 20
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


def decide(
    column: Column, codes: tuple[tuple[int, int], ...], rows: int, shown: str, task: str = ""
) -> Target:
    """Return the task of a target that is not hopeless; its classes come later.

    `codes` are the values with their rows when all are whole numbers, at most 20 of them; `task` is what a person said.

    Texts and booleans are classes. Numbers are classes when there are two of them, or at most 20 whole ones with at
    least ten rows each on average that look like codes; else they are a quantity: counts and ranks have a range that is
    not full, or few rows at its ends. Raises `UsageError` for texts that do not repeat.
    """
    words = column.storage in ("string", "boolean")
    if task == "regression" or (task == "classification" and not words):
        return as_a_person_said(column, task, shown)
    if column.form and column.distinct > 2:
        return Target(task="regression", reason=f"{column.name!r} is {said(column.form)} in every row")
    labelled = rows - column.nulls
    return of_words(column, labelled, shown) if words else of_numbers(column, codes, labelled, shown)


def as_a_person_said(column: Column, task: str, shown: str) -> Target:
    """Return the task that a person names; raises `UsageError` (`data-task`) for a regression of words."""
    reason = f"you said so; {column.name!r} has {column.distinct:,} different values"
    if task == "classification":
        several = "binary-classification" if column.distinct == 2 else "multiclass-classification"
        return Target(task=several, reason=reason)  # type: ignore[arg-type]
    if column.storage in ("string", "boolean") and column.kind != "number":
        raise UsageError(
            "data-task",
            f"the target {column.name!r} holds {column.storage}s: no regression predicts them",
            hint="leave --task out, or name a column of numbers",
            where=shown,
        )
    return Target(task="regression", reason=reason)


def of_words(column: Column, labelled: int, shown: str) -> Target:
    """Return the task of texts or booleans, which are classes."""
    name, distinct = repr(column.name), column.distinct
    if distinct == 2:
        return Target(task="binary-classification", reason=f"{name} is one of two values")
    if distinct > labelled / 2:
        raise no_outcome(
            f"the target {name} has {distinct:,} different texts in {labelled:,} rows: a name, not an outcome",
            shown,
        )
    return Target(
        task="multiclass-classification", reason=f"{name} is one of {distinct:,} texts, which are classes"
    )


def of_numbers(column: Column, codes: tuple[tuple[int, int], ...], labelled: int, shown: str) -> Target:
    """Return the task of numbers: classes where they look like codes, else a quantity."""
    name, distinct = repr(column.name), column.distinct
    if distinct == 2:
        return Target(task="binary-classification", reason=f"{name} is one of two numbers")
    if column.role == "left-out" and column.kind == "identifier":
        raise no_outcome(f"the target {name} is {column.reason}", shown)
    repeating = bool(codes) and distinct * ROWS_A_NUMBER_CLASS <= labelled
    if repeating and looks_coded(codes):
        return Target(
            task="multiclass-classification",
            reason=f"{name} is one of {distinct} whole numbers that repeat, which are taken for classes; "
            "if more of it is more, say --task regression",
        )
    doubt = "; if its values only name classes, say --task classification" if repeating else ""
    return Target(
        task="regression",
        reason=f"{name} is a number with {distinct:,} different values in {labelled:,} rows{doubt}",
    )


def no_outcome(what: str, shown: str) -> UsageError:
    """Return the error for a target whose values name the rows."""
    return UsageError("data-target-id", what, hint="name a column whose values repeat", where=shown)


def looks_coded(codes: tuple[tuple[int, int], ...]) -> bool:
    """Tell whether whole numbers stand for classes: 0, 1, 2... or 1, 2, 3... without a gap, none of them rare.

    Counts and marks have rare values at their ends, and quantities have gaps.
    """
    values = sorted(value for value, _ in codes)
    whole = values[0] in (0, 1) and values == list(range(values[0], values[0] + len(values)))
    rarest, rows = min(count for _, count in codes), sum(count for _, count in codes)
    return whole and (len(values) <= FEW_CODES or rarest >= RAREST_CODE * rows)


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
    verb = "has" if len(rare) == 1 else "have"
    shown = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
    return [f"{len(rare)} of {len(classes)} classes {verb} fewer than {FEWEST_ROWS} rows: {shown}"]


def leaks(connection: Any, columns: list[Column], target: int, task: str, rows: int) -> dict[int, str]:
    """Return the features that give the target away, by position, with the reason.

    For classes: a column each of whose values, which repeat, belongs to one class. For numbers: one that is the target
    times a constant plus a constant, or that rises and falls with it without exception.
    """
    suspects = [
        index
        for index, column in enumerate(columns)
        if index != target and column.role == "feature" and suspicious(column, columns[target], task, rows)
    ]
    if not suspects:
        return {}
    value = number(f"t{target}", columns[target].form)
    asked = [leak_expression(f"t{index}", value, task) for index in suspects]
    row = connection.execute(select(asked, "typed", f"WHERE t{target} IS NOT NULL")).fetchone()
    name = columns[target].name
    found = {
        index: f"it gives the target away: each of its values stands for one of {name!r}"
        for index, hit in zip(suspects, row, strict=True)
        if hit
    }
    if task == "regression":
        for index in set(suspects) - set(found):
            if follows(connection, f"t{index}", value):
                found[index] = f"it gives the target away: it rises or falls with {name!r} in every row"
    return found


def follows(connection: Any, column: str, target: str) -> bool:
    """Tell whether a number never falls, or never rises, where the target rises; asked only of what is close to it."""
    present = f"WHERE {target} IS NOT NULL AND {column} IS NOT NULL"
    close, rows = connection.execute(
        select([f"abs(corr({column}, {target}))", "count(*)"], "typed", present)
    ).fetchone()
    if close is None or close < CLOSE or rows < ROWS_TO_FOLLOW:
        return False
    ordered = select([f"{column} AS x", f"{target} AS y"], "typed", present)
    before = ["x", "lag(x) OVER (ORDER BY y, x) AS up", "lag(x) OVER (ORDER BY y, x DESC) AS down"]
    steps = select(before, f"({ordered})")
    rises, falls = connection.execute(
        select(["bool_and(up IS NULL OR x >= up)", "bool_and(down IS NULL OR x <= down)"], f"({steps})")
    ).fetchone()
    return bool(rises or falls)


def suspicious(column: Column, target: Column, task: str, rows: int) -> bool:
    """Tell whether a look at the rows is worth it."""
    if task == "regression":
        return column.storage in ("integer", "float") and column.distinct > MOST_NUMBER_CLASSES
    one_to_one = column.nulls <= target.nulls and column.distinct == target.distinct
    return one_to_one or (
        target.distinct <= column.distinct and column.distinct * ROWS_A_LEAK <= rows - column.nulls
    )


def leak_expression(column: str, target: str, task: str) -> str:
    """Return the SQL that is true when a column gives the target away."""
    if task == "regression":
        return f"count({column}) = count(*) AND coalesce(abs(corr({column}, {target})) > 1 - 1e-12, false)"
    pairs = f"count(DISTINCT (CAST({column} AS VARCHAR), CAST({target} AS VARCHAR)))"
    return (
        f"count({column}) = count(*) AND {pairs} = count(DISTINCT {column}) AND count(DISTINCT {column}) > 1"
    )
