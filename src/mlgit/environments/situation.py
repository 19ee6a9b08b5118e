"""What a promotion or rollback is decided from, read at a commit of the default branch."""

from __future__ import annotations

from collections.abc import Collection

from mlgit.environments.decision import Situation
from mlgit.environments.desired import FOLDER, Desired, path_of, read
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.registry.reading import registry


def desired_state(revision: Revision, environment: str) -> Desired:
    """Return what one environment has to run; raises `UsageError` (`deploy-file`, `yaml-...`) for a broken file."""
    content = revision.content(path_of(environment))
    return {} if content is None else read(content, path_of(environment))


def situation(project: Project, revision: Revision, needed: Collection[str | None]) -> Situation:
    """Return what a decision is made from at a commit of the default branch; only `needed` environments are read."""
    environments = revision.configuration.environments
    if FOLDER in revision.paths():
        raise UsageError(
            "deploy-file",
            f"{FOLDER} is a file, and has to be the folder of the environments",
            hint=f"git mv {FOLDER} {FOLDER}.old",
            where=FOLDER,
        )
    wanted = [name for name in needed if name is not None and name in environments]
    revision.gather([path_of(name) for name in wanted])
    return Situation(
        environments=environments,
        desired={name: desired_state(revision, name) for name in wanted},
        registry=registry(project.repository),
    )


def no_branch(branch: str, remote: str) -> UsageError:
    """Return the error for a default branch that is not there."""
    return UsageError(
        "branch-unknown",
        f"there is no branch {branch!r}" + (f" at {remote}" if remote else ""),
        hint="ci.branch in mlgit.yaml names the default branch, which is there from its first commit on; --local works without a remote",
    )
