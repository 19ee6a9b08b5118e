"""A forge that keeps its pull requests, comments, checks and issues as files in a folder: a host tells of its branches.

items/<number>.json       pull requests and issues, one series of numbers
comments/<id>.json
checks/<id>.json
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from mlgit.git.failures import revision_unknown
from mlgit.host.forge import (
    BranchRules,
    Check,
    Comment,
    ExistsError,
    Forge,
    Issue,
    NewCheck,
    Proposal,
    PullRequest,
)
from mlgit.host.store import Store
from mlgit.redact import Redactor

ME = "mlgit"
OWNER = "local"

State = Literal["open", "merged", "closed"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request (with a head) or an issue (without), as it is kept; `ended_at` is the head's commit at its end."""

    title: str
    body: str
    head: str = ""
    base: str = ""
    state: State = "open"
    ended_at: str = ""
    labels: tuple[str, ...] = ()


class KeptComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as it is kept."""

    number: int
    author: str
    body: str


class KeptForge(Forge):
    """The pull requests of one repository, kept in `folder`; see `mlgit.host.forge.Forge`."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._redactor = redactor
        self._items = Store(folder / "items", Item, "pull request", redactor)
        self._comments = Store(folder / "comments", KeptComment, "comment", redactor)
        self._checks = Store(folder / "checks", NewCheck, "check", redactor)

    @abstractmethod
    def tip(self, branch: str) -> str | None:
        """Return the newest commit of a branch, None where there is none."""

    def clean(self, text: str) -> str:
        """Return a text as it is kept: without secrets."""
        return self._redactor(text)

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request, whatever its state."""
        return self._pull(number, self._item(number))

    def pull_requests_at(self, head_sha: str, *, head: str = "") -> list[PullRequest]:
        """Return the open pull requests whose branch stands at a commit."""
        found = [pull for pull in self._open_pulls() if pull.head_sha == head_sha]
        return [pull for pull in found if head in ("", pull.head)]

    def pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the open pull requests from a branch into `base`."""
        return [pull for pull in self._open_pulls() if (pull.head, pull.base) == (f"{OWNER}:{branch}", base)]

    def ended_pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the pull requests from a branch into `base` that were closed or merged."""
        ended = [
            (number, item)
            for number, item in self._items.all()
            if (item.head, item.base) == (branch, base) and item.state != "open" and item.ended_at
        ]
        return [self._pull(number, item) for number, item in ended]

    def create_pull_request(self, proposal: Proposal) -> PullRequest:
        """Open a pull request; raises `UsageError` when a branch is missing, `ExistsError` when one is open."""
        for branch in (proposal.head, proposal.base):
            self._newest(branch)
        standing = self.pull_requests_from(proposal.head, base=proposal.base)
        if standing:
            raise ExistsError(
                f"pull request {standing[0].number} from {proposal.head} into {proposal.base} is open already"
            )
        item = Item(title=proposal.title, body=proposal.body, head=proposal.head, base=proposal.base)
        return self._pull(self._items.add(item), item)

    def update_pull_request(self, number: int, proposal: Proposal) -> PullRequest:
        """Give a pull request another title and body."""
        item = msgspec.structs.replace(self._item(number), title=proposal.title, body=proposal.body)
        self._items.replace(number, item)
        return self._pull(number, item)

    def end_pull_request(self, number: int, state: Literal["merged", "closed"]) -> None:
        """Note that a pull request was merged or closed; the merge itself is Git's."""
        item = self._item(number)
        ended_at = self.tip(item.head) or ""
        self._items.replace(number, msgspec.structs.replace(item, state=state, ended_at=ended_at))

    def comments(self, number: int) -> list[Comment]:
        """Return every comment of a pull request or issue, oldest first."""
        kept = [(id_, one) for id_, one in self._comments.all() if one.number == number]
        return [self._comment(id_, one) for id_, one in kept]

    def create_comment(self, number: int, body: str, *, author: str = ME) -> Comment:
        """Write a new comment; `author` is for what a person says."""
        self._items.read(number)
        kept = KeptComment(number=number, author=author, body=body)
        return self._comment(self._comments.add(kept), kept)

    def update_comment(self, comment: int, body: str) -> Comment:
        """Replace the body of a comment."""
        kept = msgspec.structs.replace(self._comments.read(comment), body=body)
        self._comments.replace(comment, kept)
        return self._comment(comment, kept)

    def checks(self, head_sha: str, name: str) -> list[Check]:
        """Return the check runs of a commit that have this name."""
        found = self._checks.all()
        return [self._check(id_, one) for id_, one in found if (one.head_sha, one.name) == (head_sha, name)]

    def create_check(self, check: NewCheck) -> Check:
        """Keep a finished check run."""
        return self._check(self._checks.add(check), check)

    def branch_rules(self, branch: str) -> BranchRules:  # noqa: ARG002 - no branch here asks anything
        """Return nothing: whoever has this folder may do anything."""
        return BranchRules()

    def open_issues(self, label: str) -> list[Issue]:
        """Return the open issues with a label, oldest first."""
        found = self._items.all()
        return [
            self._issue(number, item)
            for number, item in found
            if not item.head and item.state == "open" and label in item.labels
        ]

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""
        item = Item(title=title, body=body, labels=tuple(labels))
        return self._issue(self._items.add(item), item)

    def update_issue(self, number: int, title: str, body: str) -> Issue:
        """Give an open issue another title and body."""
        return self._changed_issue(number, title=title, body=body)

    def close_issue(self, number: int, body: str) -> Issue:
        """Close an issue."""
        return self._changed_issue(number, state="closed", body=body)

    def _changed_issue(self, number: int, **change: str) -> Issue:
        """Keep an issue with some of it changed."""
        item = msgspec.structs.replace(self._items.read(number), **change)
        self._items.replace(number, item)
        return self._issue(number, item)

    def _open_pulls(self) -> list[PullRequest]:
        """Return the open pull requests whose branch still exists."""
        found = [(number, item) for number, item in self._items.all() if item.head]
        return [
            self._pull(number, item) for number, item in found if item.state == "open" and self.tip(item.head)
        ]

    def _newest(self, branch: str) -> str:
        """Return the newest commit of a branch; raises `UsageError` (`revision-unknown`) where there is none."""
        tip = self.tip(branch)
        if tip is None:
            raise revision_unknown(f"refs/heads/{branch}")
        return tip

    def _item(self, number: int) -> Item:
        """Return a pull request as it is kept; raises `UsageError` (`pull-request-unknown`)."""
        item = self._items.read(number)
        if not item.head:
            raise self._items.unknown(number)
        return item

    def _pull(self, number: int, item: Item) -> PullRequest:
        """Return a kept pull request with the commit its branch stands at now, or stood at when it ended."""
        return PullRequest(
            number=number,
            head=f"{OWNER}:{item.head}",
            head_sha=item.ended_at or self._newest(item.head),
            base=item.base,
            title=item.title,
            body=item.body,
            url=self._items.url(number),
        )

    def _comment(self, id_: int, kept: KeptComment) -> Comment:
        """Return a kept comment as the port shows it."""
        mine = kept.author == ME
        return Comment(id=id_, author=kept.author, mine=mine, body=kept.body, url=self._comments.url(id_))

    def _check(self, id_: int, kept: NewCheck) -> Check:
        """Return a kept check run as the port shows it."""
        return Check(id=id_, key=kept.key, url=self._checks.url(id_), conclusion=kept.conclusion)

    def _issue(self, number: int, item: Item) -> Issue:
        """Return a kept issue as the port shows it."""
        return Issue(number=number, mine=True, title=item.title, body=item.body, url=self._items.url(number))
