"""The content of paths on disk: a file is hashed once, a large one not again while it is left alone."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.evidence import MISSING, Finding, not_initialised
from mlgit.dvc.hashing import CHUNK, Member, members_digest, stream_digest
from mlgit.dvc.ignored import Ignored
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import below, folder_of
from mlgit.errors import UsageError
from mlgit.git import lfs
from mlgit.world.files import open_regular, read_bytes, resolved

LARGE = 8_000_000
"""Bytes from which on it is worth remembering a digest."""


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
        cache: LocalCache,
        remembered: Mapping[str, Remembered],
        submodules: Iterable[str] = (),
    ) -> None:
        self._absent = [one for one in submodules if not (root / one / ".git").exists()]
        self._root = root
        self._cache = cache
        self._ignored = Ignored(
            lambda path: read_bytes(root / path), lambda path: (root / path / ".dvc").is_dir()
        )
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
        members = []
        for file in self.files(place):
            path, facts = file.relative_to(self._root).as_posix(), file.stat()
            if lfs.is_pointer(file):
                return only_a_pointer(path)
            digest = self.file(path, file, facts, legacy=legacy)
            members.append(Member(file.relative_to(place).as_posix(), digest))
        return Finding(digest=members_digest(members))

    def files(self, place: Path) -> Iterator[Path]:
        """Yield the files below a folder that DVC would see; raises `OSError` for a link back to a folder around it."""
        for current, folders, names in os.walk(place, followlinks=True):
            here = self.address(Path(current))
            folders[:] = [name for name in folders if not self._ignored.folder(here + name)]
            refuse_loop(Path(current), folders)
            yield from (Path(current, name) for name in names if not self._ignored.file(here + name))

    def address(self, folder: Path) -> str:
        """Return what goes before the name of a file in a folder to make its path from the root of the repository."""
        path = folder.relative_to(self._root).as_posix()
        return "" if path == "." else path + "/"


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


def file_digest(place: Path, *, legacy: bool) -> str:
    """Return the digest of a file on disk, read in pieces."""
    with open_regular(place) as stream:
        return stream_digest(iter(lambda: stream.read(CHUNK), b""), legacy=legacy)
