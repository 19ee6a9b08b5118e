"""Prepare a run: the event, made from the repository or given, and the place where the jobs run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct

from mlgit.config.model import Configuration
from mlgit.errors import UsageError
from mlgit.git.failures import no_commit
from mlgit.git.repository import Repository
from mlgit.host.github.workflows import payload, runner
from mlgit.host.github.workflows.runner import Runner
from mlgit.host.payload import read_payload
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.world.context import Context

EventName = Literal[
    "pull_request",
    "merge_group",
    "push",
    "workflow_run",
    "workflow_dispatch",
    "schedule",
    "repository_dispatch",
]
EVENTS: tuple[EventName, ...] = get_args(EventName)
OF_A_CHANGE = ("pull_request", "merge_group")
"""Events about a branch that is to be merged into another."""
NAME = re.compile(r"(?!\.)[\w.-]+/(?!\.)[\w.-]+\Z")


class Request(Struct, frozen=True, kw_only=True):
    """What to run.

    `workflow` is the name or file of one workflow (default: those that mlgit renders), `payload` a file in GitHub's
    form (default: made from the repository), `secrets` the values of secrets by name, `artifacts` a folder that keeps
    what the jobs upload, `interface` the address of GitHub's API for the jobs. `install`: each
    job installs its packages, in an empty environment.
    """

    event: EventName
    workflow: str | None = None
    job: str | None = None
    payload: Path | None = None
    fork: bool = False
    secrets: Mapping[str, str] = {}
    artifacts: Path | None = None
    interface: str | None = None
    install: bool = False


class Prepared(Struct, frozen=True, kw_only=True):
    """The runner with the event that is played on it."""

    runner: Runner
    event: Mapping[str, Any]
    revision: Revision
    paths: tuple[str, ...] | None
    repository: str
    branch: str
    notes: tuple[str, ...]


def prepare(context: Context, repository: Repository, request: Request, folders: runner.Folders) -> Prepared:
    """Make the runner, and the event unless a payload is given."""
    head = repository.head()
    if head is None:
        raise no_commit()
    configuration = Project(repository).at("HEAD").configuration_or_default
    given = read_payload(request.payload) if request.payload else None
    name = name_of(repository, given, request.payload)
    place = runner.build(context, repository, name, folders, install=request.install)
    facts, notes = facts_of(context, repository, place, configuration, request, name, head)
    event = made(request, facts)
    if given is not None:
        event, more = payload.fitted(
            given, event, lambda commit: first_commit_of(repository, commit) is not None
        )
        notes = (*notes, *more)
    set_stage(context, place, request, facts)
    if not (request.fork or is_strange(event, name)):
        runner.share_storage(repository, place)
    copy = runner.git(context, place, place.work)
    return Prepared(
        runner=place,
        event=event,
        revision=Project(copy).at("HEAD"),
        paths=changed_paths(copy, request, facts),
        repository=name,
        branch=facts.default_branch,
        notes=(*notes, *uncommitted(repository)),
    )


def is_strange(event: Mapping[str, Any], name: str) -> bool:
    """Tell whether a pull request gets no secret of the repository: that of a fork, and dependabot's."""
    author = payload.at(event, ("pull_request", "user", "login"))
    home = payload.at(event, ("pull_request", "head", "repo", "full_name"))
    return author == "dependabot[bot]" or home not in (None, name)


def name_of(repository: Repository, given: dict[str, Any] | None, file: Path | None) -> str:
    """Return `owner/name`: of the payload that is given, else of the remote `origin`."""
    named = payload.at(given or {}, ("repository", "full_name"))
    name = runner.repository_name(repository) if named is None else str(named)
    if not NAME.match(name):
        raise UsageError("payload-invalid", f"{name!r} is no name of a repository", where=str(file or ""))
    return name


def changed_paths(copy: Repository, request: Request, facts: payload.Facts) -> tuple[str, ...] | None:
    """Return the paths that the event touches; None when they are not known, as for a payload that is given."""
    since = {"pull_request": facts.base, "merge_group": facts.base, "push": facts.since}.get(request.event)
    if request.payload is not None or since is None or first_commit_of(copy, since) is None:
        return None
    return tuple(copy.changed(since, facts.head))


def facts_of(
    context: Context,
    repository: Repository,
    place: Runner,
    configuration: Configuration,
    request: Request,
    name: str,
    head: str,
) -> tuple[payload.Facts, tuple[str, ...]]:
    """Return what the event tells of the repository, and what a person should know of how it was made."""
    default = configuration.ci.branch
    branch = (
        repository.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip() or "detached"
    )
    base = first_commit_of(repository, f"refs/heads/{default}", f"refs/remotes/origin/{default}")
    parent = first_commit_of(repository, "HEAD^1")
    notes: tuple[str, ...] = ()
    if request.event in OF_A_CHANGE and base in (None, head):
        if parent:
            base = parent
            notes = (
                f"nothing lies between {default} and here: the last commit is played as the pull request",
            )
        else:
            base, head = runner.whole_as_change(context, place, head, default)
            notes = ("there is one commit only: all files are played as the pull request",)
        branch = branch if branch != default else "mlgit-run"
    upstream = first_commit_of(repository, f"refs/remotes/origin/{branch}")
    facts = payload.Facts(
        repository=name,
        default_branch=default,
        branch=branch,
        base=base or head,
        head=head,
        since=upstream if upstream and upstream != head else parent or payload.NO_COMMIT,
        fork=request.fork,
    )
    return facts, notes


def first_commit_of(repository: Repository, *revisions: str) -> str | None:
    """Return the commit of the first revision that exists."""
    for revision in revisions:
        try:
            return repository.resolve(revision)
        except UsageError:
            continue
    return None


def made(request: Request, facts: payload.Facts) -> dict[str, Any]:
    """Return the payload of an event, made from the repository."""
    if request.event == "pull_request":
        return payload.pull_request(facts)
    if request.event == "merge_group":
        return payload.merge_group(facts)
    if request.event == "push":
        return payload.push(facts)
    if request.event == "workflow_run":
        return payload.workflow_run(facts, workflow="mlgit-ci")
    return payload.common(facts)


def set_stage(context: Context, place: Runner, request: Request, facts: payload.Facts) -> None:
    """Check out the commit that the event is about, as GitHub would."""
    if request.event in OF_A_CHANGE:
        runner.check_out_merge(context, place, facts.base, facts.head)
    elif request.event == "push":
        runner.check_out(context, place, facts.head, facts.branch)
    else:
        runner.check_out(context, place, facts.base, facts.default_branch)


def uncommitted(repository: Repository) -> tuple[str, ...]:
    """Return a note when the work tree holds what no commit has: the jobs do not see it."""
    lines = repository.run("status", "--porcelain", "--untracked-files=normal").text.splitlines()
    return (f"{len(lines)} uncommitted changes are not part of it",) if lines else ()
