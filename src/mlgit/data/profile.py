"""What a table holds, as one value: the ground for the schema, the split and the templates of a new project."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

FileFormat = Literal["csv", "jsonl", "parquet"]
Kind = Literal["number", "category", "date", "boolean", "identifier", "text"]
Storage = Literal["integer", "float", "string", "boolean", "date", "timestamp"]
Role = Literal["feature", "target", "id", "group", "left-out"]
Value = int | float | str | bool


class Column(Struct, frozen=True, kw_only=True):
    """One column: what it holds and what a model may do with it.

    `nulls` counts the rows without a value, `distinct` the different values (exact). `minimum` and `maximum` are
    numbers for numbers, ISO text for dates and None for anything else. `categories` are the values of a category
    that is a feature or the target, sorted; empty otherwise. `reason` says why it has this kind, or why it is left
    out. `unique` holds when every row has a value and no two rows share one.

    What fresh rows of the same source will look like: numbers stay within `lower` and `upper` (None: no limit can be
    told), and about `new_share` of the rows may hold a category that was not seen.

    `form` says how a number or a date is written that the file holds as text: `decimal-comma`, `thousands-comma`, or the
    format of a date as `strptime` takes it; empty for anything else.
    """

    name: str
    kind: Kind
    storage: Storage
    nulls: int
    distinct: int
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    categories: tuple[Value, ...] = ()
    role: Role = "feature"
    reason: str = ""
    unique: bool = False
    lower: int | float | None = None
    upper: int | float | None = None
    new_share: float = 0.0
    form: str = ""


class Profile(Struct, frozen=True, kw_only=True):
    """A whole table.

    `rows` counts every row of the file, those without a label too (`unlabelled`); `bytes` is the size of the file.
    `target` and `task` are empty when no target was named. `classes` are the classes as text (`true` and `false`
    for booleans), sorted, `class_rows` the rows of each; `positive_class` is the one that binary scores speak of. `id_column` is None when the
    rows have no name of their own: their ids are then row numbers from 0, in the order of the file.
    `group_column` names what several rows belong to (a person, a country), `time_column` what they are ordered by; the
    test set holds whole groups, or the latest rows. `missing` are the words that stand for "no value" in this file beside the empty string; `delimiter` is empty
    for Parquet. `warnings` are sentences that a person should read before training.
    """

    file_format: FileFormat
    rows: int
    bytes: int
    target: str
    task: str
    task_reason: str
    id_column: str | None
    classes: tuple[str, ...]
    positive_class: str | None
    columns: tuple[Column, ...]
    delimiter: str = ""
    missing: tuple[str, ...] = ()
    class_rows: tuple[int, ...] = ()
    unlabelled: int = 0
    group_column: str | None = None
    time_column: str | None = None
    warnings: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of that name; raises `KeyError` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
