"""The files of a repository at one revision: a commit, or the work tree as it stands."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from mlgit.errors import UsageError
from mlgit.git.finding import require_work_tree
from mlgit.git.plumbing import REGULAR, TreeEntry
from mlgit.git.repository import Repository
from mlgit.world.files import read_bytes, resolved
from mlgit.world.hashes import sha1

SUBMODULE = "160000"
MODULES = ".gitmodules"
MODULE_PATH = re.compile(r"^\s*path\s*=\s*(\S.*?)\s*$", re.MULTILINE)
DECLARING = re.compile(r"(?:(?:^|/)(?:mlgit\.yaml|dvc\.yaml|dvc\.lock)|[^/]\.dvc)\Z")
"""The names of files that are read wherever they lie."""
WORKING_TREE = "working tree"


class Snapshot(Protocol):
    """Files by their path from the root of the repository, `/` between folders."""

    @property
    def name(self) -> str:
        """What to call it in a report: the revision as asked for, or `working tree`."""

    @property
    def commit(self) -> str | None:
        """The full name of the commit; None for the work tree."""

    def paths(self) -> frozenset[str]:
        """Return every file; of the work tree, those that Git does not ignore."""

    def oid(self, path: str) -> str | None:
        """Return the blob of a file where it is known without reading the file, None elsewhere."""

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of `paths` that exist, read together."""

    def submodules(self) -> dict[str, str]:
        """Return the paths of the submodules, with the commit that is recorded of each (empty for the work tree)."""


class CommitSnapshot:
    """A commit, read from Git's object store without a checkout."""

    def __init__(
        self, repository: Repository, name: str, commit: str, entries: Mapping[str, TreeEntry] | None = None
    ) -> None:
        self._repository = repository
        self.name = name
        self.commit: str | None = commit
        self._commit = commit
        if entries is not None:
            self.__dict__["entries"] = entries

    @cached_property
    def entries(self) -> Mapping[str, TreeEntry]:
        """Every file with its mode and blob, by path."""
        return {entry.path: entry for entry in self._repository.tree(self._commit)}

    def paths(self) -> frozenset[str]:
        """Return every file of the commit."""
        return frozenset(self.entries)

    def oid(self, path: str) -> str | None:
        """Return the blob of a regular file; None when the commit has no such file."""
        entry = self.entries.get(path)
        return entry.oid if entry is not None and entry.mode in REGULAR else None

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of `paths` that the commit holds, in one git process."""
        names = {path: oid for path in paths if (oid := self.oid(path)) is not None}
        blobs = self._repository.blobs(names.values())
        return {path: blobs[oid] for path, oid in names.items() if oid in blobs}

    def submodules(self) -> dict[str, str]:
        """Return the paths of the submodules with their commits."""
        return {entry.path: entry.oid for entry in self.entries.values() if entry.mode == SUBMODULE}


class WorkTreeSnapshot:
    """The files on disk, committed or not."""

    name = WORKING_TREE
    commit: str | None = None

    def __init__(self, repository: Repository, paths: frozenset[str] | None = None) -> None:
        require_work_tree(repository)
        self._repository = repository
        self._paths = paths
        self._inside: dict[str, bool] = {}

    @cached_property
    def _root(self) -> Path:
        """The root of the work tree with every link followed."""
        return resolved(self._repository.root)

    def _leads_outside(self, path: str) -> bool:
        """Tell whether a path leads out of the repository by a link; each folder is asked once."""
        folder = path.rpartition("/")[0]
        if folder not in self._inside:
            self._inside[folder] = resolved(self._root / folder).is_relative_to(self._root)
        place = self._root / path
        follows = place.is_symlink() or path.endswith("..")
        return not self._inside[folder] or (follows and not resolved(place).is_relative_to(self._root))

    @cached_property
    def left_out(self) -> Mapping[str, str]:
        """The files that a sparse checkout leaves out of the work tree, with their blobs in the index."""
        known = (self._repository.root / ".git").exists()
        if not known or not (self._repository.git_folder / "info" / "sparse-checkout").exists():
            return {}
        listed = self._repository.run("ls-files", "-z", "-t", "--stage", "--full-name").stdout
        records = [part.partition(b"\t") for part in listed.split(b"\0") if part.startswith(b"S ")]
        return {
            path.decode("utf-8", "surrogateescape"): facts.split(b" ")[2].decode()
            for facts, _, path in records
        }

    def paths(self) -> frozenset[str]:
        """Return the files that Git tracks or could track and that exist, or are left out of a sparse checkout."""
        if self._paths is None:
            listed = self._repository.run(
                "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name"
            )
            names = [part.decode("utf-8", "surrogateescape") for part in listed.stdout.split(b"\0") if part]
            here = frozenset(name for name in names if (self._repository.root / name).is_file())
            refuse_no_file(self._repository.root, frozenset(names) - here)
            self._paths = here | self.left_out.keys()
        return self._paths

    def is_link(self, path: str) -> bool:
        """Tell whether a path is a symbolic link on disk."""
        return (self._root / path).is_symlink()

    def oid(self, path: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """Return None: what is on disk has a blob only once it is added."""
        return None

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of `paths` that exist on disk inside the repository, or are left out of it."""
        wanted = list(paths)
        names = {path: self.left_out[path] for path in wanted if path in self.left_out}
        blobs = self._repository.blobs(names.values())
        found = {path: blobs[name] for path, name in names.items() if name in blobs}
        for path in wanted:
            place = self._root / path
            if self._leads_outside(path) or not place.is_file():
                continue
            content = read_bytes(place)
            if content is not None:
                found[path] = content
        return found

    def submodules(self) -> dict[str, str]:
        """Return the paths that .gitmodules names; which commits are checked out is not looked at."""
        content = self.read([MODULES]).get(MODULES, b"").decode("utf-8", "surrogateescape")
        return dict.fromkeys((path.strip('"') for path in MODULE_PATH.findall(content)), "")


