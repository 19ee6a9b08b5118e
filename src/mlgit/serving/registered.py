"""A registered version on disk: its commit with the model in it, taken by its digest from DVC's cache here or from the remote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgit.environments.decision import digest, newest, require_version
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.registry.artifact import Artifact, artifact_at, delivered, holds
from mlgit.registry.names import model_of
from mlgit.registry.reading import registry
from mlgit.registry.state import Model, Registered
from mlgit.serving.release import Release, release_of

FETCHED = "mlgit/models"


@contextmanager
def registered(project: Project, name: str, version: str = "") -> Iterator[Release]:
    """Give a version of a model, the newest where none is named; its folder goes when the work is done.

    Raises `UsageError` (`model-unregistered`, `version-...`, `artifact-...`, `deploy-digest`).
    """
    model = known(project, name)
    with brought(project, require_version(model, version) if version else newest(model)) as release:
        yield release


@contextmanager
def brought(project: Project, version: Registered) -> Iterator[Release]:
    """Give a version on disk, hashed; raises as `registered` does."""
    artifact = require_committed(project, version)
    with delivered(project, version.commit, artifact, storage(project, artifact)) as folder:
        yield release_of(
            folder / artifact.path,
            {
                "MLGIT_MODEL": model_of(version.artifact)[0],
                "MLGIT_VERSION": version.version,
                "MLGIT_DIGEST": digest(version),
                "MLGIT_COMMIT": version.commit,
            },
        )


def storage(project: Project, artifact: Artifact) -> Path:
    """Return a folder of objects: DVC's cache where it holds the model as its digest says, else one of our own."""
    cache = project.cache.cache_of(artifact.output.folder)
    if cache is not None and holds(cache, artifact):
        return cache
    return project.repository.common_folder / FETCHED


def known(project: Project, name: str) -> Model:
    """Return a model of the tags; raises `UsageError` (`model-unregistered`) where none or several are called so."""
    models = registry(project.repository)
    found = [model for artifact, model in models.items() if name in (artifact, model.name)]
    if len(found) != 1:
        names = ", ".join(models) or "none"
        raise UsageError(
            "model-unregistered",
            f"{len(found) or 'no'} registered models are called {name[:80]!r}",
            hint=f"registered are: {names}; mlgit register makes a version, a path serves a file",
        )
    return found[0]


def require_committed(project: Project, version: Registered) -> Artifact:
    """Return the model of a version as its commit has it; raises `UsageError` (`version-digest`) where the tag names another."""
    name, folder = model_of(version.artifact)
    revision = project.at(version.commit)
    model = revision.configuration.models.get(name)
    found = artifact_at(revision, name, model) if model and model.folder == folder else None
    if found is None or found.digest != digest(version):
        raise UsageError(
            "version-digest",
            f"the tag {version.tag} and dvc.lock at its commit do not name the same model",
            hint=f"git cat-file tag {version.tag}; mlgit models",
        )
    return found
