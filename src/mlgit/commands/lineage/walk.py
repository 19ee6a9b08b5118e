"""`lineage`: where a model came from, told from what a commit holds."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from mlgit.commands.lineage.ground import Ground, grounds
from mlgit.commands.lineage.verify import verified
from mlgit.config.model import Configuration, Model
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.concerns import touches
from mlgit.dvc.paths import folder_of, joined
from mlgit.dvc.reader import Reader
from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository, find
from mlgit.git.snapshot import Snapshot, snapshot
from mlgit.project.project import Project
from mlgit.project.revision import Revision
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
from mlgit.runs.statement import Descriptor
from mlgit.world.context import Context


class Meant(Struct, frozen=True, kw_only=True):
    """What was asked for: a revision, and one model or all of them."""

    revision: str
    model: str | None


class Subject(Struct, frozen=True, kw_only=True):
    """One model, or a pipeline that mlgit.yaml names none for."""

    name: str
    folder: str
    artifact: str = ""
    wanted: tuple[str, ...] = ()


class Told(Struct, frozen=True, kw_only=True):
    """A lineage with the record it was told from."""

    lineage: Lineage
    record: Record | None


def lineage(context: Context, target: str | None, *, verify: bool = False) -> LineageReport:
    """Return where the models that `target` names came from: MODEL@COMMIT, COMMIT, MODEL, or None for all at HEAD.

    Raises `UsageError` when it names neither a commit nor a model.
    """
    repository = find(context)
    blobs = BlobCache(repository)
    asked = meant(repository, target)
    moment = snapshot(repository, asked.revision)
    reader = Reader(blobs, LocalCache(repository.root))
    configuration = Revision(repository, reader, moment).configuration_or_default
    told, troubles, verifications = [], [], []
    pipelines = by_pipeline(chosen(configuration, moment, asked.model))
    for ground in grounds(repository, reader, moment, list(pipelines)):
        subjects = pipelines[ground.found.state.folder]
        troubles += [f"{error.where}: {error.message}" for error in ground.wrong]
        outputs = ground.found.seen.outputs
        found = [lineage_at(ground, placed(one, outputs)) for one in subjects]
        told += found
        if verify:
            verifications += [verified(ground, one.lineage, one.record) for one in found]
    return LineageReport(
        models=tuple(one.lineage for one in told),
        troubles=tuple(troubles),
        verifications=tuple(verifications),
    )


def meant(repository: Repository, target: str | None) -> Meant:
    """Return what the words of the person mean; a model's name goes before a branch of the same name."""
    if target is None:
        return Meant(revision="HEAD", model=None)
    name, _, revision = target.partition("@")
    if not revision and name in models_at(repository, "HEAD"):
        return Meant(revision="HEAD", model=name)
    try:
        repository.resolve(target)
    except UsageError:
        if not revision:
            raise
        repository.resolve(revision)
        return Meant(revision=revision, model=name)
    known = revision and name in models_at(repository, target)
    return Meant(revision=target, model=name if known else None)


def models_at(repository: Repository, revision: str) -> dict[str, Model]:
    """Return the models of a commit; none where there is no such commit or its mlgit.yaml cannot be read."""
    try:
        return Project(repository).at(revision).configuration_or_default.models
    except UsageError:
        return {}


def chosen(configuration: Configuration, moment: Snapshot, model: str | None) -> list[Subject]:
    """Return the models asked for; the pipelines that were run where mlgit.yaml names no model."""
    if model is not None and model not in configuration.models:
        raise UsageError(
            "model-unknown",
            f"mlgit.yaml at {moment.name} has no model {model!r}",
            hint="its models are: " + (", ".join(configuration.models) or "none"),
        )
    names = [model] if model is not None else list(configuration.models)
    if names:
        return [subject_of(name, configuration.models[name]) for name in names]
    locks = sorted(path for path in moment.paths() if path.rpartition("/")[2] == "dvc.lock")
    return [Subject(name="", folder=folder_of(path)) for path in locks]


def subject_of(name: str, model: Model) -> Subject:
    """Return a model with its outputs as mlgit.yaml names them."""
    named = tuple(one for one in (model.artifact, *model.metrics, model.predictions) if one)
    return Subject(
        name=name,
        folder=joined(model.pipeline) or "",
        artifact=model.artifact or "",
        wanted=named if model.artifact else (),
    )


def placed(subject: Subject, outputs: Iterable[Descriptor]) -> Subject:
    """Return a model with those of its outputs that the pipeline makes, as paths from the root."""
    made = [one.name for one in outputs]
    found = {name: made_place(name, made) for name in (subject.artifact, *subject.wanted) if name}
    wanted = tuple(path for name in subject.wanted if (path := found[name]))
    return replace(subject, artifact=found.get(subject.artifact, ""), wanted=wanted)


def made_place(name: str, made: Iterable[str]) -> str:
    """Return the path of an output that mlgit.yaml names; empty when the pipeline makes no such thing."""
    path = joined(name) or ""
    return path if any(touches(path, one) for one in made) else ""


def by_pipeline(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    """Return the subjects by the folder of their pipeline."""
    found: dict[str, list[Subject]] = {}
    for one in subjects:
        found.setdefault(one.folder, []).append(one)
    return found


def lineage_at(ground: Ground, subject: Subject) -> Told:
    """Return the lineage of one model."""
    seen, state, moment = ground.found.seen, ground.found.state, ground.moment
    every = ground.every
    record = matching(every, seen.outputs) or telling_of(every, by_name(seen.outputs).get(subject.artifact))
    bare = Lineage(
        model=subject.name,
        pipeline=subject.folder or ".",
        artifact=subject.artifact,
        revision=moment.name,
        commit=moment.commit or "",
        note=missing_note(ground) if record is None or state.troubles else "",
        in_tree=record is None or record in ground.records,
        recorder=recorder_of(ground, record),
    )
    found = steps(state.folder, state.pipeline, state.lock)
    return Told(lineage=lineage_of(bare, seen, found, subject.wanted, record, every), record=record)


def missing_note(ground: Ground) -> str:
    """Return why no record tells of a pipeline, where more is known than that."""
    state = ground.found.state
    if state.troubles:
        return f"{state.troubles[0].where}: {state.troubles[0].message}"
    waiting = set(on_disk(ground.repository.root, state.folder or ".")) - ground.moment.paths()
    if waiting and ground.moment.name == "HEAD":
        return NOT_COMMITTED.format(folder=records_folder(state.folder or "."))
    if not state.exists:
        return f"there is no {place(state.folder, 'dvc.yaml')} at this commit"
    if state.lock is None:
        return f"there is no {place(state.folder, 'dvc.lock')} at this commit: nothing was trained"
    return ""


def recorder_of(ground: Ground, record: Record | None) -> Recorder | None:
    """Return who brought a record in, as far as the history tells."""
    author = ground.authors.get(record.path) if record else None
    if author is None:
        return None
    return Recorder(commit=author.commit, name=author.name, date=author.date, subject=author.subject)
