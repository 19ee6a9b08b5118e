"""How GitHub answers: who may do what, what goes wrong, and what breaks the rules.

A pure state machine: no socket and no clock of its own. Every request and every reply is held against the contract;
what breaks it is a sentence in `violations`. What breaks the rules of good conduct (a write within a second of the last
one, a request before `Retry-After` is over) is a sentence in `haste`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.github.answers import (
    BOT,
    PERSON,
    READ_ONLY,
    Account,
    Answer,
    Fault,
    Seen,
    page_of,
    problem,
    unprefixed,
)
from tests.github.contents import Contents, user_of
from tests.github.contract import contract

BEFORE = frozenset({"502", "503", "403-limit", "429", "timeout"})
WRITES = {
    "issues/create-comment": ("issues", "pull_requests"),
    "issues/update-comment": ("issues", "pull_requests"),
    "issues/create": ("issues",),
    "issues/update": ("issues",),
    "git/create-blob": ("contents",),
    "git/create-commit": ("contents",),
    "git/create-tree": ("contents",),
    "pulls/create": ("pull_requests",),
    "pulls/update": ("pull_requests",),
    "checks/create": ("checks",),
    "checks/update": ("checks",),
}


PULL_DETAILS = frozenset(
    {"additions", "changed_files", "commits", "deletions", "mergeable", "mergeable_state", "merged"}
)


@dataclass(frozen=True)
class Call:
    """A request that is allowed, taken apart."""

    operation: str
    account: Account
    path: str
    query: dict[str, str]
    content: dict[str, Any]

    @property
    def number(self) -> int:
        """The number in the path, 0 when there is none."""
        found = re.findall(r"/([0-9]+)(?=/|\Z)", self.path)
        return int(found[0]) if found else 0


class GitHubState:
    """One repository on GitHub. `clock` gives seconds; `address` is where the API says it stands."""

    def __init__(
        self, repository: str = "octo-org/churn", *, clock: Callable[[], float], address: str
    ) -> None:
        self.repository = repository
        self.address = address
        self.contents = Contents(repository, address)
        self.accounts: dict[str, Account] = {"token": BOT, "read-only": READ_ONLY, "person": PERSON}
        self.requests: list[Seen] = []
        self.violations: list[str] = []
        self.haste: list[str] = []
        self.faults: list[Fault | None] = []
        self._clock = clock
        self._last_write = float("-inf")
        self._silent_until = float("-inf")

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer a request; header names are in lower case."""
        now = self._clock()
        self.requests.append(Seen(method, target, body, headers.get("authorization", ""), now))
        self._watch(method, now)
        operation = contract().operation(method, unprefixed(target, self.address))
        if operation is None:
            self.violations.append(f"{method} {target}: no such operation in the description")
            return problem(404, "Not Found")
        faults = contract().request_faults(operation, target, headers, body)
        self.violations += [f"{method} {target}: {fault}" for fault in faults]
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and fault.kind in BEFORE:
            return self._faulty(fault, now)
        reply = self._allowed(operation.name, target, headers, body)
        wrong = contract().reply_faults(operation, reply.status, reply.body)
        self.violations += [f"{method} {target}: {one}" for one in wrong]
        return reply if fault is None else self._faulty(fault, now, reply)

    def _watch(self, method: str, now: float) -> None:
        """Note a request that comes too early."""
        if now < self._silent_until - 1e-6:
            self.haste.append(f"request at {now:.3f}, silence was asked until {self._silent_until:.3f}")
        if method == "GET":
            return
        if now - self._last_write < 1 - 1e-6:
            self.haste.append(f"writes {now - self._last_write:.3f} s apart")
        self._last_write = now

    def _faulty(self, fault: Fault, now: float, reply: Answer | None = None) -> Answer:
        """Return the answer that a fault makes of a reply."""
        kind = fault.kind.removesuffix("-landed")
        after = {"Retry-After": str(fault.wait)}
        if kind in ("timeout", "truncated"):
            done = reply or problem(504, "time-out")
            done.cut = "truncated" if kind == "truncated" else "timeout"
            return done
        if kind == "foreign-link" and reply is not None:
            reply.headers["Link"] = '<https://elsewhere.example/repos/page?page=2>; rel="next"'
            return reply
        if kind == "502":
            return problem(502, "Bad Gateway")
        self._silent_until = max(self._silent_until, now + fault.wait)
        if kind == "503":
            return problem(503, "Service Unavailable", after)
        if kind == "403-limit":
            return problem(403, "You have exceeded a secondary rate limit.", after)
        limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now + fault.wait) + 1)}
        return problem(429, "API rate limit exceeded", limit)

    def _allowed(self, operation: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Check the token, then carry the operation out."""
        account = self.accounts.get(headers.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            return problem(401, "Bad credentials")
        wanted = WRITES.get(operation, ())
        if wanted and not account.writes & set(wanted):
            return problem(403, "Resource not accessible by integration")
        path = unprefixed(target, self.address)
        if path.startswith("/repos/") and not path.startswith(f"/repos/{self.repository}/"):
            return problem(404, "Not Found")
        query = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        return self._carry_out(Call(operation, account, path, query, json.loads(body) if body else {}))

    def _carry_out(self, call: Call) -> Answer:
        """Do what an operation does."""
        contents, number, user = self.contents, call.number, user_of(call.account.login, call.account.kind)
        match call.operation:
            case "users/get-authenticated":
                if call.account.kind == "Bot":
                    return problem(403, "Resource not accessible by integration")
                return Answer(200, {**contract().example("public-user"), **user})
            case "rate-limit/get":
                return Answer(200, contract().example("rate-limit-overview"))
            case "issues/list-comments" if not contents.talked_about(number):
                return problem(404, "Not Found")
            case "issues/get-comment":
                comment = contents.comment(number)
                return Answer(200, comment) if comment else problem(404, "Not Found")
            case "issues/create-comment":
                return contents.write_comment(number, call.content["body"], user)
            case "issues/update-comment":
                return contents.change_comment(number, call.content["body"])
            case "issues/create":
                return Answer(201, contents.open_issue(call.content, user))
            case "issues/update":
                return contents.change_issue(number, call.content)
            case "git/create-blob" | "git/create-tree" | "git/create-commit":
                return contents.git_object(call.operation, call.content)
            case "repos/get-branch":
                return contents.branch(unquote(call.path.rpartition("/")[2]))
            case "repos/get-content":
                return contents.file(
                    unquote(call.path.partition("/contents/")[2]), call.query.get("ref", "main")
                )
            case "actions/download-artifact":
                place = f"{self.address.partition('/repos')[0]}/storage/{number}?sig=once"
                return (
                    Answer(302, headers={"Location": place})
                    if contents.archive(number)
                    else problem(404, "Not Found")
                )
            case "pulls/create":
                return contents.create_pull(call.content, user)
            case "pulls/get" | "pulls/update":
                return contents.pull(number, call.content)
            case "checks/create" | "checks/update":
                return contents.check(number, call.content)
        return self._listed(call)

    def _listed(self, call: Call) -> Answer:
        """Return a page of a list."""
        contents, url = self.contents, f"{self.address}{call.path}"
        match call.operation:
            case "issues/list-comments":
                return page_of(contents.comments(call.number), url, call.query)
            case "issues/list-for-repo":
                return page_of(contents.matching_issues(call.query), url, call.query)
            case "pulls/list-files":
                return page_of(contents.files(call.number), url, call.query)
            case "pulls/list":
                found = contents.matching_pulls(call.query)
                short = [{key: one[key] for key in one if key not in PULL_DETAILS} for one in found]
                return page_of(short, url, call.query)
            case "repos/get-branch-rules":
                return page_of(contents.rules, url, call.query)
            case "actions/list-workflow-run-artifacts":
                left = contents.artifacts(call.number)
                page = page_of(left, url, call.query)
                return Answer(200, {"total_count": len(left), "artifacts": page.content}, page.headers)
            case "checks/list-for-ref":
                runs = contents.checks_of(unquote(call.path.split("/")[5]), call.query)
                page = page_of(runs, url, call.query)
                return Answer(200, {"total_count": len(runs), "check_runs": page.content}, page.headers)
        raise AssertionError(f"{call.operation} is in the description but not in the state machine")
