"""Where the predictions of a revision lie: in Git, on disk, or in DVC's cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.hashing import Member, content_digest, members_digest, read_folder
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import SortedPaths
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError
from mlgit.git.snapshot import REGULAR, BlobCache, CommitSnapshot, Snapshot, blob_name

MAXIMUM_BYTES = 256_000_000


class Stored(Struct, frozen=True, kw_only=True):
    """A file of predictions at one revision.

    `version` names the content: the blob in Git, or `md5-<digest>` of what DVC keeps; empty when there is none.
    `content` is None unless `state` is `read`; then `reason` says why and `hint` is the command that helps.
    `recorded` is what dvc.lock says about a file which Git or the disk holds, or about the folder around it, None where
    it says nothing; `measured` is the digest of that folder, empty for a file by itself.
    """

    path: str
    state: Literal["read", "absent", "not available", "refused"]
    content: bytes | None = None
    version: str = ""
    reason: str = ""
    hint: str = ""
    recorded: Entry | None = None
    measured: str = ""

    @property
    def differs_from_lock(self) -> bool:
        """Whether dvc.lock records another content: the file, or the folder around it, was changed after its stage ran."""
        if self.content is None or self.recorded is None or not self.recorded.digest:
            return False
        if self.recorded.is_folder:
            return self.measured != self.recorded.digest
        return content_digest(self.content, legacy=self.recorded.legacy) != self.recorded.digest


def stored(
    blobs: BlobCache, cache: LocalCache, snapshot: Snapshot, path: str, tracked: Mapping[str, Tracked]
) -> Stored:
    """Return the predictions at `path`, by preference from the revision itself, else from DVC's cache.

    `tracked` is what the pipeline of that revision records. A symbolic link is refused: what it points to is not what
    a reviewer sees.
    """
    if isinstance(snapshot, CommitSnapshot):
        mode = snapshot.entries[path].mode if path in snapshot.entries else REGULAR[0]
        if mode not in REGULAR:
            return Stored(path=path, state="refused", reason=f"{path} is a link, not a file")
    content = blobs.content(snapshot, path)
    record = tracked.get(path)
    if content is None:
        return from_cache(cache, path, record or inside_folder(cache, path, tracked))
    if len(content) > MAXIMUM_BYTES:
        return Stored(path=path, state="refused", reason=f"{path} is larger than {MAXIMUM_BYTES:,} bytes")
    version = snapshot.oid(path) or blob_name(content)
    found = Stored(path=path, state="read", content=content, version=version)
    if record is None:
        return held_by_folder(blobs, cache, snapshot, found, tracked)
    return replace(found, recorded=record.entry if record.role != "read" else None)


def held_by_folder(
    blobs: BlobCache, cache: LocalCache, snapshot: Snapshot, found: Stored, tracked: Mapping[str, Tracked]
) -> Stored:
    """Return a file with what dvc.lock says about the folder around it, which a stage writes as a whole.

    Of a folder that DVC keeps, its list in the cache tells the file's own digest; where that is not here, nothing is.
    """
    written = {above: one for above, one in tracked.items() if one.entry.is_folder and one.role != "read"}
    record = inside_folder(cache, found.path, written)
    if record is None:
        return found
    if record.path == found.path:
        return replace(found, recorded=record.entry)
    if record.cached:
        return found
    return replace(
        found, recorded=record.entry, measured=folder_digest(blobs, snapshot, record.path, record.entry)
    )


def folder_digest(blobs: BlobCache, snapshot: Snapshot, folder: str, recorded: Entry) -> str:
    """Return the digest that DVC gives a folder as it is at a revision; a link in it makes it another than any."""
    paths = SortedPaths(snapshot.paths()).below(folder)
    blobs.gather([(snapshot, path) for path in paths])
    contents = {path: blobs.content(snapshot, path) for path in paths}
    return members_digest(
        Member(
            path.removeprefix(folder + "/"),
            "" if content is None else content_digest(content, legacy=recorded.legacy),
        )
        for path, content in contents.items()
    )


def inside_folder(cache: LocalCache, path: str, tracked: Mapping[str, Tracked]) -> Tracked | None:
    """Return the record of a file that lies in a folder which DVC keeps as a whole."""
    for above, record in tracked.items():
        if not record.entry.is_folder or not path.startswith(above + "/"):
            continue
        listed = cache.content(record.folder, record.entry.digest)
        if listed is None:
            return record
        try:
            members = read_folder(listed, above)
        except MlgitError:
            return None
        wanted = path.removeprefix(above + "/")
        for member in members:
            if member.relpath == wanted:
                entry = Entry(path=wanted, digest=member.md5)
                return Tracked(path, entry, record.folder, record.role, record.cached)
    return None


def from_cache(cache: LocalCache, path: str, record: Tracked | None) -> Stored:
    """Return what DVC keeps of a file; nothing of one that Git keeps. An object that is not what its name says is refused."""
    if record is None or not record.entry.digest or not record.cached:
        return Stored(path=path, state="absent", reason=f"there is no {path}", hint="mlgit train")
    version = f"md5-{record.entry.digest}"
    content = None if record.entry.is_folder else cache.content(record.folder, record.entry.digest)
    if content is None:
        return Stored(
            path=path,
            state="not available",
            version=version,
            reason=f"DVC keeps {path}, and the cache of this machine does not have it",
            hint=f"dvc fetch --all-commits {path}",
        )
    if content_digest(content, legacy=record.entry.legacy) != record.entry.digest:
        return Stored(
            path=path,
            state="refused",
            version=version,
            reason=f"the object of {path} in DVC's cache is not what its digest says",
        )
    return Stored(path=path, state="read", content=content, version=version)
