"""The status of a repository with what its environments have to run."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.dvc.state import FileError
from mlgit.dvc.status import Status
from mlgit.project.project import Project
from mlgit.project.revision import Revision

LiveState = Literal["same", "differs", "unknown"]


class Wanted(Struct, frozen=True, kw_only=True):
    """A model that an environment has to run, and what runs there."""

    environment: str
    artifact: Annotated[str, Meta(description="The model as tags call it.")]
    model: str
    version: str
    digest: str
    at: Annotated[str, Meta(description="Since when, RFC 3339 in UTC.")] = ""
    live: Annotated[str, Meta(description="The version that runs; empty: none, or nobody knows.")] = ""
    state: Annotated[
        LiveState,
        Meta(
            description="Whether what runs is what has to run; `unknown`: the target was not asked, or did not answer."
        ),
    ] = "unknown"


class RepositoryStatus(Status, frozen=True, kw_only=True):
    """What is out of date, and what the environments have to run."""

    environments: tuple[Wanted, ...] = ()


def repository_status(project: Project, revision: Revision, *, ask: bool = False) -> RepositoryStatus:
    """Return the status of a revision; of the working tree with what the default branch says the environments run.

    What runs is looked up where that starts no program; with `ask` everywhere.
    """
    wanted, errors = desired(project, revision)
    if wanted and not revision.commit:
        from mlgit.environments.live import beside_live

        wanted, unreachable = beside_live(project, revision, wanted, ask=ask)
        errors = (*errors, *unreachable)
    return RepositoryStatus(
        at=revision.name,
        stages=revision.stages,
        data=revision.data,
        errors=(*revision.errors, *errors),
        environments=wanted,
    )


def desired(project: Project, revision: Revision) -> tuple[tuple[Wanted, ...], tuple[FileError, ...]]:
    """Return what the environments of mlgit.yaml have to run, and what of it cannot be read."""
    if any(error.file == "mlgit.yaml" for error in revision.errors):
        return (), ()
    known = revision.configuration_or_default.environments
    if not known:
        return (), ()
    from mlgit.environments.reading import desired_states, known_tip
    from mlgit.registry.names import model_of

    repository = project.repository
    states = desired_states(repository, revision.commit or known_tip(repository, "origin"))
    found = tuple(
        Wanted(
            environment=name,
            artifact=artifact,
            model=model_of(artifact)[0],
            version=entry.version,
            digest=entry.digest,
            at=entry.at,
        )
        for name in known
        for artifact, entry in states.environments.get(name, {}).items()
    )
    broken = (
        FileError(error.where.partition(":")[0], error.message, error.where, error.hint)
        for error in states.errors
    )
    return found, tuple(broken)
