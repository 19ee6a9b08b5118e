"""The schema of a table: what every next version of it has to keep. Written once from a profile, then the user's.

The class and the file `schemas/<table>.yaml` have the same keys; docs/reference/schema-file.md tells them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from mlgit.data.calendar_parts import Part
from mlgit.data.json_writing import Way
from mlgit.data.observed import Cut
from mlgit.data.profile import Storage, Value


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one column has to keep.

    `max_null_share` is the largest share of rows without a value, from 0 to 1; `min` and `max` bound numbers and, as
    ISO text, dates (both inclusive; `today` is a bound, too); `categories` lists the values allowed, `max_new_share`
    the share of rows that may hold another one; `pattern` is how every text is written, a regular expression (RE2) of the
    whole of it; `unique` forbids a value in two rows; an `optional` column may be
    missing from the file; `references` names the column (`customers.id`) that has to hold every value;
    `pii` marks what is about a person: it stays out of logs of predictions.

    What the reference showed is no law, a table is judged by it as far as both are large enough: `nulls_seen` rows had no
    value, `seen_once` categories stood in one row, `cuts` are values with the share of rows up to them, `shares` the most
    frequent categories, `told` how much of the target the column tells by itself (of the target: how much the place of a row tells, of unique ids how much their order does), `top_share` rows held the
    most frequent number, `odd_texts_seen` texts looked broken or days stood for none, `json` says whether numbers stood in quotes. A
    share that a person writes goes first.
    """

    type: Storage
    max_null_share: float | None = None
    nulls_seen: int = 0
    min: int | float | str | None = None
    max: int | float | str | None = None
    cuts: tuple[Cut, ...] = ()
    categories: tuple[Value, ...] | None = None
    pattern: str = ""
    max_new_share: float | None = None
    seen_once: int = 0
    shares: tuple[tuple[str, float], ...] = ()
    told: float | None = None
    top_share: float | None = None
    widest_gap: float | None = None
    step: tuple[Cut, ...] = ()
    json: Way | None = None
    lengths: tuple[tuple[int, float], ...] = ()
    letters: tuple[tuple[str, float], ...] = ()
    odd_texts_seen: int = 0
    unique: bool = False
    optional: bool = False
    references: str = ""
    pii: bool = False

    @property
    def nullable(self) -> bool:
        """Whether a row may have no value: by the share that is allowed, else by what the reference showed."""
        return bool(self.nulls_seen if self.max_null_share is None else self.max_null_share)

    @property
    def open(self) -> bool:
        """Whether a row may hold a category that is not listed."""
        return bool(self.seen_once if self.max_new_share is None else self.max_new_share)


class RowsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rows the table may have, both inclusive; no `max` is no upper bound."""

    min: int = 1
    max: int | None = None


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sample that the schema was inferred from: `rows`, and how many of them repeated an earlier one but for ids.

    `byte_order_mark` and `last_line_ends` say how its file started and ended, `delimiter` what stood between the values of
    every CSV (nothing says that it was none, or not looked at), `folders` are the columns that folders named (`year=2024`): rows of two of them are held against each other without these.
    """

    rows: int
    repeated_rows: int = 0
    byte_order_mark: bool = False
    last_line_ends: bool = True
    delimiter: Annotated[str, Meta(max_length=1)] = ""
    folders: tuple[str, ...] = ()


class Schema(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one table.

    `target` and `id` name the column to predict and the one that names the rows; without `id`, rows go by number. `key`
    names columns that together stand for one row only, as a store and a day. `group`
    names what several rows belong to, `time` what they are ordered by: `mlgit data split` holds out whole groups, or the
    latest rows.
    `missing` are the words that stand for "no value" beside nothing at all. `extra_columns` says whether columns
    that are not named here are allowed, `column_order` whether they may stand in any order. `ordered` are pairs of
    columns of which the first is never larger, `calendar` columns that are a part of a date (column, part, date). Without a `reference`, what was not seen is not allowed.
    """

    version: Literal[1]
    columns: dict[str, ColumnRule]
    target: str = ""
    id: str = ""
    key: tuple[str, ...] = ()
    group: str = ""
    time: str = ""
    missing: tuple[str, ...] = ()
    rows: RowsRule = field(default_factory=RowsRule)
    extra_columns: Literal["forbid", "allow"] = "forbid"
    column_order: Literal["any", "fixed"] = "any"
    ordered: tuple[tuple[str, str], ...] = ()
    calendar: tuple[tuple[str, Part, str], ...] = ()
    reference: Reference | None = None
