"""The content of paths as a commit alone tells it: blobs, .dvc files and dvc.lock; no data has to be here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.content import members as members_of
from mlgit.dvc.evidence import MISSING, Finding, not_initialised
from mlgit.dvc.hashing import Member, content_digest, members_digest
from mlgit.dvc.ignored import Ignored
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import SortedPaths, around, below, joined
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError, UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.conversion import other_line_ends
from mlgit.git.snapshot import Snapshot


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

    @cached_property
    def _tracked_paths(self) -> SortedPaths:
        """What DVC keeps, to be asked for folders: looked for one by one, many stages of a pipeline took the square of their number."""
        return SortedPaths(self.tracked)

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
        if members:
            return of_folder(path, members, recorded)
        return Finding(unknown=f"neither Git nor DVC keeps {path}") if self.kept_out(path) else MISSING

    def kept_out(self, path: str) -> bool:
        """Tell whether the `.gitignore` of this commit keeps a path out of Git; rules that cannot be followed may."""
        try:
            return self.not_for_git.hides(path, "")
        except UsageError:
            return True

    def knows(self, path: str) -> bool:
        """Tell whether Git or DVC has a path, something in it, or the folder around it."""
        if path in self._paths or self.files_of(path):
            return True
        held = any(one in self.tracked for one in (path, *around(path)))
        return held or any(below(path, one) for one in self.tracked)

    @cached_property
    def ignored(self) -> Ignored:
        """What DVC does not see inside a folder, by the rules of this commit."""
        return Ignored(self.rules, lambda folder: f"{folder}/.dvc/config" in self._paths)

    @cached_property
    def not_for_git(self) -> Ignored:
        """What the `.gitignore` of this commit keeps out of Git."""
        return Ignored(self.rules, lambda _: False, ".gitignore")

    def rules(self, path: str) -> bytes | None:
        """Return the content of a file of rules, None where the commit has none."""
        return self._blobs.content(self._snapshot, path) if path in self._paths else None

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
        for one in (self.tracked[inner] for inner in self._tracked_paths.below(path)):
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
        try:
            files = [one for one in self.files_of(path) if not self.ignored.hides(one, path)]
        except UsageError as error:
            return Finding(unknown=error.message)
        for file in files:
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
