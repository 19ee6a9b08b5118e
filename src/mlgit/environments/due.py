"""Which environments are to be deployed: what was deployed last stands on `refs/mlgit/live/<environment>`.

It is the commit of the default branch whose desired state was applied. A run that was cancelled or failed leaves it behind, so
the next one knows what is left to do, whatever was pushed meanwhile.
"""

from __future__ import annotations

from mlgit.environments.situation import desired_state, no_branch
from mlgit.errors import MlgitError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.advance import advance
from mlgit.refs.publish import HEADS
from mlgit.refs.swap import PREFIX, tip


def newest(project: Project, remote: str) -> Revision:
    """Return the tip of the default branch; raises `UsageError` (`branch-unknown`)."""
    branch = project.at().configuration.ci.branch
    base = tip(project.repository, remote, HEADS + branch)
    if base is None:
        raise no_branch(branch, remote)
    return project.at(base)


def due(project: Project, remote: str) -> tuple[str, ...]:
    """Return the environments with a target that have to run something else than what was deployed there last."""
    revision = newest(project, remote)
    environments = revision.configuration.environments
    named = (name for name, one in environments.items() if one.target is not None)
    return tuple(name for name in named if asked(revision, name) != deployed(project, remote, name))


def asked(revision: Revision, environment: str) -> object:
    """Return what a deployment depends on: the versions and the target; None where nothing ever had to run."""
    desired = desired_state(revision, environment)
    settings = revision.configuration.environments.get(environment)
    if not desired:
        return None
    return sorted(
        (key, one.version, one.digest, one.image) for key, one in desired.items()
    ), settings and settings.target


def deployed(project: Project, remote: str, environment: str) -> object:
    """Return the same of what was deployed last; of a commit that cannot be read any more something that equals nothing."""
    commit = tip(project.repository, remote, ref_of(environment))
    try:
        return asked(project.at(commit), environment) if commit else None
    except MlgitError:
        return object()


def record(project: Project, remote: str, environment: str, commit: str) -> None:
    """Note that the desired state of a commit was applied."""
    advance(project.repository, remote, ref_of(environment), lambda _: commit)


def ref_of(environment: str) -> str:
    """Return the ref of an environment."""
    return f"{PREFIX}live/{environment}"
