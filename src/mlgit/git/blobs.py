"""The files of several snapshots, read in few git processes: each blob once, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.git.repository import Repository
from mlgit.git.snapshot import Snapshot


class BlobCache:
    """The contents that were read so far, by the name of their blob."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._blobs: dict[str, bytes] = {}
        self._disk: dict[tuple[str, str], bytes | None] = {}

    def gather(self, wanted: Iterable[tuple[Snapshot, str]]) -> None:
        """Read the blobs of `wanted` that are not here yet, all in one process; none when nothing is missing."""
        names = {snapshot.oid(path) for snapshot, path in wanted}
        missing = [name for name in names if name is not None and name not in self._blobs]
        self._blobs.update(self._repository.blobs(missing))

    def content(self, snapshot: Snapshot, path: str) -> bytes | None:
        """Return the content of a file, None when the snapshot has no such file."""
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
