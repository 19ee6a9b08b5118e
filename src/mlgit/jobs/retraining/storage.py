"""The DVC remote around a training: what it reads comes from there, and what it made goes there.

Both steps hold the credentials of the remote and run no code of the repository.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.dvc.command import Dvc
from mlgit.dvc.state import place
from mlgit.dvc.tracked import outputs
from mlgit.errors import ExternalError
from mlgit.jobs.retraining.handoff import Lease
from mlgit.project.project import Project
from mlgit.project.roots import by_root, roots_among


def fetch(project: Project, lease: Lease) -> None:
    """Bring the data of the tree that is checked out; without a remote nothing is brought; raises as `require_remote` does."""
    require_remote(project, lease)
    for dvc in kept_elsewhere(project):
        dvc.run("pull", "--run-cache", "--allow-missing")


def keep(project: Project) -> None:
    """Push what was trained, where the repository has a remote."""
    for dvc in kept_elsewhere(project):
        dvc.run("push", "--run-cache")


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
    for root, paths in by_root(project.root, kept).items():
        if not has_remote(Dvc(project.context, project.root / root)):
            raise ExternalError(
                "dvc-remote-none",
                f"the repository has no DVC remote, so nobody could get {paths[0]} that a training makes",
                hint=f"dvc remote add --default NAME URL, and commit {place(root, '.dvc/config')}",
            )


def kept_elsewhere(project: Project) -> Iterator[Dvc]:
    """Yield DVC in each of its roots that has a remote."""
    for root in roots_among(project.at().paths()):
        dvc = Dvc(project.context, project.root / root)
        if has_remote(dvc):
            yield dvc


def has_remote(dvc: Dvc) -> bool:
    """Tell whether DVC knows a remote in a root; DVC itself is asked, because settings of the machine count."""
    return bool(dvc.run("remote", "list").text.strip())
