"""A connection that gives a slow or talkative client no more than its time and its bytes, and answers in the order of requests."""

from __future__ import annotations

import re
from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mlgit.serving.exchange import WHOLE

LARGEST_HEAD = 65_536
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
SECONDS = 10.0
LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
PLAIN = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 74\r\nconnection: close\r\n\r\n"
    b"a request with a body is HTTP/1.1 here: send it without the header upgrade"
)
CHUNK_HEAD = 16
"""Bytes before a piece of a body that are no trailers: its length, with room."""
LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

FINAL, FOR_NOW = b"HTTP/1.1 ", b"HTTP/1.1 1"
"""How the head of an answer begins, and that of a word between, such as 100 Continue."""


class Joined:
    """A transport that sends the head of an answer with what follows it: one packet in the place of two."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send bytes; the head of an answer waits for the next ones."""
        if self._head:
            self._transport.writelines((self._head, data))
            self._head = b""
        elif data.startswith(FINAL) and not data.startswith(FOR_NOW):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send a head that nothing follows."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send what is left, and close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):  # type: ignore[misc]
    """uvicorn's connection, which has no limits before the end of a request's head.

    What ends a connection waits until the requests before it are answered: a client takes the next answer for that of its
    first request.
    """

    _timer: TimerHandle | None = None
    _due: float | None = None
    _head = 0
    _in_head = True
    _begun = False
    _beside = 0
    _open = 0
    _last: bytes | None = None

    def connection_made(self, transport: Transport) -> None:
        """Begin to wait for the head of the first request."""
        self._joined = Joined(transport)
        super().connection_made(self._joined)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; what no parser can take is a bad request, never an end of the process."""
        if self._last is not None:
            return
        self._head += len(data)
        self._beside += len(data)
        try:
            super().data_received(data if self._begun or not self._in_head else without_upgrade(data))
        except Exception:  # a path that is no ASCII, for example
            self._end(BAD)
        if self._in_head and self._head > LARGEST_HEAD:
            self._end(LARGE)
        if not self._in_head and self._beside > LARGEST_HEAD:
            self._end(LARGE)
        if self._due is None and not self._open:
            self._wait()  # bytes that belong to no request, or to one that is answered

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the name is uvicorn's
        """End the connection of a request that is none, after those before it."""
        self._end(BAD)

    def on_message_begin(self) -> None:
        """Begin to wait for the end of a head."""
        super().on_message_begin()
        self._in_head = self._begun = True
        self._wait()

    def on_headers_complete(self) -> None:
        """End the wait for a head; one that came whole, and is too large, ends the connection."""
        if self._size() > LARGEST_HEAD:
            self._end(LARGE)
            raise ValueError("the head is too large")  # ends the parser; nobody else is told
        if self.parser.should_upgrade() and self._has_body():
            self._end(PLAIN)
            raise ValueError("the parser gives no body to who asks for another protocol")
        self._in_head, self._begun, self._head, self._beside, self._due = False, False, 0, 0, None
        super().on_headers_complete()
        self._open += 1

    def on_body(self, body: bytes) -> None:
        """Count what comes beside a body: the lengths of its chunks are few beside them, and trailers are not asked for."""
        self._beside -= min(CHUNK_HEAD * len(body), self._beside)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the body is here, which the application need not wait for, and expect the head of another request."""
        super().on_message_complete()
        self.scope[WHOLE] = True
        self._in_head, self._head = True, 0

    def on_response_complete(self) -> None:
        """Send an answer that has no body, too, and end what had to end after it."""
        self._joined.flush()
        self._open -= 1
        super().on_response_complete()
        if self._last is not None and not self._open:
            self._close(self._last)

    def _size(self) -> int:
        """Return how large a head is that has come."""
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _has_body(self) -> bool:
        """Tell whether the request whose head is here has a body."""
        return any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def _wait(self) -> None:
        """Begin to wait for a head. One timer is enough for all that come in its time: most are here long before it ends."""
        self._due = self.loop.time() + SECONDS
        if self._timer is None:
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        """End the connection where its head is due, else wait on for the one that is awaited now.

        Nothing is read while an answer is due and others wait behind it, so the time of their heads begins after it.
        """
        self._timer = None
        if self._due is None:
            return
        if self._open:
            self._wait()
        elif self.loop.time() >= self._due:
            self._close(LATE if self._begun or self.cycle is None else b"")
        else:
            self._timer = self.loop.call_at(self._due, self._look)

    def _end(self, answer: bytes) -> None:
        """Say why, and close, when all requests before are answered; one whose body is broken off is not."""
        if self._open and self.cycle.more_body:
            if self.pipeline:
                self.pipeline.popleft()
            self._open -= 1
        if self._open:
            self._last = self._last or answer
        else:
            self._close(answer)

    def _close(self, answer: bytes) -> None:
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(answer)
            transport.close()


def without_upgrade(data: bytes) -> bytes:
    """Return the bytes of a request without a request to upgrade to another protocol, which a server may ignore (RFC 9110, 7.8).

    The parser gives no body to a request that asks for it, as Java's client and `curl --http2` do by default.
    """
    if data.find(b"pgrade", 0, LARGEST_HEAD) < 0:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return b"".join((UPGRADE.sub(b"\r\nx-pgrade:", head), end, rest))
