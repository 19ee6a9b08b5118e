"""What stands to be registered: the model at the commit that trained it, and what would keep it from being a version.

The rules are those of mlgit.yaml at the commit that is asked for; the tag goes to the commit that trained the model.
"""

from __future__ import annotations

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.reasons import reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.recorded import recorded_pipelines
from mlgit.project.revision import Revision
from mlgit.registry.artifact import Artifact, artifact_at
from mlgit.registry.names import artifact_of
from mlgit.registry.semver import Bump
from mlgit.runs.history import Record
from mlgit.runs.lineage import matching, telling_of
from mlgit.runs.material import by_name


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


def candidate_at(project: Project, request: Request) -> Candidate:
    """Return what stands to be registered at the commit that was asked for, or the one that trained the model."""
    asked = project.at(request.at or request.asked or "HEAD")
    model = asked.configuration.model(request.model, asked.name[:12])
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
