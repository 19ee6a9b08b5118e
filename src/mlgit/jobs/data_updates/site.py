"""Where data updates conclude, and the words that they say there."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mlgit.git.snapshot import CommitSnapshot, snapshot
from mlgit.host.document import CommentDocument
from mlgit.jobs.conclude import Site, Statement
from mlgit.jobs.data_updates.handoff import FetchedTable

WORKFLOW = "mlgit-data"


class Facts(Struct, frozen=True, kw_only=True):
    """What is told besides the data: the commit they were fetched on top of, when (seconds since the epoch), in which run.

    Of a proposal also the one path that changes, the schema, the digests before and after, and whether its merge
    starts a retraining.
    """

    base: str
    at: float
    run: str = ""
    path: str = ""
    schema: str = ""
    digests: tuple[str, str] = ("", "")
    retrains: bool = False


class Texts(Struct, frozen=True, kw_only=True):
    """What pull requests and issues say."""

    title: Callable[[FetchedTable], str]
    proposal: Callable[[FetchedTable, Facts], CommentDocument]
    issue: Callable[[FetchedTable, Facts], Statement]
    mended: Callable[[float, str], str]


class DataSite(Site, frozen=True, kw_only=True):
    """A site with the tip of the default branch, on top of which new data are proposed."""

    base: str
    branch: str
    texts: Texts

    @property
    def tip(self) -> CommitSnapshot:
        """The files at the tip of the default branch."""
        return snapshot(self.repository, self.base)


def data_mark(digest: str) -> str:
    """Return the hidden line by which a pull request is known to be about just these data."""
    return f"<!-- mlgit:data {digest} -->"
