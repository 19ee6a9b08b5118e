"""What is registered, as the tags of this clone tell it."""

from __future__ import annotations

from mlgit.git.repository import Repository
from mlgit.registry.state import Registry, fold
from mlgit.registry.tags import read_tags


def registry(repository: Repository) -> Registry:
    """Return what the tags of this clone say."""
    return fold(read_tags(repository))
