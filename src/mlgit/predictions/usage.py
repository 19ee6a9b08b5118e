"""How a test set was used: what history shows and what the ledger holds, together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.predictions import history
from mlgit.predictions.columns import number_name, respelt, test_set_digest, texts
from mlgit.predictions.ledger import Ledger
from mlgit.predictions.table import Table, read_table
from mlgit.stats.arrays import Array

LONG = 100
"""So many labels in the same order are no chance."""


class Usage(Struct, frozen=True, kw_only=True):
    """The test set of a base and every version of predictions that is known to have been evaluated on it."""

    test_set: str
    accepted: frozenset[str]
    recorded: frozenset[str] | None
    complete: bool

    @property
    def known(self) -> frozenset[str]:
        """All of them: never fewer than history shows, whatever became of the ledger."""
        return self.accepted | (self.recorded or frozenset())


def usage(
    repository: Repository,
    cache: LocalCache,
    ledger: Ledger,
    commit: str,
    base: Table,
    *,
    paths: Sequence[str],
    directories: history.Directories,
    kept_by_dvc: bool,
    enough: int,
) -> Usage:
    """Return how the test set of `base` was used up to `commit`. History is searched until `enough` are found."""
    same = SameTestSet(base)
    shallow = repository.is_shallow
    accepted = history.accepted(
        repository,
        cache,
        commit,
        paths,
        same,
        directories=directories,
        kept_by_dvc=kept_by_dvc,
        enough=enough,
    )
    recorded = frozenset().union(*(ledger.versions(digest) for digest in same.digests))
    return Usage(
        test_set=same.digest,
        accepted=accepted,
        recorded=recorded if ledger.exists else None,
        complete=not shallow,
    )


class SameTestSet:
    """Tells whether a content is about the same items with the same labels, in any order, or about most of them.

    A set that grew or lost rows, and one whose rows have other ids in the same order, keeps its count: what was learned
    from it is known still. `digests` are those of the sets that were found to be the same.
    """

    def __init__(self, base: Table) -> None:
        self.digest = test_set_digest(base)
        self.digests = {self.digest}
        self._ids = texts(base.columns["id"])
        self._labels = base.columns["label"]

    def __call__(self, content: bytes, path: str) -> bool:
        """Verdict for one content; what cannot be read has no test set."""
        try:
            table = read_table(content, path, only=("id", "label"), labelled=False)
        except MlgitError:
            return False
        ids, labels = texts(table.columns["id"]), table.columns["label"]
        if np.array_equal(ids, self._ids) and np.array_equal(labels, self._labels):
            return True
        digest = test_set_digest(table)
        if digest != self.digest and not self._renamed(labels) and not self._shared(ids):
            return False
        self.digests.add(digest)
        return True

    def _renamed(self, labels: Array) -> bool:
        """Tell whether the labels start the same in the same order, as far as both go: chance makes no two such lists."""
        both = min(len(labels), len(self._labels))
        ours, theirs = (respelt(one[:both].astype(np.str_), number_name) for one in (self._labels, labels))
        return both >= LONG and len(np.unique(ours)) > 1 and np.array_equal(ours, theirs)

    def _shared(self, ids: Array) -> bool:
        """Tell whether half of the items of the smaller set are in both."""
        shared = len(np.intersect1d(ids, self._ids))
        return shared * 2 >= min(len(ids), len(self._ids))
