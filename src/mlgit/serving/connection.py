"""A connection that gives a slow or talkative client no more than its time and its bytes until a request has its head."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mlgit.serving.exchange import WHOLE

LARGEST_HEAD = 65_536
SECONDS = 10.0
LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
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
    """uvicorn's connection, which has no limits before the end of a request's head."""

    _timer: TimerHandle | None = None
    _due: float | None = None
    _head = 0
    _in_head = True

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
        self._head += len(data)
        try:
            super().data_received(data)
        except Exception:  # a path that is no ASCII, for example
            if self.transport is not None and not self.transport.is_closing():
                self.send_400_response("Invalid HTTP request received.")
            return
        if self._in_head and self._head > LARGEST_HEAD:
            self._end(LARGE)

    def on_message_begin(self) -> None:
        """Begin to wait for the end of a head."""
        super().on_message_begin()
        self._in_head = True
        self._wait()

    def on_headers_complete(self) -> None:
        """End the wait for a head; one that came whole, and is too large, ends the connection."""
        if self._head > LARGEST_HEAD and self._size() > LARGEST_HEAD:
            self._end(LARGE)
            raise ValueError("the head is too large")  # ends the parser; nobody else is told
        self._in_head, self._head, self._due = False, 0, None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the body is here, which the application need not wait for, and expect the head of another request."""
        super().on_message_complete()
        self.scope[WHOLE] = True
        self._in_head, self._head = True, 0

    def on_response_complete(self) -> None:
        """Send an answer that has no body, too."""
        self._joined.flush()
        super().on_response_complete()

    def _size(self) -> int:
        """Return how large a head is that has come."""
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _wait(self) -> None:
        """Begin to wait for a head. One timer is enough for all that come in its time: most are here long before it ends."""
        self._due = self.loop.time() + SECONDS
        if self._timer is None:
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        """End the connection where its head is due, else wait on for the one that is awaited now."""
        self._timer = None
        if self._due is None:
            return
        if self.loop.time() >= self._due:
            self._end(LATE)
        else:
            self._timer = self.loop.call_at(self._due, self._look)

    def _end(self, answer: bytes) -> None:
        """Say why, and close."""
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(answer)
            transport.close()
