"""`status`: what is out of date, on disk or at a commit."""

from __future__ import annotations

from mlgit.dvc.status import Status
from mlgit.project.project import Project
from mlgit.world.context import Context


def status(context: Context, revision: str | None = None) -> Status:
    """Return the stages that would run and the data that changed: on disk (None), or at a commit without any data.

    Raises `UsageError` for a revision that does not exist.
    """
    found = Project.find(context).at(revision)
    return Status(at=found.name, stages=found.stages, data=found.data, troubles=found.troubles)
