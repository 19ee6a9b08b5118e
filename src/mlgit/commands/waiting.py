"""Whether a change leaves the training to what comes after its merge: it changes data and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.commands.affected import configuration_of, start
from mlgit.commands.retrain.available import trained_at
from mlgit.dvc.paths import joined
from mlgit.dvc.staleness import StageState
from mlgit.dvc.waiting import waiting_for_training
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot


def left_to_retraining(repository: Repository, states: Sequence[StageState], base: str) -> frozenset[str]:
    """Return the addresses of the stages that nobody has to train before the merge.

    That is so where `ct.data` trains them after it, and what was committed since `base` is new data and nothing else: no
    metric, prediction or lock that would have to be measured again before anybody may believe it. What is data, mlgit.yaml
    says at the commit where the change starts.
    """
    head = repository.resolve("HEAD")
    since, _ = start(repository, base, head)
    if since is None or repository.run("diff", "--quiet", "HEAD", "--", check=False).exit_code != 0:
        return frozenset()
    # What a table is, the change must not say itself.
    known = configuration_of(BlobCache(repository), snapshot(repository, since))
    if known.ct is None or not known.ct.data:
        return frozenset()
    tables = [table.path for table in known.data.values()]
    changed = repository.changed(since, head)
    if not changed or not {*changed} <= {*tables, *(f"{table}.dvc" for table in tables)}:
        return frozenset()
    trained = trained_at(repository, since)
    return waiting_for_training([one for one in states if (joined(one.pipeline) or "") in trained], tables)
