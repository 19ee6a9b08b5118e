"""HTTP to one origin: a request out, a reply back, nothing followed and nothing repeated.

The token rides in a `Secret`, which shows itself to nobody but the transport. Plain http is for loopback only.
The reasons for the standard library's client are in docs/adr/0005-http.md.
"""

from __future__ import annotations

import re
import urllib.parse
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from mlgit.errors import ExternalError, UsageError

if TYPE_CHECKING:
    import http.client

TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1")
PROXY = re.compile(r"(?:http://)?(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?/?")
LARGEST_REPLY = 64 * 1024 * 1024
TIMEOUT = 30.0


class Secret:
    """A token that no error, log or `repr` shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not TOKEN.fullmatch(value):
            raise UsageError(
                "token-malformed",
                "the token holds characters that no token has",
                hint="set it again without blanks and line ends",
            )
        self._value = value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def reveal(self) -> str:
        """Return the token; for the transport alone."""
        return self._value


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a method, a target (path and query, starting with `/`), a JSON body and the token."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    secret: Secret | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whole; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class ExchangeError(Exception):
    """No whole reply came. `sent` tells whether the other side may have acted on the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Transport(Protocol):
    """One exchange with one origin."""

    def exchange(self, request: Request) -> Reply:
        """Send once and return the whole reply, whatever its status; raises `ExchangeError`."""


class Origin(msgspec.Struct, frozen=True):
    """A scheme, a host, a port and the path below which everything lies."""

    scheme: str
    host: str
    port: int
    prefix: str

    def target(self, address: str) -> str | None:
        """Return the path and query of an absolute address, None when it lies outside of this origin."""
        try:
            parts = urllib.parse.urlsplit(address)
            port = parts.port or default_port(parts.scheme)
        except ValueError:
            return None
        inside = (parts.scheme, parts.hostname, port) == (self.scheme, self.host, self.port)
        if not inside or parts.username is not None or not parts.path.startswith(self.prefix + "/"):
            return None
        return parts.path + (f"?{parts.query}" if parts.query else "")


def origin(address: str) -> Origin:
    """Read the address of an API; raises `UsageError` (`forge-address`) unless https, or http on loopback."""
    try:
        parts = urllib.parse.urlsplit(address)
        host, port = parts.hostname or "", parts.port or default_port(parts.scheme)
    except ValueError as error:
        raise bad_address(address) from error
    if (
        not address.isprintable()
        or " " in address
        or not HOST.fullmatch(host)
        or parts.username is not None
        or parts.query
        or parts.fragment
    ):
        raise bad_address(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and LOOPBACK.fullmatch(host)):
        raise bad_address(address)
    return Origin(parts.scheme, host, port, parts.path.rstrip("/"))


class SystemTransport:
    """HTTP/1.1 over one connection that stays open as long as this does; certificates and host names are always checked."""

    def __init__(self, place: Origin, *, proxy: str = "", timeout: float = TIMEOUT) -> None:
        self._place = place
        self._proxy = proxy
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def exchange(self, request: Request) -> Reply:
        """Send once; see `Transport.exchange`. Redirects are returned, not followed."""
        import http.client

        connection = self._connected()
        try:
            headers = dict(request.headers)
            if request.secret is not None:
                headers["Authorization"] = f"Bearer {request.secret.reveal()}"
            connection.request(request.method, request.target, request.body or None, headers)
            return whole_reply(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ExchangeError(reason_of(error), sent=True) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        """Return the open connection, made anew when there is none."""
        import ssl

        if self._connection is not None and self._connection.sock is not None:
            return self._connection
        connection = new_connection(self._place, self._proxy, self._timeout)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise ExternalError(
                "certificate",
                f"the certificate of {self._place.host} is not trusted: {error.verify_message}",
                hint="a company's own authority goes into SSL_CERT_FILE",
            ) from None
        except OSError as error:
            connection.close()
            raise ExchangeError(reason_of(error), sent=False) from None
        weakref.finalize(self, connection.close)
        self._connection = connection
        return connection


def new_connection(place: Origin, proxy: str, timeout: float) -> http.client.HTTPConnection:
    """Return a connection that is not open yet; https passes a proxy through a tunnel, loopback never uses one."""
    import http.client

    if place.scheme == "http":
        return http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    if not proxy:
        return http.client.HTTPSConnection(place.host, place.port, timeout=timeout)
    host, _, port = proxy.rpartition(":")
    tunnel = http.client.HTTPSConnection(host, int(port), timeout=timeout)
    tunnel.set_tunnel(place.host, place.port)
    return tunnel


def proxy_for(place: Origin, environment: Mapping[str, str]) -> str:
    """Return `host:port` of the proxy that leads to an https origin, nothing when none does.

    Reads HTTPS_PROXY and NO_PROXY (hosts and their subdomains, `*` for all), in small letters first as curl does.
    Raises `UsageError` (`proxy-address`) for anything but http://HOST:PORT.
    """
    address = environment.get("https_proxy") or environment.get("HTTPS_PROXY") or ""
    direct = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").replace(" ", "").split(",")
    names = [name.removeprefix("*").removeprefix(".") for name in direct if name]
    spared = "*" in direct or any(f".{place.host}".endswith(f".{name}") for name in names if name)
    if not address or spared or place.scheme == "http":
        return ""
    found = PROXY.fullmatch(address)
    if found is None:
        raise UsageError(
            "proxy-address",
            "HTTPS_PROXY is not http://HOST:PORT",
            hint="a user name in it is not supported; or list the forge's host in NO_PROXY",
        )
    return f"{found['host']}:{found['port'] or 8080}"


def whole_reply(response: http.client.HTTPResponse) -> Reply:
    """Read a reply to its end; raises `ExchangeError` when it ends early or is larger than we ever expect."""
    body = response.read(LARGEST_REPLY)
    if response.length:
        raise ExchangeError("the reply was cut off", sent=True)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(status=response.status, headers=headers, body=body)


def reason_of(error: Exception) -> str:
    """Return in a few words why an exchange broke; never the words of the other side."""
    import http.client

    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the reply was cut off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection broke"


def default_port(scheme: str) -> int:
    """Return the port that a scheme means."""
    return 443 if scheme == "https" else 80


def bad_address(address: str) -> UsageError:
    """Return the error for an address that no token is sent to."""
    shown = address.rpartition("@")[2]
    return UsageError(
        "forge-address",
        f"{shown!r} is no address of an API: https is needed (http on this machine only), without user and query",
        hint="https://api.github.com for GitHub, https://HOST/api/v3 for GitHub Enterprise",
    )
