"""Payloads of events in GitHub's own form, made from a repository: the fields that workflows read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

NUMBER = 1
"""The number of the pull request that is played."""
RUN = 1
"""The id of the run that is played."""
NO_COMMIT = "0" * 40


class Facts(Struct, frozen=True, kw_only=True):
    """What a payload tells of a repository.

    `repository` is `owner/name`; `base` and `head` are commits, `since` the commit before a push. `fork`: the branch
    comes from somebody else's repository.
    """

    repository: str
    default_branch: str
    branch: str
    base: str
    head: str
    since: str = NO_COMMIT
    fork: bool = False

    @property
    def head_repository(self) -> str:
        """The repository that the branch is in."""
        return f"somebody/{self.repository.partition('/')[2]}" if self.fork else self.repository


def repository_part(name: str, default_branch: str, identifier: int) -> dict[str, Any]:
    """Return a repository as payloads have it."""
    owner, _, short = name.partition("/")
    return {
        "id": identifier,
        "name": short,
        "full_name": name,
        "owner": {"login": owner, "type": "User"},
        "default_branch": default_branch,
        "private": False,
    }


def common(facts: Facts) -> dict[str, Any]:
    """Return what every payload has."""
    sender = facts.head_repository.partition("/")[0]
    return {
        "repository": repository_part(facts.repository, facts.default_branch, 1),
        "sender": {"login": sender, "type": "User"},
    }


def head_repository_part(facts: Facts) -> dict[str, Any]:
    """Return the repository of the branch; its id tells whether it is another one."""
    part = repository_part(facts.head_repository, facts.default_branch, 2 if facts.fork else 1)
    return {**part, "fork": facts.fork}


def pull_request(facts: Facts) -> dict[str, Any]:
    """Return the payload of a push to the branch of a pull request."""
    owner, head_owner = facts.repository.partition("/")[0], facts.head_repository.partition("/")[0]
    return {
        **common(facts),
        "action": "synchronize",
        "number": NUMBER,
        "pull_request": {
            "number": NUMBER,
            "state": "open",
            "draft": False,
            "title": f"Merge {facts.branch}",
            "body": "",
            "user": {"login": head_owner, "type": "User"},
            "labels": [],
            "head": {
                "label": f"{head_owner}:{facts.branch}",
                "ref": facts.branch,
                "sha": facts.head,
                "repo": head_repository_part(facts),
            },
            "base": {
                "label": f"{owner}:{facts.default_branch}",
                "ref": facts.default_branch,
                "sha": facts.base,
                "repo": repository_part(facts.repository, facts.default_branch, 1),
            },
        },
    }


def merge_group(facts: Facts) -> dict[str, Any]:
    """Return the payload of a merge queue that asks for the checks of what it would merge."""
    short = facts.default_branch
    return {
        **common(facts),
        "action": "checks_requested",
        "merge_group": {
            "head_sha": facts.head,
            "head_ref": f"refs/heads/gh-readonly-queue/{short}/pr-{NUMBER}-{facts.base}",
            "base_sha": facts.base,
            "base_ref": f"refs/heads/{short}",
            "head_commit": {"id": facts.head},
        },
    }


def push(facts: Facts) -> dict[str, Any]:
    """Return the payload of a push."""
    return {
        **common(facts),
        "ref": f"refs/heads/{facts.branch}",
        "before": facts.since,
        "after": facts.head,
        "created": facts.since == NO_COMMIT,
        "deleted": False,
        "forced": False,
        "commits": [],
        "head_commit": {"id": facts.head},
    }


def workflow_run(facts: Facts, *, workflow: str, conclusion: str = "success") -> dict[str, Any]:
    """Return the payload of a finished run for the pull request; of a fork GitHub names no pull request."""
    requests = [{"number": NUMBER, "head": {"ref": facts.branch, "sha": facts.head}}]
    return {
        **common(facts),
        "action": "completed",
        "workflow": {"name": workflow},
        "workflow_run": {
            "id": RUN,
            "name": workflow,
            "event": "pull_request",
            "status": "completed",
            "conclusion": conclusion,
            "html_url": f"https://github.com/{facts.repository}/actions/runs/{RUN}",
            "head_branch": facts.branch,
            "head_sha": facts.head,
            "head_repository": head_repository_part(facts),
            "pull_requests": [] if facts.fork else requests,
        },
    }


COMMITS = (
    ("pull_request", "head", "sha"),
    ("pull_request", "base", "sha"),
    ("merge_group", "head_sha"),
    ("merge_group", "base_sha"),
    ("workflow_run", "head_sha"),
    ("before",),
    ("after",),
)
"""Where payloads name commits that workflows check out or compare."""


def fitted(
    given: dict[str, Any], played: dict[str, Any], exists: Callable[[str], bool]
) -> tuple[dict[str, Any], list[str]]:
    """Return a payload whose commits exist here, and a note for each commit that was replaced by the one played."""
    notes = []
    for path in COMMITS:
        commit, ours = at(given, path), at(played, path)
        if isinstance(commit, str) and isinstance(ours, str) and commit.strip("0") and not exists(commit):
            given = placed(given, path, ours)
            notes.append(
                f"{'.'.join(path)} of the payload is not in this repository: {ours[:12]} stands in for it"
            )
    return given, notes


def at(value: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return what stands at a path of keys, None where there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None  # type: ignore[assignment]
    return value


def placed(value: dict[str, Any], path: tuple[str, ...], new: str) -> dict[str, Any]:
    """Return a copy with another value at a path of keys."""
    key, *rest = path
    return {**value, key: placed(value[key], tuple(rest), new) if rest else new}
