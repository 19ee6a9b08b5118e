"""Deploy: make what runs in an environment what has to run there, and ask it its golden predictions.

What has to run is read at the tip of the default branch, the model comes from the DVC remote by its digest: the working tree
has no part in it. Done again, nothing changes; killed and done again, it goes on. Where a version does not come to run or
answers wrongly, what ran before is put back.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mlgit.deploy.target import Version
from mlgit.deploy.targets import folder_of, target_of
from mlgit.environments.decision import digest, require_environment, require_version
from mlgit.environments.deployed import Deployed
from mlgit.environments.deployment import Deployment, Plan, questions, state_of, version_of
from mlgit.environments.due import ref_of
from mlgit.environments.images import known_images
from mlgit.environments.situation import desired_state, no_branch, situation
from mlgit.errors import MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.refs.publish import HEADS
from mlgit.refs.swap import tip
from mlgit.registry.artifact import Artifact, artifact_at, bring
from mlgit.registry.names import model_of
from mlgit.registry.remote import bring_tags
from mlgit.registry.state import Model as RegisteredModel
from mlgit.world.service import alone

WAIT = 600.0
"""Seconds to wait for another deployment of the same environment."""


def fetch(project: Project, environment: str, models: Path, *, remote: str = "origin") -> tuple[str, ...]:
    """Bring the models that have to run in an environment, and those that were deployed last, to a folder; return their versions.

    What talks to the DVC remote is so apart from what runs the user's code. Raises as `deploy` does.
    """
    plan = planned(project, environment, remote)
    last = tip(project.repository, remote, ref_of(environment)) if remote else None
    former = desired_state(project.at(last), environment) if last else {}
    brought: list[str] = []
    for version in plan.versions.values():
        bring(project, version.commit, require_as_committed(project, plan, version), models)
        brought.append(f"{version.name} {version.version}")
    for artifact, entry in former.items():
        version, coming = version_of(artifact, entry), plan.versions.get(artifact)
        if coming is None or (version.version, version.digest) != (coming.version, coming.digest):
            with suppress(MlgitError):
                bring(project, version.commit, require_as_committed(project, plan, version), models)
                brought.append(f"{version.name} {version.version}")
    return tuple(brought)


def deploy(
    project: Project, environment: str, *, remote: str = "origin", models: Path | None = None
) -> Deployed:
    """Make what runs in an environment what has to run there; return what became of each model.

    `models` is a folder that `fetch` brought models to.

    Raises `UsageError` (`environment-unknown`, `target-missing`, `version-...`, `artifact-...`) before anything is touched, and
    `ExternalError` when the target cannot be reached.
    """
    plan = planned(project, environment, remote)
    place = folder_of(project, environment)
    with (
        alone(place.with_name(f"{environment}.lock"), WAIT, environment),
        target_of(project, plan.revision, environment) as target,
    ):
        versions = plan.versions
        artifacts = {key: require_as_committed(project, plan, one) for key, one in versions.items()}
        for one in versions.values():
            questions(project, plan, one)
        live = dict(target.live(sorted({*versions, *plan.registry})))
        deployment = Deployment(project, plan, target, live, models)
        states = [deployment.made_live(one, artifacts[key]) for key, one in versions.items()]
        states += [deployment.ended(key, one) for key, one in live.items() if key not in versions]
    return Deployed(environment=environment, commit=plan.revision.commit or "", models=tuple(states))


def compared(project: Project, environment: str, *, remote: str = "origin") -> Deployed:
    """Return how what runs in an environment differs from what has to run there; raises as `deploy` does."""
    plan = planned(project, environment, remote)
    versions = plan.versions
    with target_of(project, plan.revision, environment) as target:
        live = target.live(sorted({*versions, *plan.registry}))
    keys = [*versions, *(key for key in live if key not in versions)]
    states = tuple(state_of(versions.get(key), live.get(key), key) for key in keys)
    return Deployed(environment=environment, commit=plan.revision.commit or "", models=states)


def planned(project: Project, environment: str, remote: str) -> Plan:
    """Return what has to run, as the tip of the default branch and the tags say."""
    bring_tags(project.repository, remote)
    branch = project.at().configuration.ci.branch
    base = tip(project.repository, remote, HEADS + branch)
    if base is None:
        raise no_branch(branch, remote)
    revision = project.at(base)
    now = situation(project, revision, [environment])
    require_environment(now, environment)
    return Plan(
        revision=revision,
        environment=environment,
        settings=revision.configuration.environments[environment],
        desired=now.desired[environment],
        registry=now.registry,
        images=known_images(project, revision),
    )


def require_as_committed(project: Project, plan: Plan, version: Version) -> Artifact:
    """Return the model of a version as its commit has it.

    Raises `UsageError` where the file, the tag and the commit do not say the same (`version-...`, `deploy-digest`).
    """
    known = plan.registry.get(version.artifact) or RegisteredModel(artifact=version.artifact)
    tag = require_version(known, version.version)
    name, folder = model_of(version.artifact)
    revision = project.at(tag.commit)
    model = revision.configuration.models.get(name)
    found = artifact_at(revision, name, model) if model and model.folder == folder else None
    said = {(version.commit, version.digest), (tag.commit, digest(tag))}
    if found is None or said != {(tag.commit, found.digest)}:
        raise UsageError(
            "deploy-digest",
            f"deploy/{plan.environment}.yaml, the tag {tag.tag} and its commit do not name the same model",
            hint=f"git log deploy/{plan.environment}.yaml; mlgit rollback {name} {plan.environment}",
            where=f"deploy/{plan.environment}.yaml",
        )
    return found
