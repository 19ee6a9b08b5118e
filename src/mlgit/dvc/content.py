"""Where the content of a file is at one revision: in Git, on disk, or in DVC's cache, by itself or in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.hashing import Member, content_digest, read_folder
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import around, below
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError
from mlgit.git.blobs import BlobCache
from mlgit.git.snapshot import Snapshot, blob_name
from mlgit.world.files import read_bytes

NOT_IN_CACHE = "DVC keeps its content, and the cache of this machine does not have it"


class Content(Struct, frozen=True, kw_only=True):
    """A file at one revision, with the name of its content: the blob in Git, or the digest that DVC records.

    `content` is None where it is not here: then `reason` says why and `hint` is the command that brings it. Without a
    reason there is no such file.
    """

    content: bytes | None = None
    version: str = ""
    reason: str = ""
    hint: str = ""


def content_of(
    blobs: BlobCache, cache: LocalCache, snapshot: Snapshot, path: str, tracked: Mapping[str, Tracked]
) -> Content:
    """Return a file, by preference from the revision itself, else from DVC's cache; `tracked` is what DVC records."""
    try:
        content = blobs.content(snapshot, path)
    except MlgitError as error:
        return Content(version=snapshot.oid(path) or path, reason=error.message, hint=error.hint)
    if content is not None:
        return Content(content=content, version=snapshot.oid(path) or blob_name(content))
    record = tracked.get(path) or inside_folder(cache, path, tracked)
    if record is None or not (record.cached and record.entry.digest):
        return Content()
    if record.entry.is_folder:
        what = f"DVC keeps the folder {record.path}, and the cache of this machine does not have the list of its files"
        return Content(version=record.entry.digest, reason=what, hint=fetch_hint(record.path))
    content = cache.content(record.folder, record.entry.digest)
    what = NOT_IN_CACHE if content is None else ""
    hint = fetch_hint(path) if content is None else ""
    return Content(content=content, version=record.entry.digest, reason=what, hint=hint)


def fetch_hint(path: str) -> str:
    """Return the command that brings what DVC keeps at a path, of every commit."""
    return f"dvc fetch --all-commits {quote(path)}"


def members(cache: LocalCache, one: Tracked) -> tuple[Member, ...] | None:
    """Return the files of a folder that DVC keeps; None when their list is not here or is not what its digest says."""
    return listed_members(one, cache.content(one.folder, one.entry.digest))


def members_near(cache: LocalCache, one: Tracked) -> tuple[Member, ...] | None:
    """Return the same, looking in a default remote that is a folder, too."""
    place = cache.place_or_remote(one.folder, one.entry.digest)
    try:
        return listed_members(one, read_bytes(place) if place is not None else None)
    except MlgitError:
        return None


def listed_members(one: Tracked, listed: bytes | None) -> tuple[Member, ...] | None:
    """Return the files that the list of a folder holds; None when there is none, or it is not what its digest says."""
    if listed is None or content_digest(listed) + ".dir" != one.entry.digest:
        return None
    try:
        return read_folder(listed, one.path)
    except MlgitError:
        return None


def inside_folder(cache: LocalCache, path: str, tracked: Mapping[str, Tracked]) -> Tracked | None:
    """Return the record of a file that lies in a folder which DVC records as a whole.

    The folder's own record where the list of its files is not here; None where no folder holds the file.
    """
    for above, record in tracked.items():
        if not record.entry.is_folder or not path.startswith(above + "/"):
            continue
        found = members(cache, record)
        if found is None:
            return record
        wanted = path.removeprefix(above + "/")
        for member in found:
            if member.relpath == wanted:
                entry = Entry(path=wanted, digest=member.md5)
                return Tracked(path, entry, record.folder, record.role, record.cached)
    return None


def files_in(cache: LocalCache, path: str, tracked: Mapping[str, Tracked]) -> list[str]:
    """Return the files at a path in what DVC keeps; the path itself where it is no folder, or its list is not here."""
    for above in (path, *around(path)):
        record = tracked.get(above)
        found = members(cache, record) if record is not None and record.entry.is_folder else None
        if found is not None:
            listed = (f"{above}/{member.relpath}" for member in found)
            return [one for one in listed if below(path, one)] or [path]
    return [path]
