"""Pipelines at a revision with the records of their trainings, and the models that are asked for by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.dvc.lockfile import is_lock
from mlgit.dvc.paths import folder_of, joined, touches
from mlgit.errors import MlgitError
from mlgit.git.plumbing import Author
from mlgit.git.repository import Repository
from mlgit.project.revision import Revision
from mlgit.runs.history import Record, readable
from mlgit.runs.lineage import matching
from mlgit.runs.material import Material, materials
from mlgit.runs.place import ROOT, is_intact, pipeline_of, records_folder
from mlgit.runs.statement import Descriptor


class RecordedPipeline(Struct, frozen=True, kw_only=True):
    """One pipeline at a revision, and the records of its trainings.

    `records` are those of the tree, `unreadable` tells what is wrong with others there, `older` left the tree. `authors`
    tells who brought each in.
    """

    revision: Revision
    material: Material
    records: tuple[Record, ...] = ()
    unreadable: tuple[MlgitError, ...] = ()
    older: tuple[Record, ...] = ()
    authors: Mapping[str, Author] = {}

    @property
    def every(self) -> list[Record]:
        """Every record, the oldest first."""
        return sorted((*self.older, *self.records), key=lambda one: one.statement.started)


def recorded_pipelines(revision: Revision, folders: Sequence[str]) -> list[RecordedPipeline]:
    """Return pipelines with their records, read together, in the order of their folders."""
    revision.gather([path for folder in folders for path in revision.records.get(folder, ())])
    under = records_folder(folders[0] or ".") if len(folders) == 1 else ROOT
    authors = revision.repository.additions(revision.commit, under) if revision.commit else {}
    return [
        recorded_pipeline(revision, material, authors)
        for material in materials(revision.reader, revision.files, folders)
    ]


def recorded_pipeline(
    revision: Revision, material: Material, authors: Mapping[str, Author]
) -> RecordedPipeline:
    """Return one pipeline with its records; those of the history too when none in the tree tells of its outputs."""
    folder, outputs = material.state.folder, material.seen.outputs
    records, unreadable = readable(
        {path: revision.content(path) or b"" for path in revision.records.get(folder, ())}
    )
    older: list[Record] = []
    if outputs and matching(records, outputs) is None and revision.commit is not None:
        older = records_before(revision.repository, revision.commit, folder, {one.path for one in records})
    return RecordedPipeline(
        revision=revision,
        material=material,
        records=tuple(records),
        unreadable=tuple(unreadable),
        older=tuple(older),
        authors=authors,
    )


def records_before(repository: Repository, commit: str, folder: str, known: set[str]) -> list[Record]:
    """Return the records that left the tree before a commit, or were changed in it, as they were written."""
    ever = repository.ever(commit, records_folder(folder or "."))
    gone = [(path, oid) for path, oid in sorted(ever) if pipeline_of(path) == folder and path not in known]
    blobs = repository.blobs(oid for _, oid in gone)
    contents = {path: blobs[oid] for path, oid in gone if is_intact(path, blobs.get(oid, b""))}
    return readable(contents)[0]


class Subject(Struct, frozen=True, kw_only=True):
    """One model, or a pipeline that mlgit.yaml names none for."""

    name: str
    folder: str
    artifact: str = ""
    wanted: tuple[str, ...] = ()


def subjects_at(revision: Revision, model: str | None) -> dict[str, list[Subject]]:
    """Return the models asked for by the folder of their pipeline; all of them for None.

    Where mlgit.yaml names no model they are the pipelines that were run. Raises `UsageError` (`model-unknown`).
    """
    found: dict[str, list[Subject]] = {}
    for one in chosen(revision, model):
        found.setdefault(one.folder, []).append(one)
    return found


def chosen(revision: Revision, model: str | None) -> list[Subject]:
    """Return the models asked for; the pipelines that were run where mlgit.yaml names no model."""
    configuration = revision.configuration_or_default
    names = [model] if model is not None else list(configuration.models)
    if names:
        return [subject_of(name, configuration.model(name, revision.name)) for name in names]
    locks = sorted(filter(is_lock, revision.paths()))
    return [Subject(name="", folder=folder_of(path)) for path in locks]


def subject_of(name: str, model: Model) -> Subject:
    """Return a model with its outputs as mlgit.yaml names them."""
    named = tuple(one for one in (model.artifact, *model.metrics, model.predictions) if one)
    return Subject(
        name=name,
        folder=model.folder,
        artifact=model.artifact or "",
        wanted=named if model.artifact else (),
    )


def placed(subject: Subject, outputs: Iterable[Descriptor]) -> Subject:
    """Return a model with those of its outputs that the pipeline makes, as paths from the root."""
    made = [one.name for one in outputs]
    found = {name: joined(name) or "" for name in (subject.artifact, *subject.wanted) if name}
    found = {name: path for name, path in found.items() if any(touches(path, one) for one in made)}
    wanted = tuple(found[name] for name in subject.wanted if name in found)
    return replace(subject, artifact=found.get(subject.artifact, ""), wanted=wanted)
