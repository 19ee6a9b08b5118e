"""Connections: how long a head may take, and how an answer goes over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from mlgit.serving import connection
from mlgit.serving.connection import Connection, Joined
from mlgit.serving.exchange import WHOLE, Receive, Scope, Send

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n"


class Wire:
    """A transport that notes what is sent in one piece."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.sent.append(b"".join(pieces))

    def close(self) -> None:
        self.sent.append(b"closed")


def test_the_head_of_an_answer_goes_with_its_body() -> None:
    wire = Wire()
    joined = Joined(wire)  # type: ignore[arg-type]
    joined.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
    joined.write(b"{}")
    joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
    joined.flush()
    joined.flush()
    joined.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    joined.close()
    assert wire.sent == [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"closed",
    ]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Say whether the body was here when the application began, and the body."""
    began = str(WHOLE in scope).encode()
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    said = began + b" " + body
    length = (b"content-length", str(len(said)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": said})


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Any]]


def talk(client: Talk) -> Any:
    """Let a client talk to a server, and return what it found."""

    async def run() -> Any:
        config = Config(application, ws="none", lifespan="off", log_config=None, access_log=False)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            return await asyncio.wait_for(client(reader, writer), 20)
        finally:
            writer.close()
            server.close()

    return asyncio.run(run())


async def answer_of(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.2)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("piece", [b"", b"POST / HT", HEAD[:-2]])
def test_a_head_that_does_not_come_ends_the_connection(piece: bytes) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(piece)
        return await reader.read()

    assert talk(client) == connection.LATE


@pytest.mark.usefixtures("_impatient")
def test_the_time_of_a_head_counts_for_each_request_anew_and_for_no_body() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        found = []
        for _ in range(3):
            writer.write(HEAD[:20])
            await asyncio.sleep(0.1)
            writer.write(HEAD[20:])
            await asyncio.sleep(0.3)
            writer.write(b"ab")
            found.append(await answer_of(reader))
            await asyncio.sleep(0.3)
        writer.write(HEAD[:20])
        return [*found, await reader.read()]

    assert talk(client) == [b"False ab"] * 3 + [connection.LATE]


def test_a_request_that_is_here_says_so() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        writer.write((HEAD + b"ab") * 2 + HEAD)
        found = [await answer_of(reader), await answer_of(reader)]
        await asyncio.sleep(0.05)
        writer.write(b"ab")
        return [*found, await answer_of(reader)]

    assert talk(client) == [b"True ab", b"True ab", b"False ab"]


def test_who_waits_for_leave_to_send_a_body_gets_it() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
        writer.write(HEAD[:-2] + b"expect: 100-continue\r\n\r\n")
        leave = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ab")
        return leave, await answer_of(reader)

    assert talk(client) == (b"HTTP/1.1 100 Continue\r\n\r\n", b"False ab")


def test_an_answer_without_a_body_is_sent() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
        writer.write(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"ab")
        return head[:15], await answer_of(reader)

    assert talk(client) == (b"HTTP/1.1 200 OK", b"True ab")
