"""Whether a change leaves the training to what comes after its merge: it changes data and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.commands.affected import start
from mlgit.config.model import Configuration
from mlgit.dvc.paths import below
from mlgit.dvc.staleness import StageState
from mlgit.dvc.waiting import waiting_for_training
from mlgit.git.repository import Repository


def left_to_retraining(
    repository: Repository, configuration: Configuration, states: Sequence[StageState], base: str
) -> frozenset[str]:
    """Return the addresses of the stages that nobody has to train before the merge.

    That is so where `ct.data` trains after it, and what was committed since `base` is new data and nothing else: no
    metric, prediction or lock that would have to be measured again before anybody may believe it.
    """
    if configuration.ct is None or not configuration.ct.data:
        return frozenset()
    tables = [table.path for table in configuration.data.values()]
    if not changes_only(repository, base, tables):
        return frozenset()
    return waiting_for_training(states, tables)


def changes_only(repository: Repository, base: str, tables: Sequence[str]) -> bool:
    """Tell whether everything since `base` is a table or its .dvc file; in doubt it is not."""
    head = repository.resolve("HEAD")
    since, _ = start(repository, base, head)
    if since is None or repository.run("diff", "--quiet", "HEAD", "--", check=False).exit_code != 0:
        return False
    changed = repository.changed(since, head)
    return bool(changed) and all(
        any(path == f"{table}.dvc" or below(table, path) for table in tables) for path in changed
    )
