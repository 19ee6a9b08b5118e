"""`affected`: what a change concerns, so that CI runs what it has to and no more."""

from __future__ import annotations

import msgspec

from mlgit.config import reader
from mlgit.dvc.concerns import Affected, everything
from mlgit.dvc.concerns import affected as affected_by
from mlgit.errors import MlgitError
from mlgit.host.choose import automation, ci_of
from mlgit.project.change import start_of_change
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.world.context import Context


def affected(context: Context, base: str | None = None, head: str = "HEAD") -> Affected:
    """Return what changed between the merge base of `base` and `head`, and `head`.

    `base` None is the branch that `ci.branch` names. A base that is not here, a shallow clone, histories without a common
    commit and files that cannot be read make everything concerned, with the reason. Raises `UsageError` when `head` names
    no commit, and for a mlgit.yaml that is missing or broken where it has to name the base.
    """
    project = Project.find(context)
    if base is None:
        base = project.at().configuration.ci.branch
    revision = project.at(head)
    commit = revision.commit or head
    try:
        configuration = revision.configuration_or_default
    except MlgitError as error:
        return everything(None, f"{error.where or reader.FILE}: {error.message}")
    since, doubt = start_of_change(project.repository, base, commit)
    if since is None:
        return existing(everything(configuration, doubt), revision)
    changed = project.repository.changed(since, commit)
    return existing(affected_by(configuration, revision.pipelines, changed, automation()), revision)


def existing(result: Affected, revision: Revision) -> Affected:
    """Return the result without a model and data where the repository has none: there is nothing to look at."""
    configuration = revision.configuration_or_default
    if revision.pipeline_folders or configuration.models:
        return result
    return msgspec.structs.replace(result, model=False, data=result.data and bool(configuration.data))


def write_outputs(context: Context, result: Affected) -> None:
    """Write the decision where later steps of the job read it.

    Raises `UsageError` (`github-output`) outside of a job.
    """
    words = {True: "true", False: "false"}
    decided = {"code": result.code, "data": result.data, "model": result.model}
    ci_of(context).write_outputs({name: words[value] for name, value in decided.items()})
