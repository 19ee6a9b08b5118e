"""Where a version came from, for those who let it in: who trained it and when, by which record, and who registered it."""

from __future__ import annotations

from msgspec import Struct

from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository
from mlgit.registry.state import Registered

FORM = "--format=%an%x00%at"


class Origin(Struct, frozen=True, kw_only=True):
    """Who trained a version and who registered it; moments are seconds since the epoch, 0: nobody knows.

    `record` is the path of the record of its training; empty: none tells of it.
    """

    trained_by: str = ""
    trained_at: int = 0
    record: str = ""
    registered_by: str = ""
    registered_at: int = 0


def origin_of(repository: Repository, version: Registered) -> Origin:
    """Return where a version came from: who brought its record in, without one who made the commit that trained it."""
    record = version.record.run.path if version.record else ""
    by, at = author(repository, version.commit, record) if record else ("", 0)
    if not by:
        by, at = author(repository, version.commit)
    return Origin(
        trained_by=by,
        trained_at=at,
        record=record,
        registered_by=version.by,
        registered_at=version.at,
    )


def author(repository: Repository, commit: str, path: str = "") -> tuple[str, int]:
    """Return who made a commit, or of those up to it the one that brought a file in, and when."""
    brought = ("--diff-filter=A", "--no-renames") if path else ()
    names = ("--", f":(literal){path}") if path else ()
    done = repository.run("log", "-1", "--no-show-signature", FORM, *brought, object_name(commit), *names)
    name, _, at = done.text.strip("\n").partition("\0")
    return name, int(at) if at.isdecimal() else 0
