"""Which target an environment has, from mlgit.yaml at a revision: the one place that knows every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgit.config.images import Cluster, ComposeTarget, ContainerTarget
from mlgit.config.targets import LocalTarget
from mlgit.deploy.command import Command
from mlgit.deploy.compose import Compose
from mlgit.deploy.container import Container
from mlgit.deploy.followed import Followed
from mlgit.deploy.kubernetes import Kubernetes
from mlgit.deploy.local import Local
from mlgit.deploy.target import Target
from mlgit.dvc.interpreter import stage_environment
from mlgit.errors import UsageError
from mlgit.host.choose import untied, untrusted
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.registry.names import artifact_of
from mlgit.world.context import Context

FOLDER = "mlgit/deployed"


@contextmanager
def target_of(project: Project, revision: Revision, environment: str) -> Iterator[Target]:
    """Give the target of an environment as a revision of the default branch has it.

    What it starts sees no token of a job. Raises `UsageError` (`target-missing`).
    """
    settings = revision.configuration.environments[environment].target
    if settings is None:
        raise UsageError(
            "target-missing",
            f"mlgit.yaml does not say what makes the models of {environment} run",
            hint=f"environments.{environment}.target: `mlgit help delivery` shows each kind",
        )
    context = plain(project.context)
    if isinstance(settings, LocalTarget):
        yield Local(
            context, environment, settings, folder_of(project, environment), ports(revision, settings)
        )
        return
    if isinstance(settings, Cluster) and settings.followed:
        yield Followed(settings)
        return
    with project.sandbox() as sandbox:
        tree = sandbox.check_out(revision.files).root
        if isinstance(settings, ContainerTarget):
            yield Container(context, environment, settings, tree)
        elif isinstance(settings, ComposeTarget):
            yield Compose(context, environment, settings, tree)
        elif isinstance(settings, Cluster):
            yield Kubernetes(context, environment, settings, tree)
        else:
            yield Command(context, environment, settings, tree)


def plain(context: Context) -> Context:
    """Return a context for programs of the user: without the tokens of a job, living on when it ends, and with the Python that runs now."""
    seen = untied(untrusted(context))
    return seen.with_environment(stage_environment(seen))


def folder_of(project: Project, environment: str) -> Path:
    """Return where the target `local` keeps what it knows of an environment."""
    return project.repository.common_folder / FOLDER / environment


def ports(revision: Revision, settings: LocalTarget) -> dict[str, int]:
    """Return the port of each model of mlgit.yaml, by its artifact."""
    models = revision.configuration.models
    names = (artifact_of(name, model.folder) or name for name, model in models.items())
    return {artifact: settings.port + place for place, artifact in enumerate(names)}
