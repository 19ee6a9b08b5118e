"""The tables and data folders of a project at one revision: who keeps each, its digest, and its content where it is at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from msgspec import Struct

from mlgit.dvc.content import fetch_hint, members_near
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.hashing import Member, content_digest
from mlgit.dvc.paths import SortedPaths, around
from mlgit.dvc.tracked import TABLES, Tracked
from mlgit.errors import MlgitError, UsageError
from mlgit.git.lfs import refuse_pointer
from mlgit.git.tracked import refuse_link_outside
from mlgit.project.remote_lists import members_by_dvc, remote_elsewhere, why_not
from mlgit.project.revision import Revision
from mlgit.project.stages import recorded

NOT_AT_HAND = ("data-not-here", "lfs-pointer")
"""Codes of errors that say that a content is elsewhere: nothing is broken."""


class Held(Struct, frozen=True, kw_only=True):
    """A table or data folder at a revision. `record` is what DVC has of it; `digest` is empty until it is asked for."""

    path: str
    folder: bool
    kept: Literal["DVC", "Git", "working tree"]
    digest: str = ""
    record: Tracked | None = None


def is_table(path: str) -> bool:
    """Tell whether a path is named like a table."""
    return path.lower().endswith(TABLES)


def held_by_dvc(revision: Revision) -> dict[str, Held]:
    """Return the tables and folders that DVC keeps at a revision, with the digests of what stands there.

    In the working tree that is the digest of what is on disk; what is not there has the one that is recorded.
    """
    found = {}
    for path, one in recorded(revision.pipelines, revision.pointers).items():
        data = one.role == "brought" or (one.role == "made" and (is_table(path) or one.entry.is_folder))
        if data and one.cached and one.entry.digest:
            found[path] = on_disk(revision, path, one) or Held(
                path=path, folder=one.entry.is_folder, kept="DVC", digest=one.entry.digest, record=one
            )
    return found


def on_disk(revision: Revision, path: str, record: Tracked | None) -> Held | None:
    """Return a path as it stands on disk; None at a commit, and where nothing stands there."""
    place = revision.repository.root / path
    if revision.commit is not None or not place.exists() or not isinstance(revision.evidence, DiskEvidence):
        return None
    refuse_link_outside(revision.repository, path)
    found = revision.evidence.digest(path, record.entry if record else None)
    if found.digest.startswith("a file of"):
        found = revision.evidence.digest(path, None)
    return Held(path=path, folder=place.is_dir(), kept="working tree", digest=found.digest, record=record)


def held_by_git(revision: Revision, wanted: Collection[str]) -> dict[str, Held]:
    """Return those of `wanted` paths that Git has at a revision: files, or folders of files."""
    paths = SortedPaths(revision.paths())
    found = {}
    for path in wanted:
        if path in paths:
            found[path] = Held(path=path, folder=False, kept="Git")
        elif paths.below(path):
            found[path] = Held(path=path, folder=True, kept="Git")
    return found


def with_digest(revision: Revision, held: Held) -> Held:
    """Return what Git has of a table with the digest of its content, as DVC would give it; empty where it is not here."""
    if held.digest or held.folder:
        return held
    try:
        content = revision.content(held.path)
    except MlgitError:
        return held
    digest = content_digest(content) if content is not None else ""
    return Held(path=held.path, folder=False, kept=held.kept, digest=digest)


def files_of(revision: Revision, held: Held) -> dict[str, str]:
    """Return the digest of each file of a folder, by its path in the folder; of a file its own by its name.

    Raises `UsageError` (`data-not-here`) where the list of a folder is not on this machine.
    """
    if not held.folder:
        return {PurePosixPath(held.path).name: with_digest(revision, held).digest}
    return {one.relpath: one.md5 for one in listed(revision, held)}


def listed(revision: Revision, held: Held) -> Iterator[Member]:
    """Yield the files of a folder; raises as `files_of`."""
    if held.kept == "DVC" and held.record is not None:
        members = members_near(revision.reader.cache, held.record)
        yield from members if members is not None else far_members(revision, held.path)
    elif held.kept == "working tree" and isinstance(revision.evidence, DiskEvidence):
        place = revision.repository.root / held.path
        for file in sorted(revision.evidence.files(place)):
            relative = file.relative_to(place).as_posix()
            found = revision.evidence.digest(f"{held.path}/{relative}", None)
            yield Member(relative, found.digest or found.unknown)
    else:
        paths = SortedPaths(revision.paths()).below(held.path)
        revision.gather(paths)
        for path in paths:
            yield Member(path[len(held.path) + 1 :], content_digest(revision.content(path) or b""))


def far_members(revision: Revision, path: str) -> tuple[Member, ...]:
    """Return the files of a folder whose list is not on this machine, as DVC gets it of the remote; raises `UsageError`."""
    what = f"the list of the files in {path} is neither in the cache nor in a folder that is the remote"
    remote = remote_elsewhere(revision.repository, path)
    if remote is None:
        raise not_here(what, path)
    try:
        return members_by_dvc(revision.repository, path, revision.commit)
    except MlgitError as error:
        what = f"the list of the files in {path} is not in the cache, and {why_not(remote, error)}"
        raise not_here(what, path) from error


def places(revision: Revision, held: Held, files: Mapping[str, str], scratch: Path) -> list[tuple[str, Path]]:
    """Return each file of a table with its path as shown and where its content lies on this machine.

    What only Git has is written to `scratch`. Raises `UsageError` (`data-not-here`) where something is not at hand, and what Git LFS raises.
    """
    found = []
    for name, digest in files.items():
        path = f"{held.path}/{name}" if held.folder else held.path
        found.append((path, place_of(revision, held, path, digest, scratch)))
    return found


def place_of(revision: Revision, held: Held, path: str, digest: str, scratch: Path) -> Path:
    """Return where the content of one file lies."""
    if held.kept == "DVC":
        folder = held.record.folder if held.record else ""
        place = revision.reader.cache.place_or_remote(folder, digest)
        if place is None:
            raise not_here(
                f"the content of {path} is neither in the cache nor in a folder that is the remote", held.path
            )
        return place
    if revision.commit is None:
        refuse_link_outside(revision.repository, path)
        refuse_pointer(revision.repository.root / path, path)
        return revision.repository.root / path
    content = revision.content(path)
    if content is None:
        raise not_here(f"{path} is no regular file in {revision.name}", path)
    copy = scratch / f"{len(list(scratch.iterdir()))}{PurePosixPath(path).suffix}"
    copy.write_bytes(content)
    return copy


def not_here(said: str, path: str) -> UsageError:
    """Return the error for data that are not on this machine, with the command that brings them."""
    return UsageError("data-not-here", said, hint=fetch_hint(path), where=path)


def inside(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path lies in one of these folders."""
    return any(one in folders for one in around(path))
