"""How requests reach GitHub and replies are read: headers, token, pages, errors in GitHub's words."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from mlgit import __version__
from mlgit.errors import ExternalError, UsageError
from mlgit.host.forge import ExistsError, RefusedError
from mlgit.host.github import forms
from mlgit.host.retry import RetryPolicy
from mlgit.redact import Redactor
from mlgit.world.http import (
    ExchangeError,
    Origin,
    Reply,
    Request,
    Secret,
    SystemTransport,
    Transport,
    origin,
)

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
MOST_PAGES = 1000

T = TypeVar("T")


class Client:
    """Operations on one repository below one address, with one token."""

    def __init__(
        self,
        retry: RetryPolicy,
        *,
        place: Origin,
        repository: str,
        secret: Secret,
        redactor: Redactor,
        elsewhere: Callable[[Origin], Transport] = SystemTransport,
    ) -> None:
        self.repository = repository_name(repository)
        self._retry = retry
        self._origin = place
        self._secret = secret
        self._redactor = redactor
        self._elsewhere = elsewhere

    def clean(self, text: str) -> str:
        """Return a text as it is sent: without secrets."""
        return self._redactor(text)

    def pages(self, path: str, query: Mapping[str, str], kind: type[T]) -> Iterator[T]:
        """Give the members of a list, page after page."""
        for reply in self.raw_pages(path, query):
            yield from self.read(reply, list[kind])  # type: ignore[valid-type]

    def raw_pages(self, path: str, query: Mapping[str, str]) -> Iterator[Reply]:
        """Give the pages of a list, following `Link` inside the API's own origin."""
        target = self._target(path) + "?" + urllib.parse.urlencode({**query, "per_page": "100"})
        for _ in range(MOST_PAGES):
            reply = self._exchange(Request(method="GET", target=target))
            yield reply
            following = next_page(reply.headers.get("link", ""))
            if not following:
                return
            target = self._inside(following)
        raise ExternalError("forge-pages", f"{path} has more than {MOST_PAGES} pages")

    def download(self, path: str) -> bytes:
        """Return a file that GitHub keeps elsewhere: it tells an address for a minute, and the token stays here."""
        reply = self._sent(Request(method="GET", target=self._target(path)), True)
        address = reply.headers.get("location", "")
        if reply.status != 302 or not address:
            raise (
                not_found(self.repository)
                if reply.status == 404
                else self._refusal(Request(method="GET", target=path), reply)
            )
        parts = urllib.parse.urlsplit(address)
        place = origin(f"{parts.scheme}://{parts.netloc}")
        target = place.target(address) or "/"
        try:
            found = self._elsewhere(place).exchange(Request(method="GET", target=target))
        except ExchangeError as error:
            raise ExternalError("forge-error", f"{path} cannot be fetched: {error.reason}") from error
        if found.status != 200:
            raise ExternalError("forge-error", f"{path} cannot be fetched ({found.status})")
        return found.body

    def account(self) -> str:
        """Return the login of the person whose token it is, empty where the forge does not tell it."""
        reply = self._exchange(Request(method="GET", target=f"{self._origin.prefix}/user"))
        return "" if reply.status == 404 else self.read(reply, forms.UserForm).login

    def _inside(self, address: str) -> str:
        """Return the target of an address below the API; raises `ExternalError` for any other host."""
        target = self._origin.target(address)
        if target is None:
            raise ExternalError(
                "forge-foreign-link",
                "the forge's reply points to another host, where the token is not sent",
                hint="GITHUB_API_URL has to be the address the forge itself uses",
            )
        return target

    def send(self, method: str, path: str, content: Any = None) -> Reply:
        """Send one request, no secret in its body; everything but creating may be repeated."""
        body = b"" if content is None else self._redactor.json(msgspec.json.encode(content))
        request = Request(method=method, target=self._target(path), body=body)
        return self._exchange(request, method != "POST")

    def _exchange(self, request: Request, repeatable: bool = True) -> Reply:
        """Add what every request carries and send it."""
        reply = self._sent(request, repeatable)
        if reply.status == 404 and request.method == "GET":
            return reply
        if reply.status >= 300:
            raise self._refusal(request, reply)
        return reply

    def _sent(self, request: Request, repeatable: bool) -> Reply:
        """Return the reply to a request, whatever it is."""
        headers = (*forms.HEADERS, ("User-Agent", f"mlgit/{__version__}"))
        full = msgspec.structs.replace(request, headers=headers, secret=self._secret)
        return self._retry.send(full, repeatable=repeatable)

    def read(self, reply: Reply, kind: type[T]) -> T:
        """Decode a reply; raises `ExternalError` when GitHub does not keep to its own description."""
        if reply.status == 404:
            raise not_found(self.repository)
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except msgspec.DecodeError as error:
            raise ExternalError(
                "forge-reply", f"the forge's reply is not what its description says: {error}"
            ) from None

    def _refusal(self, request: Request, reply: Reply) -> ExternalError | UsageError:
        """Return the error for a reply that is no success, in GitHub's words, the token hidden."""
        said = self._redactor(forms.message(reply.body))
        what = f"{request.method} {request.target.partition('?')[0]}: {said} ({reply.status})"
        if reply.status == 403:
            return RefusedError(what)
        if reply.status == 422 and "already exists" in said:
            return ExistsError(what)
        if reply.status == 401:
            return UsageError(
                "forge-token", f"the forge does not accept the token: {said}", hint="set GITHUB_TOKEN anew"
            )
        if reply.status < 400:
            return ExternalError(
                "forge-moved",
                f"{what}: the forge sends us elsewhere, where the token is not sent",
                hint="set GITHUB_REPOSITORY to the repository's present owner/name",
            )
        return not_found(self.repository) if reply.status == 404 else ExternalError("forge-error", what)

    def _target(self, path: str) -> str:
        """Return the path of an operation of this repository."""
        return f"{self._origin.prefix}/repos/{self.repository}{path}"


def repository_name(name: str) -> str:
    """Return `owner/name` when it is one; raises `UsageError` (`repository-name`)."""
    if not REPOSITORY.fullmatch(name):
        raise UsageError(
            "repository-name",
            f"{name!r} is not owner/name of a repository",
            hint="export GITHUB_REPOSITORY=owner/name",
        )
    return name


def next_page(link: str) -> str:
    """Return the address with `rel="next"` of a `Link` header, or nothing (RFC 8288)."""
    for address, rest in re.findall(r"<([^<>]*)>([^<]*)", link):
        if re.search(r";\s*rel\s*=\s*\"?next\"?\s*(?:[;,]|\Z)", rest):
            return str(address)
    return ""


def not_found(repository: str) -> UsageError:
    """Return the error for a thing that is not there or not ours to see."""
    return UsageError(
        "forge-not-found",
        f"{repository} has no such thing, or the token may not see it",
        hint="check the number, GITHUB_REPOSITORY and the permissions of the job",
    )
