"""Register a version: look at everything that could be wrong with it, then make its tag by one compare-and-swap.

The rules and the words of the card are those of mlgit.yaml at the commit that is asked for, HEAD where none is; the tag goes to
the commit that trained the model. A rival that took the same version first is seen, and everything that
rests on the tags is decided again.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.staleness import StageState, reason_text
from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.evaluation.versions import evaluate_versions
from mlgit.metrics.reading import is_number
from mlgit.metrics.verdict import ModelVerdict
from mlgit.predictions.stored import stored
from mlgit.project.project import Project
from mlgit.project.recorded import recorded_pipelines
from mlgit.project.revision import Revision
from mlgit.refs.swap import ATTEMPTS, busy, pause
from mlgit.registry.artifact import Artifact, artifact_at, bring_predictions
from mlgit.registry.names import artifact_of
from mlgit.registry.reading import registry
from mlgit.registry.record import Predictions, RunReference, VersionRecord, message
from mlgit.registry.remote import bring_tags, put_tag
from mlgit.registry.semver import Bump
from mlgit.registry.state import Model as RegisteredModel
from mlgit.registry.state import Registered
from mlgit.registry.storing import store
from mlgit.runs.history import Record
from mlgit.runs.lineage import matching, telling_of
from mlgit.runs.material import by_name
from mlgit.stats.decision import Verdict


class Request(Struct, frozen=True, kw_only=True):
    """What to register: a model, which number goes up, the commit (empty: the one that trained it), the remote.

    `asked` is the commit whose mlgit.yaml counts where `at` is empty; empty: HEAD.
    """

    model: str
    bump: Bump = "minor"
    at: str = ""
    asked: str = ""
    remote: str = "origin"


class Candidate(Struct, frozen=True, kw_only=True):
    """What stands to be registered, with what was found out about it.

    `asked` is the revision whose mlgit.yaml counts, `revision` the one that trained it.
    """

    name: str
    tag_name: str
    model: Model
    asked: Revision
    revision: Revision
    artifact: Artifact
    run: Record | None = None

    @property
    def commit(self) -> str:
        """The commit that trained it."""
        return self.revision.commit or ""


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


def candidate_at(project: Project, request: Request) -> Candidate:
    """Return what stands to be registered at the commit that was asked for, or the one that trained the model."""
    asked = project.at(request.at or request.asked or "HEAD")
    model = model_at(asked, request.model)
    revision = asked if request.at else trained(project, asked, request.model, model)
    tag_name = artifact_of(request.model, model.folder)
    if tag_name is None:
        raise UsageError(
            "model-name",
            f"no tag can name the model {request.model!r} of the pipeline in {model.folder or '.'!r}",
            hint="a name ends in a letter or digit, and its folder has none but letters, digits, and . - _ /",
        )
    artifact = artifact_at(revision, request.model, model)
    return Candidate(
        name=request.model,
        tag_name=tag_name,
        model=model,
        asked=asked,
        revision=revision,
        artifact=artifact,
        run=run_of(revision, model, artifact),
    )


def trained(project: Project, asked: Revision, name: str, model: Model) -> Revision:
    """Return the commit that brought the dvc.lock of a model in; `asked` where its mlgit.yaml does not know the model yet."""
    lock = place(model.folder, "dvc.lock")
    done = project.repository.run("log", "-1", "--format=%H", asked.commit or "", "--", lock)
    found = project.at(done.text.strip() or asked.commit)
    try:
        before = found.configuration_or_default.models.get(name)
    except UsageError:
        return asked
    same = before is not None and (before.artifact, before.folder) == (model.artifact, model.folder)
    return found if same else asked


def model_at(revision: Revision, name: str) -> Model:
    """Return a model of a revision's mlgit.yaml; raises `UsageError` (`model-unknown`)."""
    models = revision.configuration.models
    if name not in models:
        raise UsageError(
            "model-unknown",
            f"mlgit.yaml at {revision.name[:12]} has no model {name!r}",
            hint=f"its models are: {', '.join(models) or 'none'}",
        )
    return models[name]


