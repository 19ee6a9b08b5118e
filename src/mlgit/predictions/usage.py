"""How a test set was used: what history shows and what the ledger holds, together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.predictions import history
from mlgit.predictions.columns import test_set_digest, texts
from mlgit.predictions.ledger import Ledger
from mlgit.predictions.table import Table, read_table


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
    kept_by_dvc: bool,
    enough: int,
) -> Usage:
    """Return how the test set of `base` was used up to `commit`. History is searched until `enough` are found."""
    same = SameTestSet(base)
    shallow = repository.run("rev-parse", "--is-shallow-repository").text.strip() == "true"
    return Usage(
        test_set=same.digest,
        accepted=history.accepted(
            repository, cache, commit, paths, same, kept_by_dvc=kept_by_dvc, enough=enough
        ),
        recorded=ledger.versions(same.digest) if ledger.exists else None,
        complete=not shallow,
    )


class SameTestSet:
    """Tells whether a content is about the same items with the same labels, in any order."""

    def __init__(self, base: Table) -> None:
        self.digest = test_set_digest(base)
        self._ids = texts(base.columns["id"])
        self._labels = base.columns["label"]

    def __call__(self, content: bytes, path: str) -> bool:
        """Verdict for one content; what cannot be read has no test set."""
        try:
            table = read_table(content, path, only=("id", "label"))
        except MlgitError:
            return False
        if table.rows != len(self._ids):
            return False
        ids, labels = texts(table.columns["id"]), table.columns["label"]
        if np.array_equal(ids, self._ids) and np.array_equal(labels, self._labels):
            return True
        return test_set_digest(table) == self.digest
