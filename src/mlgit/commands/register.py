"""`register`: a version of a model, as an annotated tag with its record and its card."""

from __future__ import annotations

from mlgit.data import schema as schemas
from mlgit.errors import MlgitError
from mlgit.evaluation.versions import measured
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.project.recorded import placed, recorded_pipelines, subject_of
from mlgit.registry import register as registering
from mlgit.registry.record import VersionRecord
from mlgit.registry.register import Candidate, Registration, Request
from mlgit.runs.described import steps
from mlgit.runs.lineage import Lineage, lineage_of
from mlgit.world.context import Context


def register(context: Context, request: Request) -> Registration:
    """Register a version and return it; see `registry.register`."""
    project = Project.find(context)
    return registering.register(project, request, lambda *known: card(project, *known))


def card(project: Project, candidate: Candidate, record: VersionRecord, verdict: ModelVerdict) -> str:
    """Return the model card of a version."""
    from mlgit.views import model_card

    model = candidate.model
    facts = model_card.Facts(
        task=model.task or "",
        verdict=verdict,
        lineage=lineage(candidate),
        intervals=measured(project, model, candidate.commit, record.metrics),
        schemas=schemas_of(candidate),
        words=model.card,
    )
    return model_card.render(record, facts)


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


def schemas_of(candidate: Candidate) -> dict[str, schemas.Schema]:
    """Return the schemas of the tables that the model's pipeline reads."""
    revision = candidate.revision
    read = revision.tracked(candidate.model.folder).tracked
    found = {}
    for name, table in revision.configuration.data.items():
        content = revision.content(table.schema)
        if table.path not in read or content is None:
            continue
        try:
            found[name] = schemas.read(content, table.schema)
        except MlgitError:
            continue
    return found
