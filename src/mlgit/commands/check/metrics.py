"""Verify the numbers of models: measure those that a change concerns again, and keep what came of it for the gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.config.verify import OFF
from mlgit.dvc.measuring import works_of
from mlgit.dvc.paths import below
from mlgit.dvc.pipeline import Pipeline
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.metrics.reproduction import Verification, VerificationState
from mlgit.plan.outcome import CheckItem, CheckState
from mlgit.project import verified
from mlgit.project.change import change_since
from mlgit.project.project import Project
from mlgit.project.remeasured import remeasured
from mlgit.project.rerun import Remeasured, Subject
from mlgit.project.revision import Revision
from mlgit.text import counted

WHY: dict[VerificationState, str] = {
    "no access": "no access to the data",
    "deferred": "they are measured again by the retraining",
    "stale": "stages are out of date",
}


DVC_FILES = ("dvc.yaml", "dvc.lock", ".dvc")


class Concerned(Struct, frozen=True, kw_only=True):
    """The models to verify, as mlgit.yaml of the base has them where it knows them: a change cannot loosen its own check.

    `folders` are those of the pipelines that the change concerns, with those that they read from. `since` is the commit
    where the change starts, None where nobody knows.
    """

    models: Mapping[str, Model]
    folders: tuple[str, ...]
    since: str | None = None


def concerned_by(project: Project, base: str, only: str = "") -> Concerned:
    """Return what the change since `base` concerns; everything where that cannot be told, or without a base.

    `only` are the models to look at with commas in between; empty: all.
    """
    change, models = change_since(project, base, only), project.at().configuration.models
    try:
        before = project.at(change.since).configuration_or_default.models if change.since else {}
    except MlgitError:
        before = {}
    chosen = {name: by_base(before.get(name, models[name]), models[name]) for name in change.models}
    return Concerned(models=chosen, folders=change.folders, since=change.since)


def by_base(before: Model, after: Model) -> Model:
    """Return a model as the base has it; a change may only ask for more, that a stage is trained again."""
    if before.verify == OFF or after.verify == OFF or not after.verify.train:
        return before
    return replace(before, verify=replace(before.verify, train=True))


def verification_items(project: Project, concerned: Concerned) -> Iterator[CheckItem]:
    """Yield an item a model: its numbers were reproduced, or which were not and by how much, or why nobody measured."""
    source, commit = to_verify(project)
    found: list[Verification] = []
    for folder in dict.fromkeys(model.folder for model in concerned.models.values()):
        if isinstance(runnable(project.at(), folder), str):
            continue
        for one in remeasured(project, subject_of(project, source, folder, concerned)):
            found.append(one.verification)
            yield item_of(one)
    verified.remember(project.repository, commit, found)


def subject_of(project: Project, source: Revision, folder: str, concerned: Concerned) -> Subject:
    """Return the models of a pipeline that are measured, with the pipelines that it reads from."""
    tree = project.at()
    folders = tree.relations.with_sources(folder)
    return Subject(
        source=source,
        folder=folder,
        pipelines=tuple(one for one in tree.pipelines if one.folder in folders),
        models={name: model for name, model in concerned.models.items() if model.folder == folder},
        base=project.at(concerned.since) if concerned.since else None,
    )


def to_verify(project: Project) -> tuple[Revision, str | None]:
    """Return what to measure again: the commit that is checked out, or the working tree where it differs from that."""
    same = project.repository.run("diff", "--quiet", "HEAD", "--", check=False).exit_code == 0
    source = project.at("HEAD") if same and not new_results(project) else project.at()
    return source, source.commit


def new_results(project: Project) -> bool:
    """Tell whether a training left files that Git does not know yet: DVC's own, or outputs of a stage.

    Others do not count: a cache that an interpreter leaves beside the code makes no other commit of what is checked out.
    """
    listed = project.repository.run("ls-files", "-z", "--others", "--exclude-standard").text
    paths = [path for path in listed.split("\0") if path]
    if not paths or any(path.endswith(DVC_FILES) for path in paths):
        return bool(paths)
    written = {
        out
        for state in project.at().pipelines
        if state.pipeline is not None
        for work in works_of([state])
        for out in work.writes
    }
    return any(below(out, path) for path in paths for out in written)


def not_verified_items(
    project: Project, concerned: Concerned, state: VerificationState
) -> Iterator[CheckItem]:
    """Yield that nobody measures the numbers of the models again, and why."""
    _, commit = to_verify(project)
    found = [Verification(model=name, state=state, reason=WHY[state]) for name in concerned.models]
    verified.remember(project.repository, commit, found)
    yield CheckItem(subject="model", name="metrics", state="skipped", detail=f"not verified: {WHY[state]}")


def item_of(one: Remeasured) -> CheckItem:
    """Return the item of a verification."""
    told = one.verification
    state: CheckState = (
        "passed" if told.good else "failed" if told.state in ("different", "failed") else "skipped"
    )
    files = counted(len(told.files), "file")
    reproduced = f"reproduced, {files} came out the same"
    if told.state == "trained":
        reproduced = f"mlgit train wrote {files} in this clone, dvc.lock among them, as they stand"
    return CheckItem(
        subject="model",
        name=f"metrics of {told.model}",
        state=state,
        detail=reproduced
        if told.good
        else told.reason
        if state == "failed"
        else f"not verified: {told.reason}",
        lines=one.lines,
        hint=told.hint,
    )


def runnable(tree: Revision, folder: str) -> Pipeline | str:
    """Return a pipeline that has stages; why nobody can run it where there is none or it is broken."""
    file = place(folder, "dvc.yaml")
    state = tree.pipelines_by_folder.get(folder)
    broken = next((one for one in state.errors if one.file == file), None) if state else None
    if broken is not None:
        return f"{broken.where or file} cannot be read: {broken.message}"
    if state is None or state.pipeline is None:
        return f"there is no {file}"
    return state.pipeline if state.pipeline.stages else f"{file} has no stages"
