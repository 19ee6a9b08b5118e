"""`lineage`: where a model came from, told from what a commit holds."""

from __future__ import annotations

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.recorded import RecordedPipeline, Subject, placed, recorded_pipelines, subjects_at
from mlgit.project.verification import verified
from mlgit.runs.described import steps
from mlgit.runs.history import Record, on_disk
from mlgit.runs.lineage import (
    NOT_COMMITTED,
    Lineage,
    LineageReport,
    Recorder,
    lineage_of,
    matching,
    telling_of,
)
from mlgit.runs.material import by_name
from mlgit.runs.place import records_folder
from mlgit.world.context import Context


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for: a revision, and one model or all of them."""

    revision: str
    model: str | None


def lineage(context: Context, target: str | None, *, verify: bool = False) -> LineageReport:
    """Return where the models that `target` names came from: MODEL@COMMIT, COMMIT, MODEL, or None for all at HEAD.

    Raises `UsageError` when it names neither a commit nor a model.
    """
    project = Project.find(context)
    asked = request_of(project, target)
    revision = project.at(asked.revision)
    models, errors, verifications = [], [], []
    subjects = subjects_at(revision, asked.model)
    for recorded in recorded_pipelines(revision, list(subjects)):
        state, outputs = recorded.material.state, recorded.material.seen.outputs
        errors += [f"{error.where}: {error.message}" for error in recorded.unreadable]
        for subject in subjects[state.folder]:
            found, record = lineage_at(recorded, placed(subject, outputs))
            models.append(found)
            verifications += [verified(recorded, found, record)] if verify else []
    return LineageReport(
        models=tuple(models),
        errors=tuple(errors),
        verifications=tuple(verifications),
    )


def request_of(project: Project, target: str | None) -> Request:
    """Return what a person asks for; a model's name goes before a branch of the same name."""
    if target is None:
        return Request(revision="HEAD", model=None)
    name, _, revision = target.partition("@")
    if not revision and name in models_at(project, "HEAD"):
        return Request(revision="HEAD", model=name)
    try:
        project.repository.resolve(target)
    except UsageError:
        if not revision:
            raise
        project.repository.resolve(revision)
        return Request(revision=revision, model=name)
    known = revision and name in models_at(project, target)
    return Request(revision=target, model=name if known else None)


def models_at(project: Project, revision: str) -> dict[str, Model]:
    """Return the models of a commit; none where there is no such commit or its mlgit.yaml cannot be read."""
    try:
        return project.at(revision).configuration_or_default.models
    except UsageError:
        return {}


def lineage_at(recorded: RecordedPipeline, subject: Subject) -> tuple[Lineage, Record | None]:
    """Return the lineage of one model, and the record that tells it."""
    seen, state, revision = recorded.material.seen, recorded.material.state, recorded.revision
    every = recorded.every
    record = matching(every, seen.outputs) or telling_of(every, by_name(seen.outputs).get(subject.artifact))
    bare = Lineage(
        model=subject.name,
        pipeline=subject.folder or ".",
        artifact=subject.artifact,
        revision=revision.name,
        commit=revision.commit or "",
        note=missing_note(recorded) if record is None or state.errors else "",
        in_tree=record is None or record in recorded.records,
        recorder=recorder_of(recorded, record),
    )
    found = steps(state.folder, state.pipeline, state.lock)
    return lineage_of(bare, seen, found, subject.wanted, record, every), record


def missing_note(recorded: RecordedPipeline) -> str:
    """Return why no record tells of a pipeline, where more is known than that."""
    state, revision = recorded.material.state, recorded.revision
    if state.errors:
        return f"{state.errors[0].where}: {state.errors[0].message}"
    new = set(on_disk(revision.repository.root, state.folder or ".")) - revision.paths()
    if new and revision.name == "HEAD":
        return NOT_COMMITTED.format(folder=records_folder(state.folder or "."))
    if not state.exists:
        return f"there is no {place(state.folder, 'dvc.yaml')} at this commit"
    if state.lock is None:
        return f"there is no {place(state.folder, 'dvc.lock')} at this commit: nothing was trained"
    return ""


def recorder_of(recorded: RecordedPipeline, record: Record | None) -> Recorder | None:
    """Return who brought a record in, as far as the history tells."""
    author = recorded.authors.get(record.path) if record else None
    if author is None:
        return None
    return Recorder(commit=author.commit, name=author.name, date=author.date, subject=author.subject)
