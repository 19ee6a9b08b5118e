"""Promote and roll back: one commit on the default branch, or one pull request for it.

When a rival was quicker, all of it is decided again on top of what the rival did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from mlgit.environments.branch import mover_of
from mlgit.environments.commit import TRAILER, Change, by_pull_request, changed
from mlgit.environments.desired import Entry
from mlgit.environments.request import Changed, Request, Texts
from mlgit.environments.situation import desired_state, no_branch
from mlgit.errors import ExternalError, MlgitError
from mlgit.host.choose import forge_of
from mlgit.jobs.conclude import Site, propose
from mlgit.project.project import Project
from mlgit.refs.advance import advance
from mlgit.refs.publish import HEADS, PREFIX, Publication, publish
from mlgit.refs.swap import tip
from mlgit.registry.remote import bring_tags

if TYPE_CHECKING:
    from mlgit.environments.request import Trial

WORKFLOW = "mlgit-cd"


def change(project: Project, request: Request, texts: Texts, trial: Trial | None = None) -> Changed:
    """Promote or roll back; return what became of it. `trial` asks a version that an environment goes back to.

    Raises `UsageError` with the reason and the hint for what is refused, `ExternalError` when Git, DVC, the remote or the
    forge fail.
    """
    bring_tags(project.repository, request.remote)
    branch = project.at().configuration.ci.branch
    base = tip(project.repository, request.remote, HEADS + branch)
    if base is not None and by_pull_request(project.at(base), request):
        return proposed(
            Change(project, request, branch, texts, trial), site_of(project, request.remote), base
        )
    asked = Change(project, request, branch, texts, trial)
    try:
        return committed(asked)
    except ExternalError as error:
        if error.code != "ref-push":
            raise
        return proposed_instead(asked, error.message)


def committed(asked: Change) -> Changed:
    """Move the default branch to the commit."""
    repository, remote, branch = asked.project.repository, asked.request.remote, asked.branch
    commit = advance(repository, remote, HEADS + branch, asked.commit, mover_of(repository, remote, branch))
    there = asked.step is None or asked.step.is_there
    return changed(asked, "unchanged" if there else "committed", branch, commit or "")


def proposed_instead(asked: Change, reason: str) -> Changed:
    """Propose what the remote does not let a commit do: a protected branch takes pull requests."""
    request = structs.replace(asked.request, propose=True)
    base = tip(asked.project.repository, request.remote, HEADS + asked.branch)
    if base is None:
        raise no_branch(asked.branch, request.remote)
    again = Change(asked.project, request, asked.branch, asked.texts)
    try:
        made = proposed(again, site_of(asked.project, request.remote), base)
    except MlgitError as error:
        error.message = f"{reason}; nor can it be proposed: {error.message}"
        raise
    return structs.replace(made, notes=(f"not committed directly: {reason}", *made.notes))


def site_of(project: Project, remote: str) -> Site:
    """Return where pull requests are opened."""
    return Site(
        context=project.context,
        repository=project.repository,
        remote=remote,
        forge=forge_of(project.context, project.repository, remote),
        folder=project.root,
        workflow=WORKFLOW,
    )


def proposal_branch(action: str, environment: str, artifact: str) -> str:
    """Return the branch of a pull request that changes what an environment has to run of a model."""
    return f"{PREFIX}{action}/{environment}/{artifact.replace('=', '/')}"


def proposed(asked: Change, site: Site, base: str) -> Changed:
    """Publish a branch with the commit, and open or update its pull request."""
    commit = asked.commit(base, proposing=True)
    if commit is None or asked.story is None or asked.step is None or asked.step.is_there:
        return changed(asked, "unchanged", asked.branch, base)
    step, request, repository = asked.step, asked.request, asked.project.repository
    head = proposal_branch(request.action, step.environment, step.artifact)
    publication = Publication(branch=head, base=base, commit=commit, trailer=TRAILER, single=True)

    def same(standing: str) -> bool:
        """Tell whether a commit proposes the same version on top of the same base."""
        if repository.merge_base(standing, base) != base:
            return False
        entry: Entry | None = desired_state(asked.project.at(standing), step.environment).get(step.artifact)
        return entry is not None and entry.version == step.version.version

    if publish(repository, request.remote, publication, same=same) == "newer":
        raise ExternalError("ref-busy", f"{head} stands on a newer {asked.branch} already", hint="try again")
    statement = (asked.texts.title(asked.story), asked.texts.proposal(asked.story))
    done = propose(site, f"{step.environment} {step.artifact}", statement, branch=head, base=asked.branch)
    standing = tip(repository, request.remote, HEADS + head) or commit
    return changed(asked, "proposed", head, standing, url=done.url, notes=(done.text, *done.notes))
