"""What the verbs of data bring about, as values."""

from __future__ import annotations

from msgspec import Struct

from mlgit.data.profile import Profile


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
