"""An append-only log on a ref: small files that are only ever added, the same for every clone that asks the remote.

What to append is decided from what is there; when a rival was quicker it is decided again, so that of two who append the
same entry one gets it and the other sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from mlgit.git.repository import Repository
from mlgit.refs.advance import advance
from mlgit.refs.commits import Change, write_commit
from mlgit.refs.swap import tip

Entries = Mapping[str, bytes]
"""Contents by `<folder>/<name>`."""


class Log(Protocol):
    """Where several processes write down what they do."""

    def entries(self) -> Entries:
        """Return everything that was written so far; raises `ExternalError` when the remote does not answer."""

    def append(self, choose: Callable[[Entries], Entries]) -> Entries:
        """Append what `choose` returns for what is there, and return what was appended.

        `choose` is asked again when a rival was quicker; an entry that exists is never replaced. Raises `ExternalError`
        (`ref-push`, `ref-busy`) when it cannot be written.
        """


class RefLog:
    """The log on a ref; `remote` empty: of this clone alone. `clock` gives seconds since the epoch."""

    def __init__(
        self, repository: Repository, ref: str, *, remote: str, message: str, clock: Callable[[], float]
    ) -> None:
        self._repository = repository
        self._ref = ref
        self._remote = remote
        self._message = message
        self._clock = clock
        self._contents: dict[str, bytes] = {}

    def entries(self) -> Entries:
        """Return everything that was written so far."""
        return self._read(blobs_at(self._repository, self._tip()))

    def append(self, choose: Callable[[Entries], Entries]) -> Entries:
        """Append what `choose` returns; see `Log`."""
        appended: Entries = {}

        def missing(blobs: Mapping[str, str]) -> Entries:
            nonlocal appended
            standing = self._read(blobs)
            if appended and all(standing.get(path) == entry for path, entry in appended.items()):
                return {}
            appended = {path: entry for path, entry in choose(standing).items() if path not in standing}
            return appended

        self.grow(missing)
        return appended

    def grow(self, missing: Callable[[Mapping[str, str]], Mapping[str, Change]]) -> str | None:
        """Add the entries that `missing` names for the blobs that are there; return the commit that has them all.

        None: there is no log, and nothing to begin it with. Raises `ExternalError` as `append` does.
        """

        def grown(old: str | None) -> str | None:
            new = missing(blobs_at(self._repository, old))
            if not new:
                return old
            return write_commit(self._repository, old, new, self._message, seconds=self._clock())

        return advance(self._repository, self._remote, self._ref, grown)

    def _tip(self) -> str | None:
        """Return the newest commit of the log."""
        return tip(self._repository, self._remote, self._ref)

    def _read(self, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """Return the entries, those that were read before from memory."""
        missing = [oid for oid in blobs.values() if oid not in self._contents]
        self._contents.update(self._repository.blobs(missing))
        return {path: self._contents[oid] for path, oid in blobs.items() if oid in self._contents}


def blobs_at(repository: Repository, commit: str | None) -> dict[str, str]:
    """Return the blob of every entry that a commit of a log has."""
    return {entry.path: entry.oid for entry in repository.tree(commit)} if commit else {}
