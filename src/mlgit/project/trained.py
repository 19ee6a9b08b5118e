"""What `mlgit train` measured in this clone: it vouches for the numbers that only a stage writes which trains."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.config.model import Model
from mlgit.dvc import lockfile
from mlgit.dvc.measuring import Measuring, measuring, works_of
from mlgit.dvc.state import place
from mlgit.metrics.reproduction import Verification
from mlgit.plan.outcome import StageRun
from mlgit.project.measured_files import digest, evidence_files, held
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.verified import remember_trained, trained


def trained_here(source: Revision, name: str, model: Model, plan: Measuring) -> Verification | None:
    """Return the training of this clone that wrote every file that only a training writes, and dvc.lock as it stands.

    By the lock the files belong to the very code, data and parameters that were trained, and to no other branch of this clone.
    """
    found = trained(source.repository).get(name)
    if found is None or not {*plan.trained, place(model.folder, lockfile.FILE)} <= found.files.keys():
        return None
    same = all(digest(held(source, model, path)) == one for path, one in found.files.items())
    return found if same and not plan.unwritten else None


def remember_training(project: Project, runs: Iterable[StageRun]) -> None:
    """Keep which models a training measured: every stage that their numbers come from has just run.

    `project` looks at the files after the training. A stage that was restored from the run cache did not run here.
    """
    ran = frozenset(one.name for one in runs if one.outcome == "ran")
    configuration = project.at().configuration_or_none if ran else None
    found = [
        made
        for name, model in (configuration.models if configuration else {}).items()
        if (made := training_of(project.at(), name, model, ran)) is not None
    ]
    if found:
        remember_trained(project.repository, found)


def training_of(tree: Revision, name: str, model: Model, ran: frozenset[str]) -> Verification | None:
    """Return what the stages that ran say of one model; None where one of those that measure it did not run."""
    state = tree.tracked(model.folder)
    if state.pipeline is None or any(stage.unresolved for stage in state.pipeline.stages.values()):
        return None
    artifact = (model.artifact,) if model.artifact else ()
    asked = measuring(works_of([state]), evidence_files(tree, model), artifact, train=True)
    if not asked.files or asked.unwritten or any(one not in ran for one in asked.stages):
        return None
    paths = (*asked.files, place(model.folder, lockfile.FILE))
    files = {path: digest(held(tree, model, path)) for path in paths}
    return Verification(model=name, state="trained", files=files)
