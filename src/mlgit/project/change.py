"""Where a change starts: the commit at which it left its base, and the newest commit of the default branch."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.dvc.concerns import affected, pipelines_of
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import pair
from mlgit.host.choose import automation
from mlgit.project.matrix import ELSE
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.publish import branch_tip


def start_of_change(repository: Repository, base: str, head: str) -> tuple[str | None, str]:
    """Return the commit at which a change left `base`; None and the reason when it cannot be told."""
    if not base.strip("0"):
        return None, "there is no commit before this one"
    if repository.is_shallow:
        return None, "this clone is shallow, so the history cannot be told"
    try:
        old = repository.resolve(base)
    except UsageError as error:
        return None, error.message
    since = repository.merge_base(old, head)
    if since is None:
        return None, f"{base} and {head[:12]} have no commit in common"
    return since, ""


class Change(Struct, frozen=True, kw_only=True):
    """What a change concerns: the names of models, and the folders of pipelines with those that they read from.

    `since` is the commit where the change starts. None where that cannot be told or nobody asked: then everything is
    concerned, and `folders` are all.
    """

    models: tuple[str, ...]
    folders: tuple[str, ...]
    since: str | None = None


def change_since(project: Project, base: str, only: str = "") -> Change:
    """Return what was changed between where the working tree left `base` and the working tree.

    Everything for an empty base, and where nothing was changed at all. Of that, `only` names the models that are
    looked at, with commas in between, or `.` what belongs to no model; empty: all.
    """
    found = whole_change(project, base)
    return narrowed(project.at(), found, frozenset(only.split(","))) if only else found


def narrowed(tree: Revision, found: Change, only: frozenset[str]) -> Change:
    """Return the part of a change that concerns some models, with the pipelines that they read from."""
    models = tree.configuration.models
    folders = {one for name in only.intersection(found.models) for one in sources(tree, models[name])}
    if ELSE in only:
        of_models = {one for name in found.models for one in sources(tree, models[name])}
        folders |= set(found.folders) - of_models
    return replace(
        found,
        models=tuple(name for name in found.models if name in only),
        folders=tuple(one for one in found.folders if one in folders),
    )


def sources(tree: Revision, model: Model) -> frozenset[str]:
    """Return the folder of a model's pipeline and those of the pipelines that it reads from."""
    return tree.relations.with_sources(model.folder)


def whole_change(project: Project, base: str) -> Change:
    """Return the same for everything."""
    tree, repository = project.at(), project.repository
    everything = Change(models=tuple(tree.configuration.models), folders=tree.pipeline_folders)
    since = start_of_change(repository, base, repository.resolve("HEAD"))[0] if base else None
    if since is None:
        return everything
    # Data that were edited and not added are no change for Git; those that are not here were edited by nobody.
    edited = {one.path for one in tree.data if one.state == "changed"}
    changed = pair(repository, since, None).changed | edited
    if not changed:
        # A base that holds the same tells of no change, so nothing is known to be somebody else's.
        return everything
    found = affected(tree.configuration, tree.pipelines, changed, automation())
    touched = None if found.doubt else pipelines_of(tree.relations, found.concerns)
    if touched is None:
        return replace(everything, models=found.models, since=since)
    folders = {one for folder in touched for one in tree.relations.with_sources(folder)}
    known = tuple(one for one in tree.pipeline_folders if one in folders)
    return Change(models=found.models, folders=known, since=since)


def default_branch_tip(project: Project, remote: str) -> tuple[str, str]:
    """Return the newest commit of the default branch, at the remote where one is named, and the branch's name.

    The mlgit.yaml that is checked out names the branch. Raises `UsageError` (`branch-unknown`) when there is none.
    """
    branch, repository = project.at().configuration.ci.branch, project.repository
    tip = branch_tip(repository, remote, branch)
    if tip is None:
        raise UsageError(
            "branch-unknown",
            f"there is no branch {branch!r}" + (f" at {remote}" if remote else ""),
            hint="ci.branch in mlgit.yaml names the default branch, which is there from its first commit on; --local works without a remote",
        )
    return tip, branch
