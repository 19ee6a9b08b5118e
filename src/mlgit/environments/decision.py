"""What a promotion or a rollback comes to: the next desired state of one environment, or why not. Pure.

Order: an environment takes only what the one before it runs. Direction: a promotion goes forward, a rollback back to what
ran there before. Both are decided from the default branch, the tags and what `mlgit.yaml` says there, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.environments import Environment, environment_before
from mlgit.environments.desired import Desired, Entry
from mlgit.errors import UsageError
from mlgit.registry import semver
from mlgit.registry.state import Model, Registered, Registry


class Situation(Struct, frozen=True, kw_only=True):
    """What a decision is made from: the environments of mlgit.yaml, what each has to run, what is registered."""

    environments: Mapping[str, Environment]
    desired: Mapping[str, Desired]
    registry: Registry


class Step(Struct, frozen=True, kw_only=True):
    """A version that comes into an environment: what it replaces there, None where nothing ran.

    `image` is the one that was built of it, by its digest; empty: none was.
    """

    artifact: str
    environment: str
    version: Registered
    live: Entry | None = None
    image: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the environment has to run this version already."""
        return self.live is not None and self.live.version == self.version.version


def promotion(now: Situation, artifact: str, environment: str, version: str = "") -> Step:
    """Return the step that a promotion takes; `version` empty: the newest that may go there.

    Raises `UsageError` (`environment-unknown`, `version-...`, `promote-order`, `promote-backwards`).
    """
    require_environment(now, environment)
    model = require_model(now, artifact)
    before = environment_before(now.environments, environment)
    running = now.desired.get(before or "", {}).get(artifact)
    if before is not None and running is None:
        raise not_before(model, environment, before, "nothing")
    wanted = version or (running.version if running else newest(model).version)
    found = require_version(model, wanted)
    step = Step(
        artifact=artifact,
        environment=environment,
        version=found,
        live=now.desired.get(environment, {}).get(artifact),
    )
    if running is not None and (running.version, running.digest) != (wanted, digest(found)):
        raise not_before(model, environment, before or "", running.version, wanted)
    refuse_backwards(model, step)
    return step


def rollback(
    now: Situation,
    past: Sequence[Entry],
    artifact: str,
    environment: str,
    version: str = "",
    *,
    why: str = "",
) -> Step:
    """Return the step that a rollback takes: to the version that ran before, or to one that ever ran there.

    `past` are the entries of the model in this environment, the oldest first. The very rollback that came last, for the
    same reason, is one that is done: whoever was interrupted asks again. Raises `UsageError` (`environment-unknown`,
    `version-...`, `rollback-...`).
    """
    require_environment(now, environment)
    model = require_model(now, artifact)
    live = now.desired.get(environment, {}).get(artifact)
    if live is None:
        raise UsageError(
            "rollback-nothing",
            f"{environment} runs no {model.name}",
            hint=f"mlgit promote {model.name} {environment}",
        )
    wanted = live if is_done(live, version, why) else restored(past, live, version)
    if wanted is None:
        raise never_ran(model, environment, live, past, version)
    found = require_version(model, wanted.version)
    if (found.commit, digest(found)) != (wanted.commit, wanted.digest):
        raise UsageError(
            "version-moved",
            f"the tag {found.tag} is not what ran in {environment}: it was moved since",
            hint=f"{environment} ran {wanted.digest} of commit {wanted.commit[:12]}; choose another by --to",
        )
    return Step(artifact=artifact, environment=environment, version=found, live=live)


def is_done(live: Entry, version: str, why: str) -> bool:
    """Tell whether what has to run is what this very rollback, with its reason, left."""
    return live.action == "rollback" and bool(why) and live.why == why and version in ("", live.version)


def restored(past: Sequence[Entry], live: Entry, version: str) -> Entry | None:
    """Return the entry that a rollback goes back to, None when there is none."""
    if version:
        ran = (one for one in reversed(past) if one.version == version != live.version)
        return next(ran, None)
    kept = standing(past)
    return next((one for one in reversed(kept) if one.version != live.version), None)


