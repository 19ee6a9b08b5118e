"""What fetching tables hands to proposing them: values, and the files they are kept in between two jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.data.report import Extent, RuleName

FETCHED = "fetched.json"
LONGEST = 2_000
"""Characters that a text of a handoff may have."""
LARGEST = 2**53
"""The largest size or count that a handoff may tell."""
Text = Annotated[str, Meta(max_length=LONGEST)]
Short = Annotated[str, Meta(max_length=200)]
Lines = Annotated[tuple[Text, ...], Meta(max_length=100)]


class Held(Struct, frozen=True, kw_only=True):
    """How many checks of one kind new data were held against, and kept."""

    rule: RuleName
    number: Annotated[int, Meta(ge=0, le=LARGEST)]


class FetchedTable(Struct, frozen=True, kw_only=True):
    """What came of one table before anything was proposed. Nothing in it holds the value of a secret.

    `content` is the file of the handoff that holds the new .dvc file, or the table itself where Git has it. `lines`
    are the broken rules of data that were refused, `notes` what the check found worth saying of good ones.

    Reading one whose sizes, counts or texts nobody has raises `msgspec.ValidationError`.
    """

    table: Short
    state: Literal["new data", "unchanged", "refused", "failed"]
    source: Short = ""
    before: Extent | None = None
    after: Extent | None = None
    held: Annotated[tuple[Held, ...], Meta(max_length=100)] = ()
    notes: Lines = ()
    lines: Lines = ()
    detail: Text = ""
    content: Short = ""

    def __post_init__(self) -> None:
        """Refuse a size that no table has."""
        for extent in (self.before, self.after):
            if extent is not None and not (
                0 <= extent.bytes <= LARGEST and 0 <= (extent.rows or 0) <= LARGEST
            ):
                raise ValueError(f"a table has 0 to {LARGEST:,} bytes and rows")


class Fetched(Struct, frozen=True, kw_only=True):
    """What came of every table of a run: fetched on top of the commit `base`, at `at` (seconds since the epoch)."""

    version: Literal[1] = 1
    base: Short
    at: Annotated[float, Meta(ge=1e9, le=1e11)]
    tables: Annotated[tuple[FetchedTable, ...], Meta(max_length=10_000)] = ()


Ending = Literal["proposed", "unchanged", "settled", "outdated", "bad-data", "failed", "would-propose"]


class ProposedTable(Struct, frozen=True, kw_only=True):
    """What came of one table in the end."""

    table: str
    ending: Annotated[
        Ending,
        Meta(
            description="`settled`: the pull request with just these data was closed. `outdated`: the default branch "
            "changed meanwhile what the table was fetched by. `would-propose`: in a dry run."
        ),
    ]
    text: str
    branch: str = ""
    commit: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()


class DataProposals(Struct, frozen=True, kw_only=True):
    """What came of fetching tables anew and proposing them; `base` is the commit of the default branch `branch`."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    base: str
    branch: str = ""
    tables: tuple[ProposedTable, ...] = ()

    @property
    def bad(self) -> bool:
        """Whether there is check failed: data or a source that a person has to look at."""
        return any(one.ending in ("bad-data", "failed") for one in self.tables)
