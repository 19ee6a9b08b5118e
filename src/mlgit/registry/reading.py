"""What is registered, as the tags of this clone tell it."""

from __future__ import annotations

from mlgit.git.repository import Repository
from mlgit.registry.state import Registry, fold
from mlgit.registry.tags import Objects, listed


def registry(repository: Repository) -> Registry:
    """Return what the tags of this clone say."""
    return fold(listed(repository), Objects(repository, {}))
