"""What goes in and out of the stub server: accounts, faults, requests that were seen, answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

Cut = Literal["", "timeout", "truncated"]
FaultKind = Literal[
    "502",
    "502-landed",
    "503",
    "503-landed",
    "403-limit",
    "429",
    "timeout",
    "timeout-landed",
    "truncated",
    "foreign-link",
]


@dataclass(frozen=True)
class Account:
    """Who a token is and what it may write (names of permissions)."""

    login: str
    kind: Literal["Bot", "User"]
    writes: frozenset[str]


BOT = Account("github-actions[bot]", "Bot", frozenset({"issues", "pull_requests", "checks"}))
READ_ONLY = Account("github-actions[bot]", "Bot", frozenset())
PERSON = Account("mona", "User", frozenset({"issues", "pull_requests"}))


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong; `wait` is what `Retry-After` or the reset say, in seconds."""

    kind: FaultKind
    wait: int = 2


@dataclass
class Answer:
    """A reply as it goes out; `cut` says how it goes wrong on the way."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: Cut = ""
    raw: bytes = b""

    @property
    def body(self) -> bytes:
        if self.raw:
            return self.raw
        return b"" if self.content is None else json.dumps(self.content, sort_keys=True).encode()


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    target: str
    body: bytes
    authorization: str
    at: float


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """Return an error as GitHub words it."""
    content = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return Answer(status, content, headers or {})


def refused_input(message: str) -> Answer:
    """Return the error for input that GitHub does not take."""
    answer = problem(422, "Validation Failed")
    answer.content["errors"] = [{"resource": "Thing", "code": "custom", "field": "body", "message": message}]
    return answer


def unprefixed(target: str, address: str) -> str:
    """Return the path of a target below the API's own prefix."""
    return urlsplit(target).path.removeprefix(urlsplit(address).path.rstrip("/"))


def page_of(found: list[Any], url: str, query: dict[str, str]) -> Answer:
    """Return one page of a list that stands at `url`, with `Link` when there are others."""
    size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    last = max(-(-len(found) // size), 1)
    others = {"next": page + 1, "last": last} if page < last else {}
    others |= {"first": 1, "prev": page - 1} if page > 1 else {}
    links = [f'<{url}?{urlencode({**query, "page": str(to)})}>; rel="{name}"' for name, to in others.items()]
    shown = found[(page - 1) * size : page * size]
    return Answer(200, shown, {"Link": ", ".join(links)} if links else {})
