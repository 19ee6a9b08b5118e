"""`rollback`: an environment runs again what ran there before."""

from __future__ import annotations

from mlgit.environments.change import change
from mlgit.environments.request import Changed, Request
from mlgit.project.project import Project
from mlgit.world.context import Context


def rollback(context: Context, request: Request) -> Changed:
    """Roll back and return what became of it; see `environments.change`."""
    from mlgit.views.environments import texts

    return change(Project.find(context), request, texts())
