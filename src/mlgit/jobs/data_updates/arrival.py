"""What was handed off, held against mlgit.yaml at the default branch and never against its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from mlgit.config.model import Configuration, Table
from mlgit.dvc import pointer as pointers
from mlgit.git.plumbing import OBJECT_NAME
from mlgit.git.snapshot import CommitSnapshot, snapshot
from mlgit.host.document import CommentDocument
from mlgit.jobs.conclude import Site, Statement
from mlgit.jobs.data_updates.handoff import FETCHED, Fetched, FetchedTable
from mlgit.jobs.data_updates.pointer import digest_of, kept_path, renewed, same_data
from mlgit.jobs.handoff import bounded, refused
from mlgit.project.project import Project

DIGEST = re.compile(r"[0-9a-f]{32}\Z")


class Arrival(Struct, frozen=True, kw_only=True):
    """New data that may be proposed: the path they change, what stands there, what is to stand there."""

    fetched: FetchedTable
    table: Table
    path: str
    old: bytes
    new: bytes

    @property
    def digests(self) -> tuple[str, str]:
        """The digest of the data before and after."""
        return digest_of(self.path, self.old), digest_of(self.path, self.new)


def arrivals(
    site: DataSite, fetched: Fetched, configuration: Configuration
) -> Iterator[tuple[FetchedTable, Arrival | None]]:
    """Yield what was handed off with the new data that may be proposed of it, each table once."""
    before = base_of(site, fetched)
    old = Project(site.repository).of(before).configuration_or_default
    seen: set[str] = set()
    for one in fetched.tables:
        table = configuration.data.get(one.table)
        if one.table in seen:
            raise refused(site.folder, f"it holds {one.table[:200]!r} twice")
        if one.table not in configuration.data and one.table not in old.data:
            raise refused(site.folder, f"mlgit.yaml has no table {one.table[:200]!r}")
        seen.add(one.table)
        if one.state != "new data" or table is None or moved_on(site, before, old, one.table, table):
            yield one, None
        else:
            yield one, arrival(site, one, table)


def base_of(site: DataSite, fetched: Fetched) -> CommitSnapshot:
    """Return the files at the commit that was fetched on top of: the tip of the default branch or one before it."""
    if OBJECT_NAME.match(fetched.base):
        done = site.repository.run("merge-base", "--is-ancestor", fetched.base, site.base, check=False)
        if done.exit_code == 0:
            return snapshot(site.repository, fetched.base)
    raise refused(site.folder / FETCHED, f"{fetched.base[:60]!r} is no commit of {site.branch}")


def moved_on(site: DataSite, before: CommitSnapshot, old: Configuration, name: str, table: Table) -> bool:
    """Tell whether the default branch has changed since then what a table is fetched by, checked by or kept in."""
    paths = (table.schema, table.path, table.path + pointers.SUFFIX)
    return old.data.get(name) != table or any(before.oid(path) != site.tip.oid(path) for path in paths)


def arrival(site: DataSite, one: FetchedTable, table: Table) -> Arrival:
    """Return new data with the one path that they may change; raises `UsageError` for what is not just that."""
    path = kept_path(site.tip, table)
    old = site.tip.read([path]).get(path) if path else None
    if not path or old is None:
        raise refused(site.folder, f"neither DVC nor Git has {table.path}")
    if not re.fullmatch(r"files/[0-9]{1,4}", one.content):
        raise refused(site.folder, f"{one.content[:200]!r} is no file of it")
    new = bounded(site.folder, one.content)
    if pointers.is_pointer(path):
        source = pointers.read(old, path).source
        if not table.source and source == "added":
            raise refused(site.folder, f"nothing tells where {one.table} comes from")
        written = renewed(path, old, new)
        if written is None or not DIGEST.match(digest_of(path, written)):
            raise refused(site.folder, f"{path} would say more than which data there are now")
        new = written
    elif not table.source:
        raise refused(site.folder, f"nothing tells where {one.table} comes from")
    return Arrival(fetched=one, table=table, path=path, old=old, new=new)


def same_as(site: DataSite, found: Arrival, commit: str) -> bool:
    """Tell whether a commit has the data of an arrival already."""
    standing = snapshot(site.repository, commit).read([found.path]).get(found.path)
    return standing is not None and same_data(found.path, standing, found.new)


def well_made(site: DataSite, found: Arrival, commit: str) -> bool:
    """Tell whether the .dvc file of a commit says nothing that one of ours would not say."""
    standing = snapshot(site.repository, commit).read([found.path]).get(found.path)
    if standing is None or not pointers.is_pointer(found.path):
        return standing is not None
    return renewed(found.path, found.old, standing) == standing


def merges(site: DataSite, found: Arrival, commit: str) -> bool:
    """Tell whether a branch at `commit` still merges: the default branch has left its path alone since."""
    start = site.repository.merge_base(site.base, commit)
    return start is not None and snapshot(site.repository, start).oid(found.path) == site.tip.oid(found.path)


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
