"""Stages whose training a change may leave to what comes after its merge: it brings new data and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlgit.dvc.paths import below, joined
from mlgit.dvc.reasons import CHANGED, Reason
from mlgit.dvc.staleness import StageState
from mlgit.project.change import start_of_change
from mlgit.project.project import Project


def deferred_stages(project: Project, states: Sequence[StageState], base: str) -> frozenset[str]:
    """Return the addresses of the stages that nobody has to train before the merge.

    That is so where `ct.data` trains them after it, and what was committed since `base` is new data and nothing else: no
    metric, prediction or lock that would have to be measured again before anybody may believe it. What is data, mlgit.yaml
    says at the commit where the change starts.
    """
    repository = project.repository
    head = repository.resolve("HEAD")
    since, _ = start_of_change(repository, base, head)
    if since is None or repository.run("diff", "--quiet", "HEAD", "--", check=False).exit_code != 0:
        return frozenset()
    # What a table is, the change must not say itself.
    before = project.at(since)
    known = before.configuration_or_default
    if known.ct is None or not known.ct.data:
        return frozenset()
    tables = [table.path for table in known.data.values()]
    changed = repository.changed(since, head)
    if not changed or not {*changed} <= {*tables, *(f"{table}.dvc" for table in tables)}:
        return frozenset()
    trained = {one for folder in before.models_by_pipeline for one in before.relations.with_sources(folder)}
    return stale_by_data([one for one in states if (joined(one.pipeline) or "") in trained], tables)


def stale_by_data(states: Sequence[StageState], tables: Iterable[str]) -> frozenset[str]:
    """Return the addresses of the stages that only new data in `tables` (paths) made stale, directly or not.

    Any other reason beside, such as changed code, a changed schema or a missing output, leaves a stage out, and with it
    all that come after it. A dependency on a folder around a table may have changed for another file: it is no such
    reason.
    """
    known = tuple(tables)
    stale = {state.address: state.reasons for state in states if state.state == "stale"}
    deferred: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            address
            for address, reasons in stale.items()
            if all(
                is_new_data(one, known) or (one.cause == "upstream" and one.name in deferred)
                for one in reasons
            )
        )
        if more == deferred:
            return deferred
        deferred = more


def is_new_data(reason: Reason, tables: Sequence[str]) -> bool:
    """Tell whether a reason is that a table, or a file in it, has another content."""
    changed = reason.cause == "dependency" and reason.text == CHANGED
    return changed and any(below(table, reason.name) for table in tables)
