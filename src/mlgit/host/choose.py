"""Which host a run deals with: the one place that knows them all. CONTRIBUTING.md says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from mlgit.host import github, local

if TYPE_CHECKING:
    from mlgit.dvc.known import Automation
    from mlgit.git.repository import Repository
    from mlgit.host.ci import CI
    from mlgit.host.forge import Forge
    from mlgit.world.context import Context


class Host(Protocol):
    """A folder beside this module, as its `__init__` shows it. Paths are prefixes, from the root of a repository."""

    @property
    def TOKENS(self) -> tuple[str, ...]:  # noqa: N802 - a constant of a module
        """The variables by which a job may write or prove who it is."""

    @property
    def TIES(self) -> tuple[str, ...]:  # noqa: N802
        """The variables by which its machine finds, and ends, what a job leaves running."""

    @property
    def AUTOMATION(self) -> tuple[str, ...]:  # noqa: N802
        """Paths of everything that starts or configures jobs."""

    @property
    def JUDGES(self) -> tuple[str, ...]:  # noqa: N802
        """Paths of what a pull request is judged by: a person looks at their changes."""

    @property
    def MANAGED(self) -> tuple[str, ...]:  # noqa: N802
        """Paths of the files that mlgit renders for it."""

    def is_around(self, environment: Mapping[str, str]) -> bool:
        """Tell whether a process with these variables runs in one of its jobs."""

    def ci_of(self, context: Context) -> CI:
        """Return the job around this run."""

    def forge_of(self, context: Context, repository: Repository) -> Forge:
        """Return the forge; raises `UsageError` when the environment does not say which repository or as whom."""


SERVERS: tuple[Host, ...] = (github,)
"""The hosts that are more than this machine; the first is taken where nothing tells."""
HOSTS: tuple[Host, ...] = (*SERVERS, local)
AUTOMATION = tuple(path for host in HOSTS for path in host.AUTOMATION)
JUDGES = tuple(path for host in HOSTS for path in host.JUDGES)


def ci_of(context: Context) -> CI:
    """Return the job that this run is, or that it is none."""
    return next(host for host in HOSTS if host.is_around(context.environment)).ci_of(context)


def forge_of(context: Context, repository: Repository, remote: str) -> Forge:
    """Return the forge of a remote; an empty name is the one in Git's own folder."""
    if not remote:
        return local.forge_of(context, repository)
    around = (host for host in SERVERS if host.is_around(context.environment))
    return next(around, SERVERS[0]).forge_of(context, repository)


def automation() -> Automation:
    """Return the files that start and configure jobs, of every host: a repository may be at home on several."""
    from mlgit.dvc.known import Automation

    return Automation(
        managed=tuple(path for host in HOSTS for path in host.MANAGED),
        files=AUTOMATION,
    )


def with_credential(context: Context) -> Context:
    """Return a context in which Git may act as the job that this run is, towards the server of that job."""
    if not any(name in context.environment for host in HOSTS for name in host.TOKENS):
        return context
    return msgspec.structs.replace(context, credential=ci_of(context).credential)


def untrusted(context: Context) -> Context:
    """Return a context whose programs see no token of a job: stages and sources are anybody's code."""
    return context.without(name for host in HOSTS for name in host.TOKENS)


def untied(context: Context) -> Context:
    """Return a context whose programs go on when a job ends."""
    return context.without(name for host in HOSTS for name in host.TIES)
