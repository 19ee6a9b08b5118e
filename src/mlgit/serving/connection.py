"""A connection that gives a slow or talkative client no more than its time and its bytes until a request has its head."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 65_536
SECONDS = 10.0
LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):  # type: ignore[misc]
    """uvicorn's connection, which has no limits before the end of a request's head."""

    _timer: TimerHandle | None = None
    _head = 0
    _in_head = True

    def connection_made(self, transport: Transport) -> None:
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._waited()
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
        self._in_head, self._head = False, 0
        self._waited()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the head of another request."""
        super().on_message_complete()
        self._in_head, self._head = True, 0

    def _size(self) -> int:
        """Return how large a head is that has come."""
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _wait(self) -> None:
        self._waited()
        self._timer = self.loop.call_later(SECONDS, self._end, LATE)

    def _waited(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, answer: bytes) -> None:
        """Say why, and close."""
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(answer)
            transport.close()
