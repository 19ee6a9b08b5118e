"""What a model card tells of a version besides its record: gathered from the commit that trained it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mlgit.data import schema_file
from mlgit.data.schema import Schema
from mlgit.errors import MlgitError
from mlgit.evaluation.versions import measured
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.project.recorded import placed, recorded_pipelines, subject_of
from mlgit.registry.candidate import Candidate
from mlgit.registry.record import VersionRecord
from mlgit.runs.described import steps
from mlgit.runs.lineage import Lineage, lineage_of
from mlgit.stats.interval import Interval


class Facts(Struct, frozen=True, kw_only=True):
    """What a card tells besides the record of its version.

    `intervals` are those of the metrics by their names, `schemas` those of the tables it is trained on, `words` what
    mlgit.yaml says of it by topic.
    """

    task: str
    verdict: ModelVerdict
    lineage: Lineage | None
    intervals: Mapping[str, Interval]
    schemas: Mapping[str, Schema]
    words: Mapping[str, str]


def facts_of(project: Project, candidate: Candidate, record: VersionRecord, verdict: ModelVerdict) -> Facts:
    """Return what the card of a version tells."""
    model = candidate.model
    return Facts(
        task=model.task or "",
        verdict=verdict,
        lineage=lineage(candidate),
        intervals=measured(project, model, candidate.commit, record.metrics),
        schemas=schemas_of(candidate),
        words=model.card,
    )


def lineage(candidate: Candidate) -> Lineage | None:
    """Return where a version came from."""
    (recorded,) = recorded_pipelines(candidate.revision, [candidate.model.folder])
    state, seen = recorded.material.state, recorded.material.seen
    subject = placed(subject_of(candidate.name, candidate.model), seen.outputs)
    bare = Lineage(
        model=candidate.name,
        pipeline=candidate.model.folder or ".",
        artifact=subject.artifact,
        revision=candidate.commit,
        commit=candidate.commit,
    )
    found = steps(state.folder, state.pipeline, state.lock)
    return lineage_of(bare, seen, found, subject.wanted, candidate.run, recorded.every)


def schemas_of(candidate: Candidate) -> dict[str, Schema]:
    """Return the schemas of the tables that the model's pipeline reads."""
    revision = candidate.revision
    read = revision.tracked(candidate.model.folder).tracked
    found = {}
    for name, table in revision.configuration.data.items():
        content = revision.content(table.schema)
        if table.path not in read or content is None:
            continue
        try:
            found[name] = schema_file.read(content, table.schema)
        except MlgitError:
            continue
    return found
