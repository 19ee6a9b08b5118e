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


class Answers:
    """How the application answers: after so many seconds, and before the body is here."""

    seconds = 0.0
    early = False


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Say whether the body was here when the application began, and the body."""
    began = str(WHOLE in scope).encode()
    body = b""
    await asyncio.sleep(Answers.seconds)
    while not Answers.early:
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


GOOD = HEAD + b"ab"
CHUNKED = HEAD.replace(b"content-length: 2", b"transfer-encoding: chunked")


async def all_of(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> bytes:
    """Everything that is answered until the connection ends."""
    writer.write(content)
    return await asyncio.wait_for(reader.read(), 3)


@pytest.mark.parametrize(
    "bad",
    [
        b"\x00\xff\r\n\r\n",
        "GET /ü HTTP/1.1\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000 + b"\r\n\r\n",
        CHUNKED + b"no number\r\n",
    ],
)
@pytest.mark.parametrize("before", [0, 1, 3])
def test_what_ends_a_connection_waits_for_the_answers_before_it(bad: bytes, before: int) -> None:
    said = talk(lambda reader, writer: all_of(reader, writer, GOOD * before + bad + GOOD))
    assert said.count(b"200 OK") == said.count(b"True ab") == before
    assert said.count(b"HTTP/1.1 4") == 1
    assert said.index(b"HTTP/1.1 4") > said.rfind(b"True ab")


@pytest.mark.parametrize("trailers", [b"x: " + b"a" * 2_000_000, b"x: y\r\n" * 100_000])
def test_trailers_have_a_limit(trailers: bytes) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(CHUNKED + b"2\r\nab\r\n0\r\n" + trailers)
        try:
            return await asyncio.wait_for(reader.read(15), 3)
        except ConnectionError:  # closed while there was more to read
            return b"HTTP/1.1 431 Re"

    assert talk(client) == b"HTTP/1.1 431 Re"


def test_small_chunks_and_a_few_trailers_are_a_body() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(CHUNKED + b"1\r\na\r\n" * 20_000)
        await asyncio.sleep(0.1)
        writer.write(b"1\r\na\r\n" * 20_000 + b"0\r\nx: y\r\n\r\n")
        return await answer_of(reader)

    assert talk(client)[-40_000:] == b"a" * 40_000


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("stray", [b"\r\n", HEAD + b"a"])
def test_a_connection_that_goes_on_with_nothing_ends(stray: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is answered before its body is here."""
    monkeypatch.setattr(Answers, "early", True)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(GOOD)
        await answer_of(reader)
        writer.write(stray[:-1])
        await asyncio.sleep(0.1)
        writer.write(stray[-1:])
        return await asyncio.wait_for(reader.read(), 3)

    assert talk(client).count(b"HTTP/1.1 408") == 0


@pytest.mark.usefixtures("_impatient")
def test_many_requests_that_wait_for_a_slow_one_are_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "seconds", 0.05)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        writer.write(GOOD * 20 + HEAD[:30])
        found = [await answer_of(reader) for _ in range(20)]
        writer.write(HEAD[30:] + b"ab")
        return [*found, await answer_of(reader)]

    assert len(talk(client)) == 21


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade"])
def test_a_body_is_read_also_where_another_protocol_is_asked_for(name: bytes) -> None:
    upgrade = b"connection: Upgrade, HTTP2-Settings\r\n" + name + b": h2c\r\n\r\n"

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        writer.write(HEAD[:-2] + upgrade + b"ab")
        found = [await answer_of(reader)]
        writer.write(HEAD[:-2] + upgrade[:-10])
        await asyncio.sleep(0.05)
        writer.write(upgrade[-10:] + b"ab")
        return [*found, await reader.read()]

    first, split = talk(client)
    assert first == b"True ab"
    assert split == connection.PLAIN