def run_of(revision: Revision, model: Model, artifact: Artifact) -> Record | None:
    """Return the record of the training, None where none tells of the model."""
    (recorded,) = recorded_pipelines(revision, [model.folder])
    outputs = recorded.material.seen.outputs
    made = by_name(outputs).get(artifact.output.path)
    return matching(recorded.every, outputs) or telling_of(recorded.every, made)


def refuse_unready(candidate: Candidate) -> None:
    """Raise `UsageError`: `register-stale`, `register-unknown` where nobody can tell, `card-incomplete` where a topic is missing."""
    folder = candidate.model.folder or "."
    states = [
        (revision, one)
        for revision in (candidate.asked, candidate.revision)
        for one in revision.stages
        if one.pipeline in (folder, candidate.model.folder) and one.state in ("stale", "unknown")
    ]
    for revision, stale in states[:1]:
        if stale.state == "unknown":
            raise UsageError(
                "register-unknown",
                f"nobody here can tell whether dvc.lock at {(revision.commit or '')[:12]} is up to date: {stale_text(stale)}",
                hint="git lfs pull, or git fetch, brings what is not here; then register it again",
            )
        raise UsageError(
            "register-stale",
            f"dvc.lock at {(revision.commit or '')[:12]} is out of date: {stale_text(stale)}",
            hint="mlgit train, commit what it wrote, and register that commit",
        )
    required = candidate.asked.configuration.card.required
    missing = [topic for topic in required if topic not in candidate.model.card]
    if missing:
        raise UsageError(
            "card-incomplete",
            f"the model card of {candidate.name} says nothing about {', '.join(missing)}",
            hint=f"models.{candidate.name}.card in mlgit.yaml: a text for each topic of card.required",
        )


def stale_text(state: StageState) -> str:
    """Return which stage is out of date, and why."""
    reasons = "; ".join(reason_text(one) for one in state.reasons[:3])
    return f"stage {state.name} is {state.state}" + (f" ({reasons})" if reasons else "")


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


def record_of(
    candidate: Candidate, version: str, newest: Registered | None, verdict: ModelVerdict
) -> VersionRecord:
    """Return what the tag is going to say."""
    entry, run = candidate.artifact.output.entry, candidate.run
    return VersionRecord(
        model=candidate.name,
        version=version,
        commit=candidate.commit,
        artifact=candidate.artifact.path,
        output=candidate.artifact.output.path,
        digest=candidate.artifact.digest,
        size=entry.size,
        run=RunReference(path=run.path, sha256=sha256(run.content).hexdigest()) if run else RunReference(),
        metrics=metrics_of(candidate),
        verdict=verdict.verdict,
        against=newest.version if newest and verdict.verdict is not None else "",
        predictions=predictions_of(candidate),
    )


def metrics_of(candidate: Candidate) -> dict[str, dict[str, int | float]]:
    """Return the numbers of the metrics files."""
    model = candidate.model
    found = candidate.revision.measured(model.folder, model.metrics).metrics
    numbers = {
        file: {name: value for name, value in reading.values.items() if is_number(value)}
        for file, reading in found.items()
    }
    return {file: values for file, values in numbers.items() if values}


def predictions_of(candidate: Candidate) -> Predictions:
    """Return the predictions on the test set, as they stand at the commit."""
    revision, path = candidate.revision, candidate.model.predictions
    if path is None:
        return Predictions()
    tracked = revision.tracked(candidate.model.folder).tracked
    found = stored(revision.reader.blobs, revision.reader.cache, revision.files, path, tracked)
    return Predictions(path=path, digest=found.version) if found.version else Predictions()


def predictions_to_push(candidate: Candidate) -> str:
    """Return the predictions that DVC keeps beside the model, empty where Git keeps them or there are none."""
    path, folder = candidate.model.predictions or "", candidate.model.folder
    found = candidate.revision.tracked(folder).tracked.get(path)
    return path if found is not None and found.cached and found.entry.digest else ""


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
