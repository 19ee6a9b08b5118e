"""GitHub: a thin client of the few operations that mlgit uses.

Who "we" are: `GET /user` is not allowed for the token of a workflow, so the identity is a name that is known
beforehand: `github-actions[bot]` for GITHUB_TOKEN, another when MLGIT_FORGE_LOGIN says so (`my-app[bot]` for an App).
A personal token, which its first letters tell, is asked whose it is. A login that ends in `[bot]` counts only with the account type `Bot`, which
GitHub gives to Apps alone and in whose names alone brackets can stand.
"""

from __future__ import annotations

import base64
import re
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from mlgit.errors import UsageError
from mlgit.host.forge import (
    BranchRules,
    Check,
    Comment,
    Issue,
    NewCheck,
    NewCommit,
    Proposal,
    PullRequest,
    RunArtifact,
)
from mlgit.host.github import forms
from mlgit.host.github.ci import WORKFLOW_LOGIN
from mlgit.host.github.client import Client
from mlgit.host.retry import RetryPolicy
from mlgit.world.context import Context
from mlgit.world.http import Secret, SystemTransport, Transport, origin, proxy_for

ABSENT = "MLGIT_RUN_WITHOUT_API"
"""The variable that `mlgit run` sets where it plays GitHub without an API."""
PUBLIC_API = "https://api.github.com"
PERSONAL = ("ghp_", "github_pat_", "gho_", "ghu_")
"""How the tokens of people begin."""
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitHub:
    """The pull requests of one repository on GitHub or GitHub Enterprise; see `mlgit.host.forge.Forge`."""

    def __init__(self, client: Client, *, login: str = WORKFLOW_LOGIN) -> None:
        self._client = client
        self.repository = client.repository
        self.login = login

    def clean(self, text: str) -> str:
        """Return a text as it is sent: without secrets."""
        return self._client.clean(text)

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request by its number."""
        reply = self._client.send("GET", f"/pulls/{number:d}")
        if reply.status == 404:
            raise UsageError(
                "pull-request-unknown",
                f"{self.repository} has no pull request {number}, or the token may not see it",
                hint="gh pr list shows the open ones",
            )
        return self._client.read(reply, forms.PullForm).value(self.repository)

    def pull_requests_at(self, head_sha: str, *, head: str = "") -> list[PullRequest]:
        """Return the open pull requests at a commit, those of forks included."""
        commit = full_name(head_sha)
        found = self._pulls({"state": "open", **({"head": head} if head else {})})
        return [pull for pull in found if pull.head_sha == commit]

    def pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the open pull requests from a branch of this repository into `base`."""
        return self._own_pulls(branch, base, "open")

    def ended_pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        """Return the pull requests from a branch of this repository into `base` that were closed or merged."""
        return self._own_pulls(branch, base, "closed")

    def create_pull_request(self, proposal: Proposal) -> PullRequest:
        """Open a pull request."""
        reply = self._client.send("POST", "/pulls", msgspec.to_builtins(proposal))
        return self._client.read(reply, forms.PullForm).value(self.repository)

    def update_pull_request(self, number: int, proposal: Proposal) -> PullRequest:
        """Give an open pull request another title and body."""
        change = {"title": proposal.title, "body": proposal.body}
        reply = self._client.send("PATCH", f"/pulls/{number:d}", change)
        return self._client.read(reply, forms.PullForm).value(self.repository)

    def comments(self, number: int) -> list[Comment]:
        """Return every comment, over all pages, oldest first."""
        found = self._client.pages(f"/issues/{number:d}/comments", {}, forms.CommentForm)
        return sorted((comment.value(self.login) for comment in found), key=lambda comment: comment.id)

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a new comment."""
        reply = self._client.send("POST", f"/issues/{number:d}/comments", {"body": body})
        return self._client.read(reply, forms.CommentForm).value(self.login)

    def update_comment(self, comment: int, body: str) -> Comment:
        """Replace the body of a comment."""
        reply = self._client.send("PATCH", f"/issues/comments/{comment:d}", {"body": body})
        return self._client.read(reply, forms.CommentForm).value(self.login)

    def checks(self, head_sha: str, name: str) -> list[Check]:
        """Return the check runs of a commit that have this name, over all pages."""
        path = f"/commits/{full_name(head_sha)}/check-runs"
        pages = self._client.raw_pages(path, {"check_name": name, "filter": "all"})
        return [run.value() for page in pages for run in self._client.read(page, forms.ChecksForm).check_runs]

    def create_check(self, check: NewCheck) -> Check:
        """Create a finished check run."""
        reply = self._client.send("POST", "/check-runs", forms.new_check(check))
        return self._client.read(reply, forms.CheckForm).value()

    def branch_rules(self, branch: str) -> BranchRules:
        """Return what rulesets and, of older settings, the protection of a branch ask; both are open to any reader."""
        name = urllib.parse.quote(branch, safe="")
        found = list(self._client.pages(f"/rules/branches/{name}", {}, forms.RuleForm))
        older = self._client.read(self._client.send("GET", f"/branches/{name}"), forms.BranchForm)
        checks = {one for rule in found for one in rule.checks}
        contexts = older.protection.required_status_checks.contexts if older.protection else []
        rules: dict[str, dict[str, Any]] = {}
        for rule in found:
            rules[rule.type] = forms.stricter(rules.get(rule.type, {}), rule.parameters or {})
        return BranchRules(rules=rules, checks=frozenset((*checks, *contexts)))

    def file(self, path: str, branch: str) -> bytes | None:
        """Return the content of a file at a branch; GitHub tells that of up to a megabyte."""
        name = urllib.parse.urlencode({"ref": branch})
        reply = self._client.send("GET", f"/contents/{urllib.parse.quote(path)}?{name}")
        if reply.status == 404:
            return None
        return base64.b64decode(self._client.read(reply, forms.ContentForm).content)

    def create_commit(self, commit: NewCommit) -> str:
        """Make a commit of the account of the token, without an author of our own: GitHub signs it."""
        tree = [self._tree_entry(path, content, commit) for path, content in sorted(commit.files.items())]
        made = self._client.send("POST", "/git/trees", {"base_tree": commit.tree, "tree": tree})
        body = {
            "message": commit.message,
            "tree": self._client.read(made, forms.ObjectForm).sha,
            "parents": [commit.base],
        }
        return self._client.read(self._client.send("POST", "/git/commits", body), forms.ObjectForm).sha

    def _tree_entry(self, path: str, content: bytes | None, commit: NewCommit) -> dict[str, str | None]:
        """Return what stands at a path of a new tree, its content sent before."""
        mode = "100755" if path in commit.programs else "100644"
        if content is None:
            return {"path": path, "mode": mode, "type": "blob", "sha": None}
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        sent = self._client.send("POST", "/git/blobs", body)
        return {
            "path": path,
            "mode": mode,
            "type": "blob",
            "sha": self._client.read(sent, forms.ObjectForm).sha,
        }

    def artifacts(self, run: int) -> list[RunArtifact]:
        """Return what a run left behind, over all pages; what is over is left out."""
        pages = self._client.raw_pages(f"/actions/runs/{run:d}/artifacts", {})
        found = [one for page in pages for one in self._client.read(page, forms.ArtifactsForm).artifacts]
        left = (
            RunArtifact(id=one.id, name=one.name, size=one.size_in_bytes) for one in found if not one.expired
        )
        return sorted(left, key=lambda one: one.id)

    def archive(self, artifact: int) -> bytes:
        """Return the zip archive of an artifact, from where GitHub keeps it."""
        return self._client.download(f"/actions/artifacts/{artifact:d}/zip")

    def open_issues(self, label: str) -> list[Issue]:
        """Return the open issues with a label; pull requests, which GitHub lists too, are left out."""
        found = self._client.pages("/issues", {"labels": label, "state": "open"}, forms.IssueForm)
        issues = [issue.value(self.login) for issue in found if issue.pull_request is None]
        return sorted(issues, key=lambda issue: issue.number)

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue."""
        reply = self._client.send("POST", "/issues", {"title": title, "body": body, "labels": list(labels)})
        return self._client.read(reply, forms.IssueForm).value(self.login)

    def update_issue(self, number: int, title: str, body: str) -> Issue:
        """Give an open issue another title and body."""
        reply = self._client.send("PATCH", f"/issues/{number:d}", {"title": title, "body": body})
        return self._client.read(reply, forms.IssueForm).value(self.login)

    def close_issue(self, number: int, body: str) -> Issue:
        """Close an issue as completed, with its last words in the same request."""
        change = {"body": body, "state": "closed", "state_reason": "completed"}
        reply = self._client.send("PATCH", f"/issues/{number:d}", change)
        return self._client.read(reply, forms.IssueForm).value(self.login)

    def _own_pulls(self, branch: str, base: str, state: str) -> list[PullRequest]:
        """Return pull requests from a branch of this repository, oldest first."""
        head = f"{self.repository.partition('/')[0]}:{branch}"
        found = self._pulls({"state": state, "head": head, "base": base})
        return [pull for pull in found if not pull.from_fork]

    def _pulls(self, wanted: Mapping[str, str]) -> list[PullRequest]:
        """Return pull requests over all pages, oldest first."""
        found = self._client.pages("/pulls", wanted, forms.PullForm)
        return sorted((pull.value(self.repository) for pull in found), key=lambda pull: pull.number)


