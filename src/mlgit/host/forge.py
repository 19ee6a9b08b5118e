"""What mlgit asks of the place where pull requests live. One module beside this one per forge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from mlgit.errors import ExternalError, UsageError

Conclusion = Literal["success", "failure", "neutral"]


class RefusedError(ExternalError):
    """The token may not do this (403): a fork's read-only token, a locked conversation, a missing permission."""

    def __init__(self, message: str) -> None:
        super().__init__(
            "forge-refused",
            message,
            hint="give the job the permission it lacks; in a pull request of a fork there is none to give",
        )


class ExistsError(ExternalError):
    """The thing that was to be created is there already."""

    def __init__(self, message: str) -> None:
        super().__init__("forge-exists", message, hint="update the one that exists")


class UncertainError(ExternalError):
    """A write was answered with an error although it may have landed: look before writing again."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            "outcome-unknown",
            f"{what} may or may not have had its effect: {reason}",
            hint="run the command again",
        )


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal to merge one branch into another. `head` is `owner:branch`, `head_sha` its newest commit."""

    number: int
    head: str
    head_sha: str
    base: str
    title: str
    body: str
    url: str
    from_fork: bool = False


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull request should say: merge branch `head` of this repository into branch `base`."""

    head: str
    base: str
    title: str
    body: str


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """One comment of a pull request or an issue. `mine`: written by the identity this run writes with."""

    id: int
    author: str
    mine: bool
    body: str
    url: str


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One open issue; `mine` as in `Comment`."""

    number: int
    mine: bool
    title: str
    body: str
    url: str


class RunArtifact(msgspec.Struct, frozen=True, kw_only=True):
    """What a run left behind: its number, its name and its size in bytes as an archive."""

    id: int
    name: str
    size: int


class BranchRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a branch asks of a change: the settings of each rule by its kind, the strictest of several; the checks it waits for."""

    rules: Mapping[str, dict[str, Any]] = {}
    checks: frozenset[str] = frozenset()


class NewCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit on top of `base`, whose tree is `tree`: the new contents by path, None for what goes away.

    `programs` are the paths that can be executed.
    """

    base: str
    tree: str
    files: Mapping[str, bytes | None]
    programs: frozenset[str]
    message: str


class NewCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A finished check of a commit; `key` tells two checks of one name apart, `summary` is Markdown."""

    name: str
    head_sha: str
    key: str
    conclusion: Conclusion
    title: str
    summary: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check run that exists; `conclusion` is empty while it has not ended."""

    id: int
    key: str
    url: str
    conclusion: str = ""


class Forge(Protocol):
    """A repository's pull requests.

    Every method raises `ExternalError` when the forge cannot be reached and `RefusedError` when the token may not. A method
    that creates raises `UncertainError` when it cannot know whether the thing now exists. Those with a body here are of a
    forge that signs nothing and runs nothing.
    """

    def clean(self, text: str) -> str:
        """Return a text as the forge keeps it: without secrets."""

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request by its number; raises `UsageError` (`pull-request-unknown`)."""

    def pull_requests_at(self, head_sha: str, *, head: str = "") -> list[PullRequest]:
        """Return the open pull requests whose newest commit is `head_sha`; `head` (`owner:branch`) narrows the search."""

    def pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the open pull requests from a branch of this repository into `base`, oldest first."""

    def ended_pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the pull requests from a branch of this repository into `base` that were closed or merged, oldest first.

        `head_sha` is the commit at which each ended.
        """

    def create_pull_request(self, proposal: Proposal) -> PullRequest:
        """Open a pull request; raises `ExistsError` when one is open for these branches."""

    def update_pull_request(self, number: int, proposal: Proposal) -> PullRequest:
        """Give an open pull request the title and body of `proposal`."""

    def comments(self, number: int) -> list[Comment]:
        """Return every comment of a pull request or issue, oldest first."""

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a new comment."""

    def update_comment(self, comment: int, body: str) -> Comment:
        """Replace the body of a comment."""

    def checks(self, head_sha: str, name: str) -> list[Check]:
        """Return the check runs of a commit that have this name."""

    def create_check(self, check: NewCheck) -> Check:
        """Create a finished check run."""

    def branch_rules(self, branch: str) -> BranchRules:
        """Return what a branch asks of a change, whatever says so."""

    def file(self, path: str, branch: str) -> bytes | None:
        """Return the content of a file at a branch, None where there is none."""

    def create_commit(self, commit: NewCommit) -> str:  # noqa: ARG002 - who signs nothing makes none
        """Make a commit that no branch has yet, signed; return its name. Raises `UsageError` (`forge-unsigned`)."""
        raise UsageError("forge-unsigned", "no forge signs commits here", hint="name a remote")

    def artifacts(self, run: int) -> list[RunArtifact]:  # noqa: ARG002 - where nothing runs nothing is left
        """Return what a run left behind, oldest first, none where it is over."""
        return []

    def archive(self, artifact: int) -> bytes:
        """Return the zip archive of an artifact; raises `UsageError` (`artifact-missing`)."""
        raise UsageError("artifact-missing", f"there is no artifact {artifact} here")

    def open_issues(self, label: str) -> list[Issue]:
        """Return the open issues with a label, oldest first."""

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""

    def update_issue(self, number: int, title: str, body: str) -> Issue:
        """Give an open issue another title and body."""

    def close_issue(self, number: int, body: str) -> Issue:
        """Close an issue as completed, and let it say `body`."""
