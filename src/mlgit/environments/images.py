"""The image of a version: the first that the history of the default branch names, in whatever environment.

It is built once, where a target makes images first, and written to deploy/ once it runs and answers; whatever comes after takes
it by its digest. A file that names another one was edited, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mlgit.config.environments import environment_before
from mlgit.config.images import Image
from mlgit.environments.branch import mover_of
from mlgit.environments.decision import Step, digest
from mlgit.environments.deployed import Deployed, ModelState
from mlgit.environments.desired import Desired, Entry, path_of, write
from mlgit.environments.history import entries
from mlgit.environments.situation import desired_state, no_branch
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.writer import identity
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.advance import advance
from mlgit.refs.commits import commit_on, person
from mlgit.refs.publish import HEADS
from mlgit.registry.names import model_of

Key = tuple[str, str, str]
"""A version of a model: its artifact, the version, the digest of the model."""
TRAILER = "Mlgit-Image"


def known_images(project: Project, revision: Revision) -> Mapping[Key, str]:
    """Return the image of each version that has one, at a revision of the default branch; nothing where no target makes any."""
    environments = revision.configuration.environments
    if not any(isinstance(one.target, Image) for one in environments.values()):
        return {}
    return first_images(project.repository, revision.commit or "")


def first_images(repository: Repository, tip: str) -> dict[Key, str]:
    """Return the image that the history of a commit names first for each version."""
    found: dict[Key, str] = {}
    for artifact, entry in entries(repository, tip):
        if entry.image:
            found.setdefault((artifact, entry.version, entry.digest), entry.image)
    return found


def image_for(project: Project, revision: Revision, step: Step) -> str:
    """Return the image that a version is promoted or rolled back with, empty where none was built.

    Raises `UsageError` (`promote-image`) where the environment before builds images and none of this version is known.
    """
    known = known_images(project, revision)
    found = known.get((step.artifact, step.version.version, digest(step.version)), "")
    environments = revision.configuration.environments
    before = environment_before(environments, step.environment)
    builds = [isinstance(environments[name].target, Image) for name in (before, step.environment) if name]
    if not found and builds == [True, True]:
        raise UsageError(
            "promote-image",
            f"{before} has not built and tested an image of {step.version.tag} yet",
            hint=f"mlgit deploy {before}, which writes its digest to deploy/{before}.yaml",
        )
    return found


def require_image(environment: str, artifact: str, entry: Entry, known: Mapping[Key, str]) -> str:
    """Return the image that an entry is deployed from, empty where none was built.

    Raises `UsageError` (`deploy-image`) for an entry that names another than the one that was built and tested.
    """
    found = known.get((artifact, entry.version, entry.digest), "")
    if entry.image and entry.image != found:
        file = path_of(environment)
        raise UsageError(
            "deploy-image",
            f"{file} names {entry.image}, and {found or 'none'} was built of {model_of(artifact)[0]} {entry.version}",
            hint=f"git log {file} shows who wrote it; git revert takes that back",
            where=file,
        )
    return found


def record_images(project: Project, done: Deployed, *, remote: str = "origin") -> str:
    """Write the images that a deployment built to the default branch; return the commit, empty where nothing was to write.

    Only what still has to run there, has no image yet, and can be of the environment's target is taken. Raises `ExternalError`
    (`ref-push`) where the remote takes no commits.
    """
    if not built(done):
        return ""
    repository, branch = project.repository, project.at().configuration.ci.branch
    written: list[str] = []

    def choose(base: str | None) -> str | None:
        written.clear()
        if base is None:
            raise no_branch(branch, remote)
        new = new_images(project, base, done)
        if not new:
            return base
        written.append(commit_of(project, base, done, new))
        return written[-1]

    advance(repository, remote, HEADS + branch, choose, mover_of(repository, remote, branch))
    return written[-1] if written else ""


def built(done: Deployed) -> dict[str, ModelState]:
    """Return what a deployment left running from an image."""
    return {one.artifact: one for one in done.models if one.image and one.state in ("applied", "same")}


def new_images(project: Project, base: str, done: Deployed) -> Desired:
    """Return the entries that get an image on top of a commit of the default branch, with it."""
    revision = project.at(base)
    desired = desired_state(revision, done.environment)
    coming = with_images(revision, desired, done.environment, built(done), known_images(project, revision))
    return {key: entry for key, entry in coming.items() if entry != desired[key]}


def commit_of(project: Project, base: str, done: Deployed, new: Desired) -> str:
    """Return the commit on top of `base` that writes images."""
    name, email, _ = identity(project.repository, "COMMITTER")
    desired = {**desired_state(project.at(base), done.environment), **new}
    return commit_on(
        project.repository,
        base,
        {path_of(done.environment): write(done.environment, desired)},
        message(done.environment, new),
        seconds=project.context.clock(),
        author=person(name, email),
    )


def with_images(
    revision: Revision,
    desired: Desired,
    environment: str,
    built: Mapping[str, ModelState],
    known: Mapping[Key, str],
) -> Desired:
    """Return the desired state with the images that were built."""
    settings = revision.configuration.environments.get(environment)
    target = settings.target if settings else None
    coming = dict(desired)
    for artifact, one in built.items():
        entry = desired.get(artifact)
        if entry is None or entry.image or (entry.version, entry.digest) != (one.version, one.digest):
            continue
        earlier = known.get((artifact, entry.version, entry.digest), "")
        if isinstance(target, Image) and one.image in (earlier or one.image,) and is_of(target, one.image):
            coming[artifact] = replace(entry, image=one.image)
    return coming


def is_of(target: Image, image: str) -> bool:
    """Tell whether a target can have built an image."""
    return image.startswith(f"{target.image}@sha256:" if target.push else "sha256:")


def title(environment: str, new: Desired) -> str:
    """Return the first line of the commit that writes images, and the title of its pull request."""
    names = ", ".join(f"{model_of(key)[0]} {entry.version}" for key, entry in new.items())
    return f"Record the image of {names} in {environment}"


def message(environment: str, new: Desired) -> str:
    """Return the message of the commit that writes images."""
    lines = "\n".join(
        f"- {model_of(key)[0]} {entry.version} runs from {entry.image}" for key, entry in new.items()
    )
    trailers = "\n".join(f"{TRAILER}: {key}@{entry.version} {environment}" for key, entry in new.items())
    return f"{title(environment, new)}\n\n{lines}\n\n{trailers}\n"
