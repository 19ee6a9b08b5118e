"""Bring a model that DVC keeps to its remote, where that is a folder: a disk of this machine or one that is mounted."""

from __future__ import annotations

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.paths import folder_of, joined
from mlgit.errors import MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.project.roots import asked
from mlgit.registry.artifact import Artifact, require_in_storage


def store(project: Project, commit: str, artifact: Artifact, predictions: str = "") -> None:
    """Make sure that the DVC remote holds a model.

    A remote that is a folder gets the model, and the predictions that its gates read, from the cache of this machine; any
    other is a matter of credentials, and of a command of its own. Raises as `require_in_storage` does.
    """
    try:
        require_in_storage(project, commit, artifact)
    except UsageError as error:
        if error.code != "artifact-not-stored" or not keeps_in_a_folder(project, artifact):
            raise
        pushed(project, commit, artifact, predictions, error)
        require_in_storage(project, commit, artifact)
        project.context.console.say(f"{artifact.output.path} was pushed to the DVC remote, a folder")


def keeps_in_a_folder(project: Project, artifact: Artifact) -> bool:
    """Tell whether DVC keeps a model, in a folder by default."""
    folder = folder_of(joined(artifact.output.path) or "")
    return artifact.output.cached and LocalCache(project.root).remote_of(folder) is not None


def pushed(project: Project, commit: str, artifact: Artifact, predictions: str, why: UsageError) -> None:
    """Push a model of a commit from the cache of this machine; raises `why` where the cache lacks it."""
    with project.sandbox() as sandbox:
        tree = sandbox.check_out(project.at(commit).files)
        try:
            wanted = [artifact.output.path, *filter(None, [predictions])]
            for dvc, paths in asked(project.context, tree.root, wanted):
                dvc.run("push", "--quiet", *paths)
        except MlgitError as error:
            raise why from error
