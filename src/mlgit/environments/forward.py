"""Delivery by itself: what changed and passed becomes a version, and goes on to the environment that takes it.

A version that ran in an environment before, or whose pull request somebody closed, does not come back by itself: a rollback and
a no are a person's or a test's word.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mlgit.config.environments import environment_before
from mlgit.environments.change import change, proposal_branch, site_of
from mlgit.environments.decision import newest as newest_version
from mlgit.environments.decision import require_model
from mlgit.environments.deployed import Delivered, Refused
from mlgit.environments.desired import Entry, path_of
from mlgit.environments.due import due, newest
from mlgit.environments.history import past
from mlgit.environments.request import Changed, Request, Story, Texts
from mlgit.environments.situation import desired_state, situation
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.publish import HEADS
from mlgit.refs.swap import tip
from mlgit.registry import register as registering
from mlgit.registry.candidate import Request as Registering
from mlgit.registry.names import artifact_of, model_of
from mlgit.registry.register import Card, Registration
from mlgit.registry.remote import bring_tags

QUIET = ("register-same", "artifact-unnamed", "artifact-unrecorded", "promote-order", "version-unknown")
"""Refusals that are no news: nothing changed, or there is nothing yet."""


class Words(Struct, frozen=True, kw_only=True):
    """What is written: model cards, and the texts of promotions."""

    card: Card
    texts: Texts


def release(project: Project, words: Words, *, remote: str = "origin") -> Delivered:
    """Register each model that changed and passed, and promote it to where nobody else has to run it first."""
    revision = newest(project, remote)
    registered: list[Registration] = []
    refused: list[Refused] = []
    for name in revision.configuration.models:
        try:
            registered.append(registered_now(project, name, revision, words.card, remote))
        except UsageError as error:
            refused += refusal(name, error)
    environments = revision.configuration.environments
    changed: list[Changed] = []
    for environment in environments:
        before = environment_before(environments, environment)
        tested = before is not None and environments[before].target is not None
        done, kept_back = promote_all(project, environment, words.texts, remote=remote, again=tested)
        changed += done
        refused += kept_back
    return Delivered(
        registered=tuple(one.tag for one in registered),
        changed=tuple(changed),
        refused=tuple(refused),
        due=due(project, remote),
        notes=tuple(f"{one.tag}: {note}" for one in registered for note in one.notes),
    )


def registered_now(project: Project, name: str, revision: Revision, card: Card, remote: str) -> Registration:
    """Register the model that the default branch holds."""
    request = Registering(model=name, remote=remote, asked=revision.commit or "")
    return registering.register(project, request, card)


def follow(
    project: Project, environment: str, texts: Texts, *, remote: str
) -> tuple[list[Changed], list[Refused]]:
    """Promote what an environment runs to those that take only what it runs."""
    environments = newest(project, remote).configuration.environments
    changed: list[Changed] = []
    refused: list[Refused] = []
    for name in environments:
        if environment_before(environments, name) == environment:
            done, kept_back = promote_all(project, name, texts, remote=remote)
            changed += done
            refused += kept_back
    return changed, refused


def promote_all(
    project: Project, environment: str, texts: Texts, *, remote: str, again: bool = False
) -> tuple[list[Changed], list[Refused]]:
    """Promote every model of mlgit.yaml to an environment that has to run another one than the next.

    `again`: only what stands as a pull request that cannot be merged any more, as one of another model was merged before.
    """
    bring_tags(project.repository, remote)
    changed: list[Changed] = []
    refused: list[Refused] = []
    revision = newest(project, remote)
    for name, version in list(coming(project, revision, environment, texts, remote)):
        if again and not overtaken(project, revision, environment, name, version, remote):
            continue
        request = Request(
            action="promote", model=name, environment=environment, version=version, remote=remote
        )
        try:
            changed.append(change(project, request, texts))
        except UsageError as error:
            refused += refusal(name, error)
    return changed, refused


def coming(
    project: Project, revision: Revision, environment: str, texts: Texts, remote: str
) -> Iterator[tuple[str, str]]:
    """Yield the models with the version that is to go to an environment and was never there."""
    environments = revision.configuration.environments
    before = environment_before(environments, environment)
    now = situation(project, revision, [environment, before])
    for name, model in revision.configuration.models.items():
        artifact = artifact_of(name, model.folder) or name
        running = now.desired.get(before or "", {}).get(artifact)
        if artifact not in now.registry or (before is not None and running is None):
            continue
        version = running.version if running else newest_version(require_model(now, artifact)).version
        ran = {one.version for one in past(project.repository, revision.commit or "", artifact, environment)}
        by_person = environments[environment].approval == "pull_request"
        if version not in ran and not (
            by_person and closed(project, environment, artifact, version, texts, remote)
        ):
            yield name, version


def overtaken(
    project: Project, revision: Revision, environment: str, name: str, version: str, remote: str
) -> bool:
    """Tell whether a proposal of this very version stands while its file changed on the default branch."""
    artifact = artifact_of(name, revision.configuration.models[name].folder) or name
    standing = tip(project.repository, remote, HEADS + proposal_branch("promote", environment, artifact))
    start = project.repository.merge_base(standing, revision.commit or "") if standing else None
    if standing is None or start is None:
        return False
    try:
        entry = desired_state(project.at(standing), environment).get(artifact)
    except UsageError:
        return False
    path = path_of(environment)
    same = entry is not None and entry.version == version
    return same and project.at(start).content(path) != revision.content(path)


def closed(
    project: Project, environment: str, artifact: str, version: str, texts: Texts, remote: str
) -> bool:
    """Tell whether somebody closed the pull request that would have brought a version: it is known by its title.

    Its commit may be gone with its branch.
    """
    entry = Entry(version=version, commit="", digest="", action="promote")
    title = texts.title(Story(model=model_of(artifact)[0], environment=environment, entry=entry))
    branch = proposal_branch("promote", environment, artifact)
    base = project.at().configuration.ci.branch
    ended = site_of(project, remote).forge.ended_pull_requests_from(branch, base=base)
    return any(one.title == title for one in ended)


def refusal(name: str, error: UsageError) -> list[Refused]:
    """Return what to tell of a refusal, nothing of one that is no news."""
    if error.code in QUIET:
        return []
    return [Refused(model=name, code=error.code, message=error.message, hint=error.hint)]
