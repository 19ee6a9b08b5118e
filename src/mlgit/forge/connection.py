"""Which forge a verb talks to."""

from __future__ import annotations

from mlgit.forge.interface import Forge
from mlgit.git.repository import Repository
from mlgit.world.context import Context


def forge_of(context: Context, repository: Repository, remote: str) -> Forge:
    """Return the forge: GitHub, or without a remote the one in Git's own folder."""
    if not remote:
        from mlgit.forge.local import LocalForge

        return LocalForge(repository)
    from mlgit.forge.github import connect

    return connect(context)
