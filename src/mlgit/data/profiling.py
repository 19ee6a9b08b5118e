"""Profile a file: open it, find how each column is stored, count, and decide what a model may learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mlgit.data.asked import NONE, Asked, followed, refuse_unknown
from mlgit.data.counting import class_counts, column_facts, typed_columns, whole_numbers
from mlgit.data.envelope import LARGEST_BYTES
from mlgit.data.grouping import group_of
from mlgit.data.kinds import MAXIMUM_CATEGORIES, describe, identifier_of, left_out, with_categories
from mlgit.data.leakage import LEAKED
from mlgit.data.opening import open_source, refuse_lost_rows, refused
from mlgit.data.profile import Column, Profile
from mlgit.data.source import Source
from mlgit.data.sql import connected, select
from mlgit.data.storage import Storing
from mlgit.data.target import (
    Target,
    class_warnings,
    decide,
    leaks,
    positive_of,
    refuse_hopeless,
    target_index,
)
from mlgit.data.telling import drawn_values, told_of
from mlgit.errors import MlgitError, UsageError


class Found(Struct, frozen=True, kw_only=True):
    """The columns and how they are stored, in the order of the file."""

    rows: int
    storings: list[Storing]
    columns: list[Column]


def profile_file(
    path: Path,
    target: str = "",
    *,
    shown: str = "",
    asked: Asked | None = None,
    several: bool = False,
    largest: int = LARGEST_BYTES,
    memory: str = "",
) -> Profile:
    """Return the profile of a CSV or Parquet file; `target` may be empty, `asked` is what a person said of the columns.

    `shown` is the path as error messages name it; a file has at most `largest` bytes, and with `memory` (`500MB`) the work
    holds no more than that. Raises `UsageError` (codes `data-...`) for a file that is no
    whole table and for a target that cannot be learned, `ExternalError` for a file that cannot be read.
    """
    source = open_source(path, shown, largest=largest, several=several)
    position = target_index(source.names, target, source.shown) if target else -1
    asked = asked or Asked()
    refuse_unknown(asked, source.names, target, source.shown)
    with connected(source.bytes, memory) as connection:
        try:
            found = columns_of(connection, source, asked)
            if position < 0:
                return assembled(source, found, found.columns, [])
            return with_target(connection, source, found, position, asked)
        except MlgitError:
            raise
        except Exception as error:
            raise refused(source, error) from error


def columns_of(connection: Any, source: Source, asked: Asked) -> Found:
    """Load the file, deduce how its columns are stored, and describe each."""
    stored = typed_columns(connection, source)
    rows, facts = column_facts(connection, stored, text=source.text)
    refuse_lost_rows(source, rows)
    columns = [
        followed(describe(name, storing, fact, rows), asked)
        for name, storing, fact in zip(source.names, stored, facts, strict=True)
    ]
    return Found(rows=rows, storings=stored, columns=with_values(connection, columns))


def with_values(connection: Any, columns: list[Column]) -> list[Column]:
    """Return the columns with the values of those that are categories to learn from."""
    wanted = [
        index
        for index, column in enumerate(columns)
        if column.kind == "category" and column.role == "feature" and column.distinct <= MAXIMUM_CATEGORIES
    ]
    if not wanted:
        return columns
    asked = [f"histogram(t{index})" for index in wanted]
    row = connection.execute(select(asked, "typed")).fetchone()
    answer = list(columns)
    for index, values in zip(wanted, row, strict=True):
        answer[index] = with_categories(answer[index], values)
    return answer


def with_target(connection: Any, source: Source, found: Found, position: int, asked: Asked) -> Profile:
    """Return the profile with the task, its classes, and without the columns that give the answer away."""
    column = found.columns[position]
    refuse_hopeless(column, found.rows, source.shown)
    codes = whole_numbers(connection, column, position)
    answer = decide(column, codes, found.rows, source.shown, asked.task)
    if answer.task != "regression":
        classes = class_counts(connection, position)
        positive = positive_of(classes) if answer.task == "binary-classification" else None
        reason = f"{answer.reason}, {classes[0][0]!r} and {classes[1][0]!r}" if positive else answer.reason
        answer = replace(answer, classes=classes, positive_class=positive, reason=reason)
    columns = list(found.columns)
    warnings = class_warnings(answer.classes)
    for index, reason in leaks(connection, columns, position, answer.task, found.rows).items():
        columns[index] = left_out(columns[index], columns[index].kind, reason)
        warnings.append(f"{columns[index].name!r} is left out: {reason}")
    columns[position] = target_column(connection, column, answer, position)
    warnings += telling(connection, columns, answer.task, found.rows, ordered=bool(asked.time))
    with_group(connection, columns, found.rows, position, asked)
    profile = assembled(source, found, columns, warnings, answer)
    return replace(profile, time_column=asked.time if asked.time != NONE else None) if asked.time else profile


def telling(connection: Any, columns: list[Column], task: str, rows: int, *, ordered: bool) -> list[str]:
    """Say which features tell nearly all of the target, and that the rows stand in its order; not of rows `ordered` by time."""
    shares = told_of(columns, task, drawn_values(connection, "typed", columns, rows))
    target = next(one.name for one in columns if one.role == "target")
    loud = {index: share for index, share in shares.items() if share > LEAKED}
    said = [
        f"leak? {columns[index].name!r} alone tells {share:.0%} of {target!r}: where it is known only afterwards, "
        "take it out with --drop, or later of columns: in params.yaml"
        for index, share in loud.items()
        if columns[index].role == "feature"
    ]
    if not ordered and any(columns[index].role == "target" for index in loud):
        said.append(
            f"the rows stand in the order of {target!r}: shuffle them before anything splits or trains by order"
        )
    return said


def with_group(connection: Any, columns: list[Column], rows: int, target: int, asked: Asked) -> None:
    """Mark the column whose values are held out as a whole: the one that was named, else the one that is found."""
    if asked.group == NONE or (asked.time and not asked.group):
        return
    if asked.group:
        index = next(place for place, column in enumerate(columns) if column.name == asked.group)
        columns[index] = replace(columns[index], role="group", reason="groups, as you said")
    elif found := group_of(connection, columns, rows, target):
        index, why = found
        columns[index] = replace(columns[index], role="group", reason=why)


def target_column(connection: Any, column: Column, answer: Target, position: int) -> Column:
    """Return the description of the target."""
    if answer.task == "regression":
        return replace(column, kind="number", role="target", reason=answer.reason, categories=())
    rows = connection.execute(
        select([f"DISTINCT t{position}"], "typed", f"WHERE t{position} IS NOT NULL")
    ).fetchall()
    kind = "boolean" if column.kind == "boolean" else "category"
    values = tuple(sorted(row[0] for row in rows)) if kind == "category" else ()
    return replace(column, kind=kind, role="target", reason=answer.reason, categories=values, new_share=0.0)


def assembled(
    source: Source, found: Found, columns: list[Column], warnings: list[str], answer: Target | None = None
) -> Profile:
    """Return the profile of these columns, the identifier of the rows chosen among them."""
    names_rows = identifier_of(columns)
    columns = [replace(column, role="id") if column.name == names_rows else column for column in columns]
    target = next((column for column in columns if column.role == "target"), None)
    unlabelled = target.nulls if target else 0
    if target and unlabelled:
        warnings = [
            f"{unlabelled:,} of {found.rows:,} rows have no value of {target.name!r}: no model is trained or tested on them",
            *warnings,
        ]
    if target and not any(column.role == "feature" for column in columns):
        left = (one for one in columns if one.role != "target")
        raise UsageError(
            "data-no-features",
            "there is no column to learn from beside the target",
            hint="; ".join(f"{one.name!r}: {one.reason}" for one in left)[:400] or "add columns",
            where=source.shown,
        )
    return Profile(
        file_format=source.file_format,
        rows=found.rows,
        bytes=source.bytes,
        target=target.name if target else "",
        task=answer.task if answer else "",
        task_reason=answer.reason if answer else "",
        id_column=names_rows,
        group_column=next((column.name for column in columns if column.role == "group"), None),
        classes=tuple(text for text, _ in answer.classes) if answer else (),
        class_rows=tuple(count for _, count in answer.classes) if answer else (),
        positive_class=answer.positive_class if answer else None,
        columns=tuple(columns),
        delimiter=source.delimiter,
        missing=tuple(sorted({word for storing in found.storings for word in storing.missing})),
        unlabelled=unlabelled,
        warnings=tuple(warnings),
    )
