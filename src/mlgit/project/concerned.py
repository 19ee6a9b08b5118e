"""What a change between two commits of a project concerns, with the jobs that CI starts for it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mlgit.config import reader
from mlgit.config.model import Configuration, Model
from mlgit.dvc.concerns import Affected, everything
from mlgit.dvc.concerns import affected as affected_by
from mlgit.errors import MlgitError
from mlgit.host.choose import automation
from mlgit.project.change import start_of_change
from mlgit.project.matrix import job_of_else, model_jobs
from mlgit.project.project import Project
from mlgit.project.revision import Revision


def concerned(project: Project, base: str, head: str = "HEAD") -> Affected:
    """Return what changed between the merge base of `base` and `head`, and `head`.

    A base that is not here, a shallow clone, histories without a common commit and files that cannot be read make
    everything concerned, with the reason. Raises `UsageError` when `head` names no commit.
    """
    revision = project.at(head)
    commit = revision.commit or head
    try:
        configuration = revision.configuration_or_default
    except MlgitError as error:
        found = everything(None, f"{error.where or reader.FILE}: {error.message}")
        return msgspec.structs.replace(
            found, jobs=(msgspec.structs.replace(job_of_else(Configuration(version=1)), id=1),)
        )
    repository = revision.repository
    since, doubt = start_of_change(repository, base, commit)
    if since is None:
        return with_jobs(revision, existing(everything(configuration, doubt), revision), {})
    changed = repository.changed(since, commit)
    found = existing(affected_by(configuration, revision.pipelines, changed, automation()), revision)
    # Only a mlgit.yaml that changed can have lost a model.
    return with_jobs(revision, found, models_at(project.at(since)) if reader.FILE in changed else {})


def models_at(revision: Revision) -> Mapping[str, Model]:
    """Return the models of a revision; none where its mlgit.yaml cannot be read."""
    try:
        return revision.configuration_or_default.models
    except MlgitError:
        return {}


def with_jobs(revision: Revision, result: Affected, before: Mapping[str, Model]) -> Affected:
    """Return the result with the jobs that CI starts for it; `before` are the models where the change starts."""
    return msgspec.structs.replace(result, jobs=model_jobs(revision, result, before))


def existing(result: Affected, revision: Revision) -> Affected:
    """Return the result without a model and data where the repository has none: there is nothing to look at."""
    configuration = revision.configuration_or_default
    if revision.pipeline_folders or configuration.models:
        return result
    return msgspec.structs.replace(result, model=False, data=result.data and bool(configuration.data))