def connect(
    context: Context,
    *,
    repository: str = "",
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> GitHub:
    """Return GitHub as the environment describes it.

    Reads GITHUB_TOKEN (or GH_TOKEN), GITHUB_API_URL, GITHUB_REPOSITORY (unless `repository` is given),
    MLGIT_FORGE_LOGIN, HTTPS_PROXY and NO_PROXY. Raises `UsageError` when token or repository are missing, and
    `forge-absent` where a workflow is played without an API.
    """
    if context.environment.get(ABSENT):
        raise UsageError(
            "forge-absent", "mlgit run plays this without GitHub", hint="mlgit run ... --api-url URL"
        )
    token = context.environment.get("GITHUB_TOKEN") or context.environment.get("GH_TOKEN") or ""
    if not token:
        raise UsageError("token-missing", "there is no token for GitHub", hint="export GITHUB_TOKEN=...")
    address = context.environment.get("GITHUB_API_URL") or PUBLIC_API
    place = origin(address)
    real = SystemTransport(place, proxy=proxy_for(place, context.environment))
    retry = RetryPolicy(transport or real, clock=context.clock, sleep=sleep)
    client = Client(
        retry,
        place=place,
        repository=repository or context.environment.get("GITHUB_REPOSITORY", ""),
        secret=Secret(token),
        redactor=context.redactor,
        elsewhere=lambda other: SystemTransport(other, proxy=proxy_for(other, context.environment)),
    )
    named = context.environment.get("MLGIT_FORGE_LOGIN")
    login = named or (client.account() if token.startswith(PERSONAL) else "")
    return GitHub(client, login=login or WORKFLOW_LOGIN)


def full_name(commit: str) -> str:
    """Return the name of a commit when it is written out; raises `UsageError` (`commit-name`)."""
    if not COMMIT.fullmatch(commit):
        raise UsageError(
            "commit-name", f"{commit!r} is not the full name of a commit", hint="git rev-parse HEAD"
        )
    return commit
