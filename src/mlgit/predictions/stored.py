"""Where the predictions of a revision lie: in Git, on disk, or in DVC's cache."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.content import fetch_hint, inside_folder
from mlgit.dvc.evidence import Finding
from mlgit.dvc.hashing import content_digest, members_digest
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError
from mlgit.git.blobs import BlobCache
from mlgit.git.plumbing import REGULAR
from mlgit.git.snapshot import CommitSnapshot, Snapshot, WorkTreeSnapshot, blob_name

MAXIMUM_BYTES = 256_000_000
NO_FOLDER = "no digest of a folder"


class Stored(Struct, frozen=True, kw_only=True):
    """A file of predictions at one revision.

    `version` names the content: the blob in Git, or `md5-<digest>` of what DVC keeps; empty when there is none.
    `content` is None unless `state` is `read`; then `reason` says why and `hint` is the command that helps.
    `recorded` is what dvc.lock says about a file which Git or the disk holds, or about the folder around it, None where
    it says nothing; `measured` is the digest of that folder, empty for a file by itself. `written` is the content with the
    line ends that its stage wrote, where Git converts them.
    """

    path: str
    state: Literal["read", "absent", "not available", "refused"]
    content: bytes | None = None
    version: str = ""
    reason: str = ""
    hint: str = ""
    recorded: Entry | None = None
    measured: str = ""
    written: bytes | None = None

    @property
    def differs_from_lock(self) -> bool:
        """Whether dvc.lock records another content: the file, or the folder around it, was changed after its stage ran."""
        if self.content is None or self.recorded is None or not self.recorded.digest:
            return False
        if self.recorded.is_folder:
            return self.measured != self.recorded.digest
        written = self.content if self.written is None else self.written
        return content_digest(written, legacy=self.recorded.legacy) != self.recorded.digest


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
            return link(path)
    elif isinstance(snapshot, WorkTreeSnapshot) and snapshot.is_link(path):
        # DVC may keep its files as links into its cache; of those that Git keeps, the link is what is committed.
        kept = tracked.get(path) or inside_folder(cache, path, tracked)
        if kept is None or not kept.cached:
            return link(path)
    try:
        content = blobs.content(snapshot, path)
    except MlgitError as error:
        return Stored(
            path=path,
            state="not available",
            version=snapshot.oid(path) or "",
            reason=error.message,
            hint=error.hint,
        )
    record = tracked.get(path)
    if content is None:
        return from_cache(cache, path, record or inside_folder(cache, path, tracked))
    if len(content) > MAXIMUM_BYTES:
        return Stored(path=path, state="refused", reason=f"{path} is larger than {MAXIMUM_BYTES:,} bytes")
    version = snapshot.oid(path) or blob_name(content)
    found = Stored(path=path, state="read", content=content, version=version)
    if record is None:
        return held_by_folder(blobs, cache, snapshot, found, tracked)
    return found if record.role == "read" else as_recorded(blobs, found, record.entry)


def link(path: str) -> Stored:
    """Return that a link is refused."""
    return Stored(path=path, state="refused", reason=f"{path} is a link, not a file; commit the file itself")


def as_recorded(blobs: BlobCache, found: Stored, recorded: Entry) -> Stored:
    """Return a file with what dvc.lock says of it, and with the line ends that are recorded where Git converts them."""
    digest = partial(content_digest, legacy=recorded.legacy)
    written = blobs.conversion.recorded_form(
        found.path, found.content or b"", lambda one: digest(one) == recorded.digest
    )
    return replace(found, recorded=recorded, written=written)


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
        return as_recorded(blobs, found, record.entry)
    if record.cached:
        return found
    return replace(
        found,
        recorded=record.entry,
        measured=folder_digest(blobs, cache, snapshot, record.path, record.entry),
    )


def folder_digest(
    blobs: BlobCache, cache: LocalCache, snapshot: Snapshot, folder: str, recorded: Entry
) -> str:
    """Return the digest that DVC gives a folder as it is at a revision; a link in it makes it another than any."""
    evidence = CommittedEvidence(blobs, snapshot, {}, cache)
    blobs.gather([(snapshot, path) for path in evidence.files_of(folder)])
    members = evidence.own_members(folder, recorded, legacy=recorded.legacy)
    return NO_FOLDER if isinstance(members, Finding) else members_digest(members)


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
            hint=fetch_hint(path),
        )
    if content_digest(content, legacy=record.entry.legacy) != record.entry.digest:
        return Stored(
            path=path,
            state="refused",
            version=version,
            reason=f"the object of {path} in DVC's cache is not what its digest says",
        )
    return Stored(path=path, state="read", content=content, version=version)
