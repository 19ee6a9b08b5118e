"""`status`: what is out of date, on disk or at a commit, and what the environments have to run."""

from __future__ import annotations

from mlgit.environments.status import RepositoryStatus, repository_status
from mlgit.project.project import Project
from mlgit.world.context import Context


def status(context: Context, revision: str | None = None) -> RepositoryStatus:
    """Return the stages that would run and the data that changed: on disk (None), or at a commit without any data.

    Raises `UsageError` for a revision that does not exist.
    """
    project = Project.find(context)
    return repository_status(project, project.at(revision))