def refuse_no_file(root: Path, names: Iterable[str]) -> None:
    """Raise `UsageError` (`no-file`) for what declares models or stages, stands there and can be no file.

    A link that leads nowhere or in a circle, a pipe, a folder: else all that it declares would be gone unnoticed.
    """
    for name in sorted(names):
        if DECLARING.search(name) and os.path.lexists(root / name):
            raise UsageError(
                "no-file",
                f"{name} is no file, and no link to one",
                hint=f"look at it: ls -ld {shlex.quote(name)}; git checkout brings what is committed",
                where=name,
            )


class Pair:
    """Two snapshots and the paths in which they differ."""

    def __init__(self, base: Snapshot, head: Snapshot, changed: frozenset[str]) -> None:
        self.base = base
        self.head = head
        self.changed = changed


def snapshot(repository: Repository, revision: str) -> CommitSnapshot:
    """Return the files at a revision; raises `UsageError` when it names no commit."""
    return CommitSnapshot(repository, revision, repository.resolve(revision))


def pair(repository: Repository, base: str, head: str | None) -> Pair:
    """Return two snapshots, listing the tree of the first only: the second is told by what differs.

    `head` None means the work tree. Raises `UsageError` when a revision names no commit.
    """
    names = repository.resolve_many([base] if head is None else [base, head])
    first = CommitSnapshot(repository, base, names[0])
    if head is None:
        return with_work_tree(repository, first, names[0])
    differences = repository.differences(names[0], names[1]) if names[0] != names[1] else []
    entries = dict(first.entries)
    for difference in differences:
        if difference.mode:
            entries[difference.path] = TreeEntry(difference.mode, difference.oid, difference.path)
        else:
            entries.pop(difference.path, None)
    second = CommitSnapshot(repository, head, names[1], entries)
    return Pair(first, second, frozenset(difference.path for difference in differences))


def with_work_tree(repository: Repository, base: CommitSnapshot, commit: str) -> Pair:
    """Return a commit and the files on disk."""
    require_work_tree(repository)
    differences = repository.differences_on_disk(commit)
    untracked = repository.untracked()
    gone = {difference.path for difference in differences if not difference.mode}
    added = {difference.path for difference in differences if difference.mode}
    paths = (base.entries.keys() | added | set(untracked)) - (gone - set(untracked))
    changed = frozenset(gone | added | set(untracked))
    refuse_no_file(repository.root, (name for name in changed if not (repository.root / name).is_file()))
    return Pair(base, WorkTreeSnapshot(repository, frozenset(paths)), changed)


def blob_name(content: bytes) -> str:
    """Return the name that Git gives a content in a repository of SHA-1 objects."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
