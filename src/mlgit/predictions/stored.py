"""Where the predictions of a moment lie: in Git, on disk, or in DVC's cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mlgit.dvc import folder as dvc_folder
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.hashing import content_digest
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.state import PipelineState
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError
from mlgit.git.shelf import Shelf
from mlgit.git.snapshot import REGULAR, CommitSnapshot, Snapshot, blob_name

MAXIMUM_BYTES = 256_000_000


class Stored(Struct, frozen=True, kw_only=True):
    """A file of predictions at one moment.

    `version` names the content: the blob in Git, or `md5-<digest>` of what DVC keeps; empty when there is none.
    `content` is None unless `state` is `read`; then `reason` says why and `remedy` is the command that helps.
    `recorded` is what dvc.lock says about a file which Git or the disk holds, None where it says nothing.
    """

    path: str
    state: Literal["read", "absent", "not available", "refused"]
    content: bytes | None = None
    version: str = ""
    reason: str = ""
    remedy: str = ""
    recorded: Entry | None = None

    @property
    def differs_from_lock(self) -> bool:
        """Whether dvc.lock records another content: the file was changed after its stage ran."""
        if self.content is None or self.recorded is None or not self.recorded.digest:
            return False
        return content_digest(self.content, legacy=self.recorded.legacy) != self.recorded.digest


def stored(
    shelf: Shelf, cache: LocalCache, snapshot: Snapshot, path: str, tracked: Mapping[str, Tracked]
) -> Stored:
    """Return the predictions at `path`, by preference from the moment itself, else from DVC's cache.

    `tracked` is what the pipeline of that moment records. A symbolic link is refused: what it points to is not what
    a reviewer sees.
    """
    if isinstance(snapshot, CommitSnapshot):
        mode = snapshot.entries[path].mode if path in snapshot.entries else REGULAR[0]
        if mode not in REGULAR:
            return Stored(path=path, state="refused", reason=f"{path} is a link, not a file")
    content = shelf.content(snapshot, path)
    record = tracked.get(path)
    if content is None:
        return from_cache(cache, path, record or inside_folder(cache, path, tracked))
    if len(content) > MAXIMUM_BYTES:
        return Stored(path=path, state="refused", reason=f"{path} is larger than {MAXIMUM_BYTES:,} bytes")
    recorded = record.entry if record is not None and record.role != "read" else None
    version = snapshot.oid(path) or blob_name(content)
    return Stored(path=path, state="read", content=content, version=version, recorded=recorded)


def inside_folder(cache: LocalCache, path: str, tracked: Mapping[str, Tracked]) -> Tracked | None:
    """Return the record of a file that lies in a folder which DVC keeps as a whole."""
    for above, record in tracked.items():
        if not record.entry.is_folder or not path.startswith(above + "/"):
            continue
        listed = cache.content(record.folder, record.entry.digest)
        if listed is None:
            return record
        try:
            members = dvc_folder.read(listed, above)
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
        return Stored(path=path, state="absent", reason=f"there is no {path}", remedy="mlgit train")
    version = f"md5-{record.entry.digest}"
    content = None if record.entry.is_folder else cache.content(record.folder, record.entry.digest)
    if content is None:
        return Stored(
            path=path,
            state="not available",
            version=version,
            reason=f"DVC keeps {path}, and the cache of this machine does not have it",
            remedy=f"dvc fetch --all-commits {path}",
        )
    if content_digest(content, legacy=record.entry.legacy) != record.entry.digest:
        return Stored(
            path=path,
            state="refused",
            version=version,
            reason=f"the object of {path} in DVC's cache is not what its digest says",
        )
    return Stored(path=path, state="read", content=content, version=version)


def recorded_versions(state: PipelineState, path: str) -> tuple[str, ...]:
    """Return the digest that a pipeline records for a file which it makes, as `Stored.version` would name it."""
    record = state.tracked.get(path)
    return (f"md5-{record.entry.digest}",) if record and record.entry.digest else ()
