"""What the verbs of data bring about, as values."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.data.profile import Profile
from mlgit.data.report import CheckReport


class Proposal(Struct, frozen=True, kw_only=True):
    """An inferred schema and where it went.

    `written` is the file that was written, empty when none was: for a file that belongs to no table, and when the
    schema that exists says the same. `existing` is the path and text of the schema that stands, left as it is.
    """

    profile: Profile
    text: str
    written: str = ""
    existing: tuple[str, str] | None = None


class SplitResult(Struct, frozen=True, kw_only=True):
    """The test set of a table.

    `rows` counts the rows with a label, `held_out` the ids in the file. `drawn` says whether it was drawn now; else
    it stood before, and `gone` counts its ids that the table has no more. `kept` counts, after a new draw, the ids
    that were held out before too (None when there was no split).
    """

    path: str
    rows: int
    held_out: int
    drawn: bool
    gone: int = 0
    kept: int | None = None


class Extent(Struct, frozen=True, kw_only=True):
    """How large a table is; rows are None where they cannot be counted."""

    bytes: int
    rows: int | None = None


class TableUpdate(Struct, frozen=True, kw_only=True):
    """What came of fetching one table anew."""

    table: str
    path: str
    source: Annotated[str, Meta(description="`dvc import`, `dvc import-url` or `command`.")]
    state: Annotated[
        Literal["new data", "unchanged", "refused"],
        Meta(description="`refused`: the data break their schema, and the tree is as it was."),
    ]
    before: Annotated[Extent | None, Meta(description="Null when the table was not here.")] = None
    after: Extent | None = None
    check: CheckReport | None = None
    changed: Annotated[tuple[str, ...], Meta(description="The files that are another now.")] = ()


class UpdateReport(Struct, frozen=True, kw_only=True):
    """What came of fetching tables anew."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    tables: tuple[TableUpdate, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no table was refused."""
        return all(one.state != "refused" for one in self.tables)
