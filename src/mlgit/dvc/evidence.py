"""What the content of a path is at one moment: a digest to hold against what dvc.lock recorded."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.content import members as members_of
from mlgit.dvc.hashing import CHUNK, Member, content_digest, members_digest, stream_digest
from mlgit.dvc.ignored import FILE, Ignored, beyond
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import SortedPaths, around, below, folder_of, joined
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError, UsageError
from mlgit.git import lfs
from mlgit.git.blobs import BlobCache
from mlgit.git.conversion import other_line_ends
from mlgit.git.snapshot import Snapshot
from mlgit.world.files import open_regular, resolved

LARGE = 8_000_000
"""Bytes from which on it is worth remembering a digest."""


class Finding(Struct, frozen=True, kw_only=True):
    """A digest; or `missing`: there is no such path; or `unknown`: why it cannot be told.

    `bring` is the command that brings what Git names and this clone has not.
    """

    digest: str = ""
    missing: bool = False
    unknown: str = ""
    bring: str = ""


MISSING = Finding(missing=True)


class Evidence(Protocol):
    """Tells the content of a path at one moment."""

    def dependency(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of what a stage reads; `recorded` is what dvc.lock says of it."""

    def output(self, path: str, recorded: Entry, *, cached: bool) -> Finding:
        """Return the digest of what a stage wrote; `cached`: DVC keeps it."""


