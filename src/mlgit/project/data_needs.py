"""What the difference of the data lacks of the base on this machine: tables and folders that changed, named for `dvc fetch`."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.data.difference import DataProblem
from mlgit.dvc.tracked import Tracked, outputs
from mlgit.git.snapshot import pair
from mlgit.project import needs
from mlgit.project.data_difference import readable
from mlgit.project.data_subjects import Sides, Subject, subjects
from mlgit.project.needs import Need, Needs
from mlgit.project.project import Project

LARGEST = 1_000_000_000
"""Bytes that are fetched in all, and that either side of a table may have: more would fill the disk or the time of a job."""


def write_needs(project: Project, base: str, head: str | None, folder: str) -> Needs:
    """Write the small DVC repository of what changed since `base` to `folder` and return what is in it; compare nothing.

    Raises `UsageError` for a folder that is there, and for a revision that names no commit.
    """
    both = pair(project.repository, base, head)
    sides = Sides(project.of(both.base), project.of(both.head), both.changed)
    errors: list[DataProblem] = []
    found = sorted(needs_of(project, sides, subjects(sides, errors)), key=lambda one: one[0])
    taken: list[Need] = []
    too_large = []
    total = 0
    for size, need in found:
        total += size
        if total <= LARGEST:
            taken.append(need)
        else:
            too_large.append(need.path)
    return needs.write_needs(project, sides.base, folder, taken, too_large)


def needs_of(project: Project, sides: Sides, found: list[Subject]) -> Iterator[tuple[int, Need]]:
    """Yield each table or folder of the base whose rows or files can be told, with the bytes of its larger side."""
    remotes = {
        path: output.remote
        for state in sides.base.pipelines
        for path, output in outputs(state.folder, state.pipeline)
    }
    for one in found:
        base, head = one.base, one.head
        if base is None or head is None or base.record is None or base.digest == head.digest:
            continue
        if not (base.folder or one.name or readable(base.path, named=False)):
            continue
        need = needs.lacking(project, sides.base, base.path, base.record, remotes.get(base.path, ""))
        if need is not None:
            yield max(size_of(base.record), size_of(head.record)), need


def size_of(record: Tracked | None) -> int:
    """Return the bytes that DVC records; more than is ever fetched where it records none. Git keeps nothing large."""
    if record is None:
        return 0
    return LARGEST + 1 if record.entry.size is None else record.entry.size