def standing(past: Sequence[Entry]) -> list[Entry]:
    """Return the entries that a rollback can go back to: what a rollback took away is none of them."""
    kept: list[Entry] = []
    for one in past:
        if one.action == "rollback" and any(entry.version == one.version for entry in kept):
            while kept[-1].version != one.version:
                kept.pop()
        elif not kept or kept[-1].version != one.version:
            kept.append(one)
    return kept


def entered(step: Step, entry: Entry, desired: Desired) -> Desired:
    """Return the desired state of an environment after a step."""
    return {**desired, step.artifact: entry}


def entry_of(step: Step, *, action: str, by: str, at: str, why: str = "", gate: str = "") -> Entry:
    """Return what the file says of a step."""
    version = step.version
    made = Entry(
        version=version.version,
        commit=version.commit,
        digest=digest(version),
        action="rollback" if action == "rollback" else "promote",
        by=by,
        at=at,
        why=why,
        gate=gate,
        image=step.image,
    )
    return replace(made, replaced=step.live.version) if step.live else made


def digest(version: Registered) -> str:
    """Return the digest of a version's model, empty where its tag does not say."""
    return version.record.digest if version.record else ""


def require_environment(now: Situation, environment: str) -> None:
    """Raise `UsageError` for an environment that mlgit.yaml does not name."""
    if environment not in now.environments:
        known = ", ".join(now.environments) or "none: add environments: to mlgit.yaml on the default branch"
        raise UsageError(
            "environment-unknown", f"there is no environment {environment!r}", hint=f"there is: {known}"
        )


def require_model(now: Situation, artifact: str) -> Model:
    """Return a model that has versions."""
    model = now.registry.get(artifact)
    if model is None or not model.names:
        name = artifact.rpartition("=")[2]
        raise UsageError(
            "version-unknown", f"no version of {name} is registered", hint=f"mlgit register {name}"
        )
    return model


def require_version(model: Model, version: str) -> Registered:
    """Return a version that may be promoted."""
    found = model.version(version)
    if found is None:
        raise UsageError(
            "version-unknown",
            f"{model.name} has no version {version}",
            hint="mlgit models lists them; git fetch --tags brings those of the remote",
        )
    if not found.active:
        raise UsageError(
            "version-deregistered", f"{model.name}@{version} was deregistered", hint="choose another version"
        )
    if not found.usable:
        why = "; ".join(found.errors) or "mlgit did not register it: its tag names no digest"
        raise UsageError(
            "version-untrusted",
            f"the tag {found.tag} cannot be believed: {why}",
            hint="look at it: git cat-file tag "
            + found.tag
            + "; mlgit register makes a version from its commit",
        )
    return found


def newest(model: Model) -> Registered:
    """Return the greatest version that may be promoted."""
    if model.newest is None:
        raise UsageError(
            "version-unknown",
            f"no version of {model.name} may be promoted",
            hint=f"mlgit models {model.name} says why; mlgit register {model.name} makes one",
        )
    return model.newest


def refuse_backwards(model: Model, step: Step) -> None:
    """Raise `UsageError` for a promotion to a version that is older than what runs."""
    live = semver.parse(step.live.version) if step.live else None
    coming = semver.parse(step.version.version)
    if live is not None and coming is not None and coming.order < live.order:
        raise UsageError(
            "promote-backwards",
            f"{step.environment} runs {live}, which is newer than {coming}",
            hint=f"mlgit rollback {model.name} {step.environment} --to {coming} --reason ...",
        )


def not_before(
    model: Model, environment: str, before: str, runs: str, wanted: str = "any version"
) -> UsageError:
    """Return the error for a version that the environment before does not run."""
    return UsageError(
        "promote-order",
        f"{environment} takes only what {before} runs, which is {runs} and not {wanted}",
        hint=f"mlgit promote {model.name} {before}",
    )


def never_ran(model: Model, environment: str, live: Entry, past: Sequence[Entry], version: str) -> UsageError:
    """Return the error for a rollback to what never ran."""
    others = dict.fromkeys(one.version for one in reversed(past) if one.version != live.version)
    known = ", ".join(others) or "none"
    if version == live.version:
        said = f"{environment} runs {version} already"
    elif version:
        said = f"{version} of {model.name} never ran in {environment}"
    else:
        said = f"no version of {model.name} ran in {environment} before {live.version}"
    return UsageError("rollback-unknown", said, hint=f"what ran there before: {known}")
