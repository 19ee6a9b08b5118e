"""What `mlgit data profile` says of a table, as one value: the columns, how they spread, the target, the split."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.data.observed import Cut
from mlgit.data.profile import Column, FileFormat
from mlgit.stats.interval import Interval

By = Literal["rows", "groups", "time"]
"""What a test set is drawn by."""


class CellProfile(Struct, frozen=True, kw_only=True):
    """The rows of one column that share a value or lie within two limits, and the target in them."""

    label: Annotated[str, Meta(description="The value, or the limits: `10 to 20` holds 20 and not 10.")]
    rows: int
    target: Annotated[
        Interval | None,
        Meta(description="The mean of the target, or the share of the positive class, with its interval."),
    ] = None


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """One column: what `init` takes it for and why, and what is in it."""

    column: Column
    cuts: Annotated[
        tuple[Cut, ...], Meta(description="Values with the share of rows up to them, smallest to largest.")
    ] = ()
    cells: tuple[CellProfile, ...] = ()
    others: Annotated[int, Meta(description="Rows of categories that are not among the cells.")] = 0
    told: Annotated[
        float | None,
        Meta(
            description="The share of the error of guessing the target that the column alone takes away, 0 to 1."
        ),
    ] = None
    future: Annotated[bool, Meta(description="Whether a date lies after the day of the look.")] = False


class ClassSplit(Struct, frozen=True, kw_only=True):
    """The rows of one class on both sides of the split."""

    name: str
    train: int
    test: int


class SplitPlan(Struct, frozen=True, kw_only=True):
    """What `init` would hold out. Not `exact`: too many groups or times to draw them here, so the rows are about these."""

    by: By
    column: Annotated[str | None, Meta(description="The column of the groups or the time.")]
    train_rows: int
    test_rows: int
    test_groups: Annotated[int | None, Meta(description="Groups, or times, that are held out.")] = None
    classes: tuple[ClassSplit, ...] = ()
    exact: bool = True
    gate: Annotated[str, Meta(description="What the first gate will be able to see.")] = ""


class TableProfile(Struct, frozen=True, kw_only=True):
    """A whole table as `init` sees it; without a target there is no split, and nothing tells it."""

    version: Literal[1] = 1
    table: str
    file: str
    file_format: FileFormat
    rows: int
    bytes: int
    target: str
    task: str
    task_reason: str
    positive_class: str | None
    unlabelled: int
    id_column: str | None
    group_column: str | None
    group_reason: str
    time_column: str | None
    missing: Annotated[tuple[str, ...], Meta(description="Words that stand for no value.")]
    repeated: Annotated[int, Meta(description="Rows equal to an earlier one but for ids.")]
    told_rows: Annotated[int, Meta(description="So many rows were asked how much a column tells.")]
    key: Annotated[
        tuple[str, ...],
        Meta(description="Columns that no two rows share together; empty where none are found."),
    ]
    ordered: Annotated[
        tuple[tuple[str, str], ...], Meta(description="Pairs of which the first is never larger.")
    ]
    columns: tuple[ColumnProfile, ...]
    split: SplitPlan | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
