"""`sync`: bring the managed files to what `mlgit.yaml` says."""

from __future__ import annotations

from mlgit.project.project import Project
from mlgit.render.sync import SyncResult, synchronise
from mlgit.world.context import Context


def sync(context: Context, *, write: bool, restore: tuple[str, ...] = ()) -> SyncResult:
    """Plan the managed files of the repository; write them when `write` is set, and restore those that are named.

    Raises `UsageError` (`config-...`, `not-managed`).
    """
    project = Project.find(context)
    root, configuration = project.repository.root, project.at().configuration
    return synchronise(context, root, configuration, write=write, restore=restore)
