"""https: certificates are checked, and a proxy sees neither the request nor the token."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlgit.errors import ExternalError, UsageError
from mlgit.world.http import ExchangeError, Request, Secret, SystemTransport, origin, proxy_for

TOKEN = "ghs_verysecret0123456789"
REQUEST = Request(method="GET", target="/x", secret=Secret(TOKEN))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a new certificate for localhost and its key."""
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run(["openssl", *made.split(), *names], check=True, capture_output=True)
    return paths


@contextmanager
def listening(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Answer one connection and keep what it sent."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        try:
            plain, _ = listener.accept()
            with context.wrap_socket(plain, server_side=True) if context else plain as connection:
                connection.settimeout(5)
                heard.append(connection.recv(65_536))
                connection.sendall(answer)
        except OSError:
            heard.append(b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            thread.join()


def server_side(paths: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context


def test_a_certificate_that_nobody_vouches_for_gets_no_token(certificate: tuple[Path, Path]) -> None:
    with listening(b"", server_side(certificate)) as (port, heard), pytest.raises(ExternalError) as caught:
        SystemTransport(origin(f"https://localhost:{port}"), timeout=5).exchange(REQUEST)
    assert caught.value.code == "certificate"
    assert TOKEN.encode() not in b"".join(heard)


def test_a_companys_own_authority_is_trusted_when_the_user_names_it(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    with listening(reply, server_side(certificate)) as (port, heard):
        assert SystemTransport(origin(f"https://localhost:{port}"), timeout=5).exchange(REQUEST).body == b"[]"
    assert TOKEN.encode() in heard[0]


def test_a_name_that_the_certificate_lacks_is_refused(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with (
        listening(b"", server_side(certificate)) as (port, _),
        pytest.raises(ExternalError, match="not trusted"),
    ):
        SystemTransport(origin(f"https://127.0.0.1:{port}"), timeout=5).exchange(REQUEST)


def test_a_proxy_is_asked_for_a_tunnel_and_hears_nothing_else() -> None:
    with listening(b"HTTP/1.1 407 Who are you\r\n\r\n") as (port, heard):
        transport = SystemTransport(origin("https://ghe.example.org"), proxy=f"127.0.0.1:{port}", timeout=5)
        with pytest.raises(ExchangeError) as caught:
            transport.exchange(REQUEST)
    assert not caught.value.sent
    assert heard[0].startswith(b"CONNECT ghe.example.org:443 ")
    assert TOKEN.encode() not in heard[0]


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "proxy.example:3128"),
        ({"https_proxy": "proxy.example", "HTTPS_PROXY": "other:1"}, "proxy.example:8080"),
        ({"HTTPS_PROXY": "proxy.example:1", "NO_PROXY": "x, example.org"}, ""),
        ({"HTTPS_PROXY": "proxy.example:1", "NO_PROXY": ".example.org"}, ""),
        ({"HTTPS_PROXY": "proxy.example:1", "no_proxy": "*"}, ""),
        ({"HTTPS_PROXY": "proxy.example:1", "NO_PROXY": "ample.org,"}, "proxy.example:1"),
    ],
)
def test_the_environment_names_the_proxy(environment: dict[str, str], proxy: str) -> None:
    assert proxy_for(origin("https://ghe.example.org"), environment) == proxy
    assert proxy_for(origin("http://127.0.0.1:80"), environment) == ""


@pytest.mark.parametrize(
    "address", ["http://user:secret@proxy:1", "https://proxy:1", "proxy:port", "http://proxy:1/x"]
)
def test_a_proxy_of_another_kind_is_refused_without_showing_its_address(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        proxy_for(origin("https://ghe.example.org"), {"HTTPS_PROXY": address})
    assert caught.value.code == "proxy-address"
    assert "secret" not in caught.value.message
