"""`deploy`: make what runs in an environment what has to run there, or say how it differs."""

from __future__ import annotations

from mlgit.environments import deploy as deployments
from mlgit.environments.deployed import Deployed
from mlgit.project.project import Project
from mlgit.world.context import Context


def deploy(context: Context, environment: str, *, remote: str = "origin", check: bool = False) -> Deployed:
    """Deploy one environment, with `check` only compare; see `environments.deploy`."""
    project = Project.find(context)
    if check:
        return deployments.compared(project, environment, remote=remote)
    return deployments.deploy(project, environment, remote=remote)
