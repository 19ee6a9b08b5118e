"""Which forge a verb talks to."""

from __future__ import annotations

from mlgit.git.repository import Repository
from mlgit.host.forge import Forge
from mlgit.world.context import Context


def forge_of(context: Context, repository: Repository, remote: str) -> Forge:
    """Return the forge: GitHub, or without a remote the one in Git's own folder."""
    if not remote:
        from mlgit.host.local.forge import LocalForge

        return LocalForge(repository)
    from mlgit.host.github.forge import connect

    return connect(context)
