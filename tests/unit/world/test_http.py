"""The transport on a real socket: one origin, whole replies, and a token that nobody sees."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from mlgit.errors import MlgitError, UsageError
from mlgit.world.http import ExchangeError, Request, Secret, SystemTransport, origin
from tests.github.answers import Fault
from tests.github.stub_server import StubServer

TOKEN = "ghs_verysecret0123456789"


class Scripted(BaseHTTPRequestHandler):
    """A server that says what the test wants and remembers what it heard."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    reply: ClassVar[bytes] = b""
    heard: ClassVar[list[tuple[str, dict[str, str]]]]

    def do_GET(self) -> None:
        self.heard.append((self.path, dict(self.headers.items())))
        self.wfile.write(self.reply)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the server's
        pass


@contextmanager
def scripted(reply: bytes) -> Iterator[tuple[str, list[Any]]]:
    heard: list[Any] = []
    handler = type("Bound", (Scripted,), {"reply": reply, "heard": heard})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def get(target: str = "/x") -> Request:
    return Request(method="GET", target=target, secret=Secret(TOKEN))


def test_a_reply_comes_back_whole_with_its_headers_in_lower_case() -> None:
    with scripted(b"HTTP/1.1 403 No\r\nX-Some: Thing\r\nContent-Length: 5\r\n\r\nhello") as (url, heard):
        reply = SystemTransport(origin(url)).exchange(get("/a?b=c"))
    assert (reply.status, reply.body, reply.headers["x-some"]) == (403, b"hello", "Thing")
    assert heard[0][0] == "/a?b=c"
    assert heard[0][1]["Authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_is_returned_and_the_token_stays_here() -> None:
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (elsewhere, theirs):
        reply = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}/steal\r\nContent-Length: 0\r\n\r\n"
        with scripted(reply.encode()) as (url, _):
            assert SystemTransport(origin(url)).exchange(get()).status == 302
    assert theirs == []


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n[1, 2",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_reply_that_is_cut_off_or_no_http_is_a_broken_exchange(reply: bytes) -> None:
    with scripted(reply) as (url, _), pytest.raises(ExchangeError) as caught:
        SystemTransport(origin(url)).exchange(get())
    assert caught.value.sent


def test_a_port_where_nobody_listens_means_that_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ExchangeError) as caught:
            SystemTransport(origin(url)).exchange(get())
    assert not caught.value.sent


def test_a_time_out_is_a_broken_exchange_and_the_next_one_works(server: StubServer) -> None:
    server.state.faults = [Fault("timeout")]
    transport = SystemTransport(origin(server.url), timeout=0.2)
    request = Request(
        method="GET",
        target="/repos/octo-org/churn/pulls",
        headers=(("Accept", "x"), ("User-Agent", "x")),
        secret=Secret("token"),
    )
    with pytest.raises(ExchangeError, match="no answer in time"):
        transport.exchange(request)
    assert transport.exchange(request).body == b"[]"
    transport.close()


@pytest.mark.parametrize(
    "address",
    [
        "http://api.github.com",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "ftp://127.0.0.1",
        "https://user:pass@host",
        "https://",
        "api.github.com",
        "https://host/x?y=1",
        "https://host/#f",
        "https://ho st/",
        "https://host:port/",
        "https://host\n.example/",
        "https://[::1",
    ],
)
def test_an_address_that_could_leak_the_token_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        origin(address)
    assert caught.value.code == "forge-address"
    assert "pass" not in caught.value.message


def test_https_and_loopback_are_addresses() -> None:
    assert origin("https://api.github.com").port == 443
    assert origin("https://ghe.example.org:8443/api/v3/").prefix == "/api/v3"
    for host in ("localhost", "127.0.0.1", "127.1.2.3", "[::1]"):
        assert origin(f"http://{host}:8080").port == 8080


def test_only_addresses_below_the_origin_have_a_target() -> None:
    place = origin("https://ghe.example.org/api/v3")
    assert place.target("https://ghe.example.org/api/v3/x?page=2") == "/api/v3/x?page=2"
    for address in (
        "https://ghe.example.org/other/x",
        "https://ghe.example.org.evil.example/api/v3/x",
        "https://ghe.example.org@evil.example/api/v3/x",
        "https://me@ghe.example.org/api/v3/x",
        "http://ghe.example.org/api/v3/x",
        "https://ghe.example.org:444/api/v3/x",
        "//ghe.example.org/api/v3/x",
        "/api/v3/x",
        "https://ghe.example.org:x/api/v3/x",
    ):
        assert place.target(address) is None


def test_no_representation_shows_the_token() -> None:
    secret = Secret(TOKEN)
    assert TOKEN not in f"{secret} {secret!r} {get()!r} {[secret]}"


@pytest.mark.parametrize("token", ["", "a b", "line\n", "ä", "\x00", "x\r\nHost: evil", "x" * 5000])
def test_a_malformed_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(MlgitError) as caught:
        Secret(token)
    assert caught.value.code == "token-malformed"
    assert not token.strip() or token not in f"{caught.value} {caught.value.hint}"
