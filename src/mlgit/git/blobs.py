"""The files of several snapshots, read in few git processes: each blob once, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.git import lfs
from mlgit.git.conversion import Conversion
from mlgit.git.repository import Repository
from mlgit.git.snapshot import CommitSnapshot, Snapshot


class BlobCache:
    """The contents that were read so far, by the name of their blob."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.conversion = Conversion(repository)
        self._blobs: dict[str, bytes] = {}
        self._disk: dict[tuple[str, str], bytes | None] = {}

    def gather(self, wanted: Iterable[tuple[Snapshot, str]]) -> None:
        """Read the blobs of `wanted` that are not here yet, all in one process; none when nothing is missing."""
        names = {snapshot.oid(path) for snapshot, path in wanted}
        missing = [name for name in names if name is not None and name not in self._blobs]
        self._blobs.update(self._repository.blobs(missing))

    def content(self, snapshot: Snapshot, path: str) -> bytes | None:
        """Return the content of a file, None when the snapshot has no such file.

        Of a file that Git LFS keeps it is the content itself; raises `UsageError` (`lfs-pointer`) where that is not here.
        """
        found = self.stored(snapshot, path)
        pointer = lfs.pointer_of(found) if found is not None else None
        if pointer is None:
            return found
        content = lfs.fetched(self._repository.common_folder, pointer)
        if content is None:
            raise lfs.not_fetched(path)
        return content

    def submodule(self, snapshot: Snapshot, path: str) -> tuple[BlobCache, Snapshot] | None:
        """Return the files of a submodule as a commit records it; None where that commit is not here."""
        place = self._repository.root / path
        commit = snapshot.submodules().get(path, "")
        if not commit or not (place / ".git").exists():
            return None
        inner = Repository(self._repository.context, place)
        if inner.run("cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code != 0:
            return None
        return BlobCache(inner), CommitSnapshot(inner, path, commit)

    def stored(self, snapshot: Snapshot, path: str) -> bytes | None:
        """Return a file as Git or the disk has it, the pointer itself of one that Git LFS keeps."""
        name = snapshot.oid(path)
        if name is not None:
            if name not in self._blobs:
                self.gather([(snapshot, path)])
            return self._blobs.get(name)
        if snapshot.commit is not None:
            return None
        key = (snapshot.name, path)
        if key not in self._disk:
            self._disk[key] = snapshot.read([path]).get(path)
        return self._disk[key]
