"""The DVC remote around a training: what it reads comes from there, and what it made goes there.

Both steps hold the credentials of the remote and run no code of the repository.
"""

from __future__ import annotations

from mlgit.dvc.command import Dvc
from mlgit.dvc.tracked import outputs
from mlgit.errors import ExternalError
from mlgit.jobs.retraining.handoff import Lease
from mlgit.project.project import Project


def fetch(project: Project, lease: Lease) -> None:
    """Bring the data of the tree that is checked out; without a remote nothing is brought; raises as `require_remote` does."""
    require_remote(project, lease)
    if has_remote(project):
        dvc_of(project).run("pull", "--run-cache", "--allow-missing")


def keep(project: Project) -> None:
    """Push what was trained, where the repository has a remote."""
    if has_remote(project):
        dvc_of(project).run("push", "--run-cache")


def require_remote(project: Project, lease: Lease) -> None:
    """Raise `ExternalError` (`dvc-remote-none`), before any training, where DVC would keep a result that nobody could get.

    A repository whose results are all in Git needs no remote.
    """
    folders = {one.job.folder for one in lease.train}
    declared = [(one.folder, one.pipeline) for one in project.at().pipelines if one.folder in folders]
    kept = [
        path
        for folder, pipeline in declared
        if pipeline is not None
        for path, output in outputs(folder, pipeline)
        if output.cache
    ]
    if kept and not has_remote(project):
        raise ExternalError(
            "dvc-remote-none",
            f"the repository has no DVC remote, so nobody could get {kept[0]} that a training makes",
            hint="dvc remote add --default NAME URL, and commit .dvc/config",
        )


def has_remote(project: Project) -> bool:
    """Tell whether DVC knows a remote here; DVC itself is asked, because settings of the machine count."""
    return bool(dvc_of(project).run("remote", "list").text.strip())


def dvc_of(project: Project) -> Dvc:
    """Return DVC in the working tree of a project."""
    return Dvc(project.context, project.root)
