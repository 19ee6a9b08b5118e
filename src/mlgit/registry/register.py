"""Register a version: look at everything that could be wrong with it, then make its tag by one compare-and-swap.

A rival that took the same version first is seen, and everything that rests on the tags is decided again.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.evaluation.versions import evaluate_versions
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.refs.swap import ATTEMPTS, busy, pause
from mlgit.registry.artifact import bring_predictions
from mlgit.registry.candidate import Candidate, Request, candidate_at, refuse_unready
from mlgit.registry.reading import registry
from mlgit.registry.record import VersionRecord, message
from mlgit.registry.recorded import predictions_to_push, record_of
from mlgit.registry.remote import bring_tags, put_tag
from mlgit.registry.state import Model as RegisteredModel
from mlgit.registry.state import Registered
from mlgit.registry.storing import store
from mlgit.stats.decision import Verdict


class Registration(Struct, frozen=True, kw_only=True):
    """A version that was registered: what its tag says, the verdict behind it, and what a person should know."""

    tag: str
    record: VersionRecord
    verdict: ModelVerdict
    card: str
    notes: tuple[str, ...] = ()


Card = Callable[[Candidate, VersionRecord, ModelVerdict], str]
"""How a model card is written."""


class Made(Struct, frozen=True, kw_only=True):
    """Golden predictions as JSON in one line; empty where none could be made, and why."""

    text: str = ""
    why: str = ""


Golden = Callable[[Candidate], Made]
"""How golden predictions are made of a model whose commit brings none."""


def none_made(candidate: Candidate) -> Made:
    """Make no golden predictions: a job with rights loads no model."""
    del candidate
    return Made(why="a job that may write to Git loads no model")


def register(project: Project, request: Request, card: Card, golden: Golden = none_made) -> Registration:
    """Register a version and return it; `card` writes its model card, `golden` makes what it has to answer.

    Raises `UsageError` with the reason and the hint for what may not be registered, `ExternalError` when Git, DVC or the
    remote fail.
    """
    bring_tags(project.repository, request.remote)
    candidate = candidate_at(project, request)
    refuse_unready(candidate)
    known = versions_of(project, candidate)
    refuse_same(candidate, known)
    verdict = gated(project, candidate, known.newest)
    store(project, candidate.commit, candidate.artifact, predictions_to_push(candidate))
    kept = golden(candidate)
    for _ in range(ATTEMPTS):
        made = tagged(project, request, card, candidate, known, verdict, kept)
        if made is not None:
            return made
        pause()
        bring_tags(project.repository, request.remote)
        before, known = known.newest, versions_of(project, candidate)
        refuse_same(candidate, known)
        verdict = verdict if before == known.newest else gated(project, candidate, known.newest)
    raise busy(candidate.tag_name)


def tagged(
    project: Project,
    request: Request,
    card: Card,
    candidate: Candidate,
    known: RegisteredModel,
    verdict: ModelVerdict,
    golden: Made,
) -> Registration | None:
    """Make the tag of the next version; None when a rival took that version."""
    version = known.next_version(request.bump)
    record = record_of(candidate, version, known.newest, verdict)
    written = card(candidate, record, verdict)
    tag = f"{candidate.tag_name}@{version}"
    none = "" if candidate.model.golden is not None or golden.text else golden.why
    said = message(record, written, golden.text, none)
    if not put_tag(project.repository, request.remote, tag, candidate.commit, said):
        return None
    return Registration(
        tag=tag, record=record, verdict=verdict, card=written, notes=notes_of(candidate, golden)
    )


def versions_of(project: Project, candidate: Candidate) -> RegisteredModel:
    """Return the versions of the candidate's model that are registered now."""
    known = registry(project.repository)
    return known.get(candidate.tag_name, RegisteredModel(artifact=candidate.tag_name))


def registered_as(project: Project, request: Request) -> Registered:
    """Return the version that the model of a request is registered as; raises `UsageError` where it is not."""
    candidate = candidate_at(project, request)
    known = versions_of(project, candidate).versions
    found = next((one for one in known if one.usable and is_same(one, candidate)), None)
    if found is None:
        raise UsageError(
            "version-unknown", f"{candidate.name} is not registered", hint=f"mlgit register {candidate.name}"
        )
    return found


def is_same(one: Registered, candidate: Candidate) -> bool:
    """Tell whether a version is the very model of a candidate."""
    if one.record is None:
        return one.commit == candidate.commit
    return one.record.digest == candidate.artifact.digest


def refuse_same(candidate: Candidate, known: RegisteredModel) -> None:
    """Raise `UsageError` (`register-same`) for a model that is registered already."""
    for one in known.versions:
        if one.active and is_same(one, candidate):
            raise UsageError(
                "register-same",
                f"this very model is registered already: {one.tag}",
                hint=f"mlgit promote {candidate.name}@{one.version} ENVIRONMENT",
            )


def gated(project: Project, candidate: Candidate, newest: Registered | None) -> ModelVerdict:
    """Return the verdict of the gates against the newest version.

    Raises `UsageError` (`register-gate`) for FAIL, and for UNDECIDED where mlgit.yaml says so.
    """
    base = newest.commit if newest else None
    for commit in filter(None, (base, candidate.commit)):
        bring_predictions(project, commit, candidate.model)
    made = evaluate_versions(project, candidate.name, candidate.model, base, candidate.commit)
    if made.verdict is Verdict.FAIL or (made.verdict is Verdict.UNDECIDED and made.promote == "refuse"):
        against = f" against {newest.version}" if newest else ""
        raise UsageError(
            "register-gate",
            f"the gates of {candidate.name} say {made.verdict}{against}: {reason_of(made)}",
            hint=made.hint or (f"mlgit gate {newest.tag} --explain" if newest else "mlgit compare"),
        )
    return made


def reason_of(verdict: ModelVerdict) -> str:
    """Return in few words why a verdict is no PASS."""
    said = [one.message for one in verdict.errors]
    said += [
        f"{one.metric} {one.condition} is {one.verdict}"
        for one in verdict.findings
        if one.verdict is not Verdict.PASS
    ]
    said += [verdict.reason] if verdict.reason else []
    said += [one.message for one in verdict.warnings if one.blocks]
    return "; ".join(said[:3])


def notes_of(candidate: Candidate, golden: Made) -> tuple[str, ...]:
    """Return what a person should know of a version that is registered."""
    notes = []
    if candidate.run is None:
        notes.append("no record tells of its training: mlgit train leaves one")
    if candidate.model.golden is None and golden.text:
        notes.append("golden predictions were made from its schema, and are kept in its tag")
    elif candidate.model.golden is None:
        notes.append(
            f"it has no golden predictions, so a deployment asks it nothing: {golden.why}; "
            f"models.{candidate.name}.golden in mlgit.yaml names some"
        )
    state = candidate.revision.tracked(candidate.model.folder)
    declared = state.pipeline.artifacts if state.pipeline else {}
    if candidate.name not in declared:
        file = place(candidate.model.folder, "dvc.yaml")
        notes.append(
            f"{file} at its commit names no artifact {candidate.name}: `dvc artifacts get` will not find it"
        )
    return tuple(notes)