class CommittedEvidence:
    """Evidence from a commit alone: blobs, .dvc files and dvc.lock; no data has to be here.

    `tracked` is what DVC keeps at that moment, what a stage was run with left out.
    """

    def __init__(
        self, blobs: BlobCache, snapshot: Snapshot, tracked: Mapping[str, Tracked], cache: LocalCache
    ) -> None:
        self._blobs = blobs
        self._snapshot = snapshot
        self._paths = snapshot.paths()
        self._sorted = SortedPaths(self._paths)
        self.tracked = tracked
        self._cache = cache
        self._submodules: dict[str, CommittedEvidence | None] = dict.fromkeys(snapshot.submodules())

    def dependency(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest that the commit tells for a path, a folder's from what is in it."""
        legacy = recorded is not None and recorded.legacy
        submodule = next((one for one in self._submodules if below(one, path)), None)
        if submodule is not None:
            return self.in_submodule(submodule, path, recorded)
        if path in self._paths:
            return self.blob(path, recorded)
        if path in self.tracked:
            return Finding(digest=self.tracked[path].entry.digest)
        holder = next((self.tracked[one] for one in around(path) if one in self.tracked), None)
        if holder is not None:
            return self.inside(holder, path)
        return self.folder(path, recorded, legacy=legacy)

    def in_submodule(self, submodule: str, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of a submodule, or of something in it, at the commit that is recorded of it."""
        inner = self._submodules[submodule]
        if inner is None:
            found = self._blobs.submodule(self._snapshot, submodule)
            if found is None:
                return not_initialised(submodule)
            inner = self._submodules[submodule] = CommittedEvidence(*found, {}, self._cache)
        return inner.dependency(path[len(submodule) + 1 :], recorded)

    def output(self, path: str, recorded: Entry, *, cached: bool) -> Finding:
        """Return the digest of an output: of what Git has from its blobs, of what DVC keeps what is recorded."""
        if path in self._paths:
            return self.blob(path, recorded)
        if cached:
            return Finding(digest=recorded.digest)
        members = self.own_members(path, recorded, legacy=recorded.legacy)
        if isinstance(members, Finding):
            return members
        return of_folder(path, members, recorded) if members else MISSING

    def knows(self, path: str) -> bool:
        """Tell whether Git or DVC has a path, something in it, or the folder around it."""
        if path in self._paths or self.files_of(path):
            return True
        held = any(one in self.tracked for one in (path, *around(path)))
        return held or any(below(path, one) for one in self.tracked)

    @cached_property
    def ignored(self) -> Ignored:
        """What DVC does not see inside a folder, by the .dvcignore of this commit."""
        return Ignored(self._blobs.content(self._snapshot, FILE))

    def inner_rules(self, path: str, files: Iterable[str]) -> Iterator[str]:
        """Yield the files of rules that concern a folder beside the one at the root."""
        yield from (
            one for above in (path, *around(path)) if above and (one := f"{above}/{FILE}") in self._paths
        )
        yield from (one for one in files if one.endswith(f"/{FILE}"))

    def files_of(self, path: str) -> list[str]:
        """Return the files that Git has at a path: the file itself, or those below the folder."""
        if path in self._paths:
            return [path]
        return self._sorted.below(path)

    def blob(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of a file that Git has, in the form that is recorded where Git converts its line ends."""
        legacy = recorded is not None and recorded.legacy
        try:
            content = self._blobs.content(self._snapshot, path)
        except MlgitError as error:
            return Finding(unknown=error.message)
        if content is None:
            return Finding(unknown=f"{path} is no regular file")
        digest = content_digest(content, legacy=legacy)
        if recorded is None or legacy or digest == recorded.digest:
            return Finding(digest=digest)
        form = self._blobs.conversion.recorded_form(
            path, content, lambda one: one is not content and content_digest(one) == recorded.digest
        )
        return Finding(digest=digest if form is content else recorded.digest)

    def inside(self, holder: Tracked, path: str) -> Finding:
        """Return the digest of a file in a folder that DVC tracks, if the list of its files is here."""
        members = self.members(holder)
        if members is None:
            return Finding(
                unknown=f"the list of the files in {holder.path} is not in the cache of this machine"
            )
        wanted = path[len(holder.path) + 1 :]
        found = next((member.md5 for member in members if member.relpath == wanted), None)
        if found is not None:
            return Finding(digest=found)
        below_it = [member for member in members if member.relpath.startswith(wanted + "/")]
        if not below_it:
            return Finding(unknown=f"{holder.path} holds no {wanted}")
        cut = [Member(member.relpath[len(wanted) + 1 :], member.md5) for member in below_it]
        return Finding(digest=members_digest(cut))

    def members(self, one: Tracked) -> tuple[Member, ...] | None:
        """Return the files of a tracked folder, None when the list is not here."""
        return members_of(self._cache, one)

    def folder(self, path: str, recorded: Entry | None, *, legacy: bool) -> Finding:
        """Return the digest of a folder of which Git has some files and DVC others."""
        members = self.own_members(path, recorded, legacy=legacy)
        if isinstance(members, Finding):
            return members
        for one in (one for one in self.tracked.values() if below(path, one.path)):
            relative = one.path[len(path) + 1 :]
            if not one.entry.is_folder:
                members.append(Member(relative, one.entry.digest))
                continue
            inner = self.members(one)
            if inner is None:
                return Finding(
                    unknown=f"the list of the files in {one.path} is not in the cache of this machine"
                )
            members += [Member(f"{relative}/{member.relpath}", member.md5) for member in inner]
        if not members:
            return Finding(unknown=f"neither Git nor DVC has {path}")
        return of_folder(path, members, recorded)

    def own_members(self, path: str, recorded: Entry | None, *, legacy: bool) -> list[Member] | Finding:
        """Return the files that Git has in a folder, as recorded where line ends tell; what cannot be told of one of them."""
        as_they_are, converted = [], []
        files = self.files_of(path)
        rule = self.ignored.unsure or next((one for one in self.inner_rules(path, files)), "")
        if rule and files:
            return Finding(unknown=beyond(rule))
        for file in files:
            if self.ignored.hides(file[len(path) + 1 if path else 0 :]):
                continue
            found = self.blob(file, Entry(path=file, legacy=True) if legacy else None)
            if found.unknown:
                return found
            as_they_are.append(Member(file[len(path) + 1 if path else 0 :], found.digest))
        if recorded is None or legacy or members_digest(as_they_are) == recorded.digest:
            return as_they_are
        for one in as_they_are:
            content = self._blobs.content(self._snapshot, joined(path, one.relpath) or "") or b""
            other = other_line_ends(content)
            converted.append(one if other is None else Member(one.relpath, content_digest(other)))
        if members_digest(converted) != recorded.digest:
            return as_they_are
        changed = [
            f"{path}/{one.relpath}" for one, other in zip(as_they_are, converted, strict=True) if one != other
        ]
        return converted if self._blobs.conversion.converted(changed) >= set(changed) else as_they_are


def of_folder(path: str, members: list[Member], recorded: Entry | None) -> Finding:
    """Return the digest of a folder with these files; unknown where the run saw another number of them."""
    digest = members_digest(members)
    if recorded is not None and digest != recorded.digest and len(members) != recorded.files:
        return Finding(
            unknown=f"{path} holds {len(members)} files in Git and {recorded.files} were there in the run"
        )
    return Finding(digest=digest)


class Remembered(Struct, frozen=True):
    """The digest of a large file, good while its size, its time and its place on the disk are the same."""

    size: int
    changed: int
    inode: int
    digest: str


class DiskEvidence:
    """Evidence from the files on disk; a file is hashed once, a large one not again while it is left alone.

    `remembered` are the digests of large files by path; `learned` what was added to them. `submodules` are paths.
    """

    def __init__(
        self,
        root: Path,
        ignored: Ignored,
        cache: LocalCache,
        remembered: Mapping[str, Remembered],
        submodules: Iterable[str] = (),
    ) -> None:
        self._absent = [one for one in submodules if not (root / one / ".git").exists()]
        self._root = root
        self._cache = cache
        self._ignored = ignored
        self._known: dict[tuple[str, bool], Finding] = {}
        self._remembered = remembered
        self.learned: dict[str, Remembered] = {}

    def dependency(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of a file or folder on disk."""
        return self.digest(path, recorded)

    def output(self, path: str, recorded: Entry, *, cached: bool) -> Finding:
        """Return the digest of an output on disk; one that DVC's cache has lost is missing, as DVC sees it."""
        if cached and recorded.digest and not self._cache.holds(folder_of(path), recorded.digest):
            return MISSING
        return self.digest(path, recorded)

    def digest(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of a path; a file whose size differs from the recorded one is not even read."""
        legacy = recorded is not None and recorded.legacy
        key = (path, legacy)
        absent = next((one for one in self._absent if below(one, path) or below(path, one)), None)
        if absent is not None:
            return not_initialised(absent)
        if key not in self._known:
            place = self._root / path
            try:
                facts = place.stat()
                if stat.S_ISDIR(facts.st_mode):
                    self._known[key] = self.folder(place, legacy=legacy)
                elif lfs.is_pointer(place):
                    self._known[key] = only_a_pointer(path)
                elif recorded is not None and not legacy and recorded.size not in (None, facts.st_size):
                    return Finding(digest=f"a file of {facts.st_size} bytes")
                else:
                    self._known[key] = Finding(digest=self.file(path, place, facts, legacy=legacy))
            except (FileNotFoundError, NotADirectoryError):
                self._known[key] = MISSING
            except OSError as error:
                self._known[key] = Finding(unknown=f"{path} cannot be read: {error.strerror}")
            except UsageError as error:
                self._known[key] = Finding(unknown=f"{path} cannot be read: {error.message}")
        return self._known[key]

    def file(self, path: str, place: Path, facts: os.stat_result, *, legacy: bool) -> str:
        """Return the digest of a file, from memory when it is large and was not touched."""
        if legacy or facts.st_size < LARGE:
            return file_digest(place, legacy=legacy)
        known = self._remembered.get(path)
        if known and (known.size, known.changed, known.inode) == (
            facts.st_size,
            facts.st_mtime_ns,
            facts.st_ino,
        ):
            return known.digest
        digest = file_digest(place, legacy=False)
        self.learned[path] = Remembered(facts.st_size, facts.st_mtime_ns, facts.st_ino, digest)
        return digest

    def folder(self, place: Path, *, legacy: bool) -> Finding:
        """Return the digest of a folder on disk."""
        files = [] if self._ignored.unsure else list(self.files(place))
        above = [one / FILE for one in place.parents if one.is_relative_to(self._root)]
        rules = [one for one in (*files, *above) if one.name == FILE and one.parent != self._root]
        inner = [one for one in rules if one.exists()]
        if self._ignored.unsure or inner:
            rule = self._ignored.unsure or inner[0].relative_to(self._root).as_posix()
            return Finding(unknown=beyond(rule))
        members = []
        for file in files:
            path, facts = file.relative_to(self._root).as_posix(), file.stat()
            if lfs.is_pointer(file):
                return only_a_pointer(path)
            digest = self.file(path, file, facts, legacy=legacy)
            members.append(Member(file.relative_to(place).as_posix(), digest))
        return Finding(digest=members_digest(members))

    def files(self, place: Path) -> Iterator[Path]:
        """Yield the files below a folder that DVC would see; raises `OSError` for a link back to a folder around it."""
        for current, folders, names in os.walk(place, followlinks=True):
            folders[:] = [name for name in folders if not self._ignored.folder(name)]
            refuse_loop(Path(current), folders)
            yield from (Path(current, name) for name in names if not self._ignored.file(name))


def refuse_loop(current: Path, folders: list[str]) -> None:
    """Raise `OSError` when one of the folders in `current` is a link to `current` or to a folder around it."""
    links = [current / name for name in folders if (current / name).is_symlink()]
    here = resolved(current) if links else current
    if any(here.is_relative_to(resolved(link)) for link in links):
        raise OSError(errno.ELOOP, "a link in it leads back to the folder itself")


def only_a_pointer(path: str) -> Finding:
    """Return that a file cannot be told because Git LFS has not brought it."""
    error = lfs.not_fetched(path)
    return Finding(unknown=error.message, bring=error.hint)


def not_initialised(submodule: str) -> Finding:
    """Return that nothing can be told of what lies in a submodule that is not here."""
    return Finding(
        unknown=f"{submodule} is a submodule, and its commit is not here",
        bring=f"git submodule update --init {submodule}",
    )


def file_digest(place: Path, *, legacy: bool) -> str:
    """Return the digest of a file on disk, read in pieces."""
    with open_regular(place) as stream:
        return stream_digest(iter(lambda: stream.read(CHUNK), b""), legacy=legacy)
