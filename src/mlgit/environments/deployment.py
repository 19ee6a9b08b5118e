"""One deployment that goes on: a version comes to run, is asked its golden predictions, and makes way where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.environments import Environment, follows
from mlgit.config.images import Image
from mlgit.config.targets import LocalTarget
from mlgit.deploy import golden
from mlgit.deploy.target import Release, Running, Target, Version
from mlgit.environments.decision import digest, require_version
from mlgit.environments.deployed import ModelState
from mlgit.environments.desired import Desired, Entry
from mlgit.environments.images import Key, require_image
from mlgit.environments.made_questions import questions_made
from mlgit.environments.questions import Questions, questions_of
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.registry.artifact import Artifact, artifact_at, delivered
from mlgit.registry.names import model_of
from mlgit.registry.state import Model as RegisteredModel
from mlgit.registry.state import Registry


class Plan(Struct, frozen=True, kw_only=True):
    """What has to run in an environment at the tip of the default branch."""

    revision: Revision
    environment: str
    settings: Environment
    desired: Desired
    registry: Registry
    images: Mapping[Key, str] = {}

    @property
    def versions(self) -> dict[str, Version]:
        """The versions that have to run, by artifact; raises `UsageError` (`deploy-image`) as `require_image` does."""
        return {
            artifact: replace(
                version_of(artifact, entry, require_image(self.environment, artifact, entry, self.images)),
                run=self.run_of(artifact, entry.version),
            )
            for artifact, entry in self.desired.items()
        }

    def run_of(self, artifact: str, version: str) -> str:
        """Return the SHA-256 of the record of a training, as the tag of the version has it; empty where it has none."""
        known = self.registry.get(artifact)
        found = known.version(version) if known else None
        return found.record.run.sha256 if found and found.record else ""


def version_of(artifact: str, entry: Entry, image: str = "") -> Version:
    """Return the version that an entry names."""
    return Version(
        artifact=artifact,
        name=model_of(artifact)[0],
        version=entry.version,
        digest=entry.digest,
        commit=entry.commit,
        image=image,
    )


def questions(project: Project, plan: Plan, version: Version) -> Questions | None:
    """Return the golden predictions of a version, None where it has none.

    Raises `UsageError` (`golden-file`, `target-address`) for those that nobody can read or ask.
    """
    known = plan.registry.get(version.artifact) or RegisteredModel(artifact=version.artifact)
    target = plan.settings.target
    found = questions_of(project, version.name, require_version(known, version.version), target)
    if found and target is not None and not isinstance(target, LocalTarget) and target.address is None:
        raise UsageError(
            "target-address",
            f"{version.name} has golden predictions, and nothing says where to ask {plan.environment}",
            hint=f"environments.{plan.environment}.target.address in mlgit.yaml",
        )
    return found


def state_of(version: Version | None, running: Running | None, artifact: str) -> ModelState:
    """Return what has to run of a model beside what runs."""
    state = ModelState(
        model=model_of(artifact)[0],
        artifact=artifact,
        state="same" if is_live(version, running) else "differs",
        version=version.version if version else "",
        digest=version.digest if version else "",
    )
    if running is None:
        return state
    why = "" if running.healthy else "it does not answer"
    return replace(
        state,
        live=running.version,
        live_digest=running.digest,
        image=running.image or (version.image if version and state.state == "same" else ""),
        address=running.address,
        why=why,
    )


def is_live(version: Version | None, running: Running | None) -> bool:
    """Tell whether exactly what has to run runs, and answers."""
    if version is None or running is None:
        return version is None and running is None
    return running.serves(version.version, version.digest, version.image)


class Deployment:
    """One deployment that goes on: the target, and what ran there when it began."""

    def __init__(
        self, project: Project, plan: Plan, target: Target, live: Mapping[str, Running], models: Path | None
    ) -> None:
        self._project = project
        self._plan = plan
        self._target = target
        self._live = live
        self._models = models
        self._made: dict[str, tuple[Questions | None, str]] = {}

    def made_live(self, version: Version, artifact: Artifact) -> ModelState:
        """Make a version run unless it does, ask it, and put back what ran where it fails."""
        before = self._live.get(version.artifact)
        state = state_of(version, before, version.artifact)
        if state.state == "same" and not self.lacks_image(state):
            return self.asked(state, version, before)
        self._project.context.console.say(
            f"{version.name} {version.version} comes to {self._plan.environment}"
        )
        try:
            running = self.applied(version, artifact, asking=True)
        except ExternalError as error:
            return self.put_back(replace(state, state="failed", why=error.message), before)
        return self.asked(
            replace(state_of(version, running, version.artifact), state="applied"), version, before
        )

    def lacks_image(self, state: ModelState) -> bool:
        """Tell whether a version runs from an image that nobody knows: whoever deployed it was killed before it was written down."""
        return isinstance(self._plan.settings.target, Image) and not state.image

    def applied(self, version: Version, artifact: Artifact, *, asking: bool = False) -> Running | None:
        """Make a version run that is fetched and checked now; return what runs then.

        `asking`: it is asked after it runs, so questions are made where it brings none.
        """
        with delivered(self._project, version.commit, artifact, self._models) as folder:
            release = Release(folder=folder, model=folder / artifact.path)
            if asking and questions(self._project, self._plan, version) is None:
                self._made[version.artifact] = self.made(version, release)
            image = self._target.apply(version, release)
        running = self._target.live([version.artifact]).get(version.artifact)
        if running is not None and not running.image:
            running = replace(running, image=image)
        if running is None or not is_live(replace(version, image=image), running):
            runs = " ".join((running.version, running.image)).strip() if running else "nothing"
            raise ExternalError(
                "target-apply",
                f"{self._plan.environment} runs {runs} after {version.version} was applied",
                hint="the command of `check:` has to print the version and digest that `apply:` was given",
            )
        return running

    def asked(self, state: ModelState, version: Version, before: Running | None) -> ModelState:
        """Ask a version that runs its golden predictions."""
        seen = replace(state, live=version.version, live_digest=version.digest, why="")
        own = questions(self._project, self._plan, version)
        made, why_none = self._made.get(version.artifact, (None, "")) if own is None else (None, "")
        found = own or made
        smoke = golden.ask(state.address, *found) if found else None
        seen = replace(seen, smoke=smoke, made=made is not None)
        if smoke is None or not smoke.wrong:
            return replace(seen, untested=smoke is None, why_untested=why_none)
        why = f"{smoke.wrong} of {smoke.asked} golden predictions are wrong; {smoke.first}"
        return self.put_back(replace(seen, state="failed", smoke=smoke, why=why), before)

    def made(self, version: Version, release: Release) -> tuple[Questions | None, str]:
        """Return what a version is asked that brings nothing, or why nobody can make any."""
        plan = self._plan
        return questions_made(self._project, plan.environment, plan.settings.target, version, release)

    def put_back(self, state: ModelState, before: Running | None) -> ModelState:
        """Make run again what ran before a version failed, where that is another one that is still registered.

        Where a cluster follows Git, the rollback that is written there does it.
        """
        if follows(self._plan.settings):
            return state
        known = self._plan.registry.get(state.artifact)
        tag = known.version(before.version) if known and before else None
        if before is None or before.version == state.version or tag is None or digest(tag) != before.digest:
            return state
        version = Version(
            artifact=state.artifact,
            name=state.model,
            version=tag.version,
            digest=digest(tag),
            commit=tag.commit,
            image=self._plan.images.get((state.artifact, tag.version, digest(tag)), ""),
        )
        try:
            running = self.applied(version, self.artifact_of(version))
        except MlgitError as error:
            return replace(state, why=f"{state.why}; {version.version} cannot be put back: {error.message}")
        return replace(
            state_of(version, running, state.artifact),
            state="failed",
            version=state.version,
            digest=state.digest,
            smoke=state.smoke,
            made=state.made,
            why=state.why,
            restored=version.version,
        )

    def artifact_of(self, version: Version) -> Artifact:
        """Return the model of a version that ran, as its commit has it."""
        revision = self._project.at(version.commit)
        return artifact_at(revision, version.name, revision.configuration.model(version.name))

    def ended(self, artifact: str, running: Running) -> ModelState:
        """Make sure that a model that nobody wants any more does not run."""
        self._target.stop(artifact)
        return replace(
            state_of(None, running, artifact), state="stopped", live="", live_digest="", address=""
        )
