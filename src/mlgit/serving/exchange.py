"""One HTTP request as ASGI hands it over, read within limits, and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from msgspec import Struct

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
JSON = b"application/json"
WHOLE = "mlgit.whole"
"""What a request says of itself whose body is here, so that nobody has to wait for it."""
CLOSE: Headers = ((b"connection", b"close"),)


class Limits(Struct, frozen=True, kw_only=True):
    """How much one request may be: bytes of its body, rows, and seconds until its body is here and until it is answered."""

    body: int = 8_000_000
    rows: int = 10_000
    seconds: float = 30.0


class Reply(Struct, frozen=True, kw_only=True):
    """An answer."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: Headers = ()


class Problem(Exception):  # noqa: N818 - an answer, raised where it is known
    """What is answered in the place of what was asked for: a status, a code and a sentence."""

    def __init__(
        self, status: int, code: str, message: str, *, findings: Iterable[Any] = (), headers: Headers = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.findings = tuple(findings)
        self.headers = headers

    def reply(self) -> Reply:
        """Return it as an answer."""
        import msgspec

        said: dict[str, Any] = {"error": self.code, "message": str(self)}
        if self.findings:
            said["findings"] = self.findings
        return Reply(status=self.status, body=msgspec.json.encode(said), headers=self.headers)


def header(scope: Scope, name: bytes) -> bytes:
    """Return a header of a request, empty where it has none."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


async def body_of(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """Return the body of a request; raises `Problem` for one that is packed, too large, too slow or not whole."""
    if header(scope, b"content-encoding") not in (b"", b"identity"):
        raise Problem(415, "body-packed", "a body is sent without a content-encoding", headers=CLOSE)
    length = header(scope, b"content-length")
    if length and (not length.isdigit() or len(length) > 18 or int(length) > limits.body):
        raise too_large(limits)
    if WHOLE in scope:
        return await pieces(receive, limits)
    try:
        async with asyncio.timeout(limits.seconds):
            return await pieces(receive, limits)
    except TimeoutError as error:
        raise Problem(
            408, "body-slow", "the body of the request did not come in time", headers=CLOSE
        ) from error


async def pieces(receive: Receive, limits: Limits) -> bytes:
    """Return a body; most come in one piece."""
    message = whole(await receive())
    if not message.get("more_body") and len(message["body"]) <= limits.body:
        return bytes(message["body"])
    content = bytearray(message["body"])
    while message.get("more_body") and len(content) <= limits.body:
        message = whole(await receive())
        content += message["body"]
    if len(content) > limits.body:
        raise too_large(limits)
    return bytes(content)


def whole(message: Message) -> Message:
    """Return a piece of a body; raises `Problem` where the client went away."""
    if message["type"] != "http.request":
        raise Problem(400, "body-cut", "the request ended before its body did", headers=CLOSE)
    message.setdefault("body", b"")
    return message


def too_large(limits: Limits) -> Problem:
    """Return the answer to a body that is too large."""
    return Problem(413, "body-large", f"a body has at most {limits.body:,} bytes", headers=CLOSE)


async def respond(send: Send, reply: Reply, headers: Headers = (), *, head: bool = False) -> None:
    """Send an answer."""
    start = [(b"content-type", reply.kind), (b"content-length", str(len(reply.body)).encode())]
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": [*start, *reply.headers, *headers]}
    )
    await send({"type": "http.response.body", "body": b"" if head else reply.body})
