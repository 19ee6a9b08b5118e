"""No server at all: pull requests in a folder of .git, and no CI around the run; see `mlgit.host.choose.Host`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgit.git.repository import Repository
    from mlgit.host.ci import CI
    from mlgit.host.local.forge import LocalForge
    from mlgit.world.context import Context

TOKENS = ()
TIES = ()
AUTOMATION = ()
JUDGES = ()
MANAGED = ()


def is_around(environment: Mapping[str, str]) -> bool:
    """Tell that this host is always there."""
    return True


def ci_of(context: Context) -> CI:
    """Return that there is no CI."""
    from mlgit.host.ci import CI

    return CI()


def forge_of(context: Context, repository: Repository) -> LocalForge:
    """Return the forge in the repository's own folder."""
    from mlgit.host.local.forge import LocalForge

    return LocalForge(repository)
