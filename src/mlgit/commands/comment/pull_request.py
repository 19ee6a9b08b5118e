"""Which pull request a comment is for, and which two commits it compares."""

from __future__ import annotations

from msgspec import Struct

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.host.choose import ci_of
from mlgit.host.forge import Forge, Proposal, PullRequest
from mlgit.project.project import Project


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for. Empty: `base` where the branch left the base branch, `head` the commit that is checked out.

    `model` names the one model to report, in a comment of its own.
    """

    base: str = ""
    head: str = ""
    number: int | None = None
    model: str = ""
    dry_run: bool = False
    local: bool = False


def pull_request_of(project: Project, forge: Forge, request: Request) -> PullRequest | None:
    """Return the pull request to comment; of the local forge it is opened when there is none."""
    if request.number is not None:
        return forge.pull_request(request.number)
    if request.local:
        return local_pull_request(project, forge, request)
    number = ci_of(project.context).pull_request
    if number is not None:
        return forge.pull_request(number)
    commit = project.repository.resolve(request.head or "HEAD")
    found = forge.pull_requests_at(commit)
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(pull.number) for pull in found)
        raise UsageError(
            "pull-request-ambiguous", f"several pull requests stand at this commit: {numbers}", hint="--pr N"
        )
    raise UsageError(
        "pull-request-missing",
        f"no open pull request stands at {commit[:9]}",
        hint="push the branch and open one, name it with --pr N, or keep the comment here with --local",
    )


def local_pull_request(project: Project, forge: Forge, request: Request) -> PullRequest | None:
    """Return the local pull request of the branch that is checked out; a dry run opens none."""
    repository = project.repository
    done = repository.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
    branch, into = done.text.strip(), base_branch(project, request)
    if not branch or branch == into:
        where = f"{into} is checked out" if branch else "no branch is checked out"
        raise UsageError(
            "branch-missing", f"{where}: a pull request needs a branch", hint="git switch --create NAME"
        )
    found = forge.pull_requests_from(branch, base=into)
    if found or request.dry_run:
        return found[0] if found else None
    subject = repository.run("log", "-1", "--format=%s", "HEAD").text.strip()
    return forge.create_pull_request(Proposal(head=branch, base=into, title=subject or branch, body=""))


def base_branch(project: Project, request: Request) -> str:
    """Return the branch to merge into: BASE where it is a branch, else what CI or mlgit.yaml names."""
    if request.base and exists(project.repository, f"refs/heads/{request.base}"):
        return request.base
    return ci_of(project.context).base_branch or project.at().configuration_or_default.ci.branch


def commits_of(project: Project, request: Request, pull: PullRequest | None) -> tuple[str, str]:
    """Return the two commits to compare: where the branch left the base branch, and its newest commit."""
    repository, head = project.repository, request.head or "HEAD"
    if not request.head and pull and exists(repository, pull.head_sha):
        head = pull.head_sha
    if request.base:
        return request.base, head
    branch = pull.base if pull else base_branch(project, request)
    for reference in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        if exists(repository, reference):
            since = repository.merge_base(repository.resolve(reference), repository.resolve(head))
            if since:
                return since, head
    raise UsageError(
        "base-unknown",
        f"this clone does not hold the commit where the branch left {branch!r}",
        hint="git fetch --unshallow origin; or name the base: mlgit comment BASE",
    )


def exists(repository: Repository, revision: str) -> bool:
    """Tell whether a revision names a commit here."""
    try:
        repository.resolve(revision)
    except UsageError:
        return False
    return True
