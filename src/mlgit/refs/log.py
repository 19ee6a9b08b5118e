"""Small files on a ref of ours, only ever added, the same for every clone that asks the remote.

What to add is decided from what is there; when somebody else was quicker it is decided again, so that of two who want
the same file one gets it and the other sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs.objects import move_ref, refs_below, write_blob, write_commit
from mlgit.refs.remote import ATTEMPTS, busy, pause, push_on_top, remote_tip, tree_of

Entries = Mapping[str, bytes]
"""Contents by `<folder>/<name>`."""


class Log(Protocol):
    """Where several processes write down what they do."""

    def entries(self) -> Entries:
        """Return everything that was written so far; raises `ExternalError` when the remote does not answer."""

    def add(self, choose: Callable[[Entries], Entries]) -> Entries:
        """Add what `choose` returns for what is there, and return what was added.

        `choose` is asked again when another was quicker; an entry that exists is never replaced. Raises `ExternalError`
        (`ledger-push`, `ledger-busy`) when it cannot be written.
        """


class RefLog:
    """The entries of a ref; `remote` empty: of this clone alone. `clock` gives seconds since the epoch."""

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
        return self._read(self._names(self._tip()))

    def add(self, choose: Callable[[Entries], Entries]) -> Entries:
        """Add what `choose` returns; see `Log`."""
        new: Entries = {}
        for _ in range(ATTEMPTS):
            tip = self._tip()
            names = self._names(tip)
            standing = self._read(names)
            if new and all(standing.get(path) == entry for path, entry in new.items()):
                return new
            chosen = choose(standing)
            new = {path: entry for path, entry in chosen.items() if path not in standing}
            if not new or self._moved(names, new, tip):
                return new
            pause()
        raise busy(self._ref)

    def _tip(self) -> str | None:
        """Return the newest commit of the log."""
        if self._remote:
            return remote_tip(self._repository, self._remote, self._ref)
        return refs_below(self._repository).get(self._ref)

    def _names(self, tip: str | None) -> dict[str, str]:
        """Return the blob of every entry at a commit."""
        return {entry.path: entry.oid for entry in self._repository.tree(tip)} if tip else {}

    def _read(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """Return the entries, those that were read before from memory."""
        missing = [oid for oid in names.values() if oid not in self._contents]
        self._contents.update(self._repository.blobs(missing))
        return {path: self._contents[oid] for path, oid in names.items() if oid in self._contents}

    def _moved(self, names: Mapping[str, str], new: Entries, tip: str | None) -> bool:
        """Write the entries on top of `tip`; tell whether nobody was quicker."""
        blobs = {path: write_blob(self._repository, entry) for path, entry in new.items()}
        commit = write_commit(
            self._repository,
            tree_of(self._repository, {**names, **blobs}),
            [tip] if tip else [],
            self._message,
            seconds=self._clock(),
        )
        if not self._remote:
            return move_ref(self._repository, self._ref, commit, tip)
        done = push_on_top(self._repository, self._remote, self._ref, commit, tip)
        if done.exit_code == 0:
            return True
        if "rejected" in done.error_text or self._tip() != tip:
            return False
        raise ExternalError(
            "ledger-push",
            f"the remote did not take {self._ref}: {(done.error_text.splitlines() or [''])[-1]}",
            hint="the job needs the right to write contents",
        )
