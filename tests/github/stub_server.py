"""GitHub's API on a port of this machine.

with StubServer() as github:
    number = github.contents.add_pull_request(head_sha="0" * 40)
    run(environment=github.environment())
    assert github.state.violations == []
"""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar

from tests.github.answers import Answer
from tests.github.contents import Contents
from tests.github.state import GitHubState


class StubServer:
    """A server with one `GitHubState`; `delay` is how long a reply that is to time out stays away, in seconds."""

    def __init__(self, repository: str = "octo-org/churn", *, prefix: str = "", delay: float = 5.0) -> None:
        self._lock = threading.Lock()
        self._delay = delay
        self._over = threading.Event()
        handler = type("BoundHandler", (Handler,), {"stub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{prefix}"
        self.state = GitHubState(repository, clock=time.time, address=self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> StubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def contents(self) -> Contents:
        """What the repository holds."""
        return self.state.contents

    def environment(self, token: str = "token") -> dict[str, str]:
        """Return the variables by which a workflow's step finds this server."""
        return {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": self.state.repository, "GITHUB_TOKEN": token}

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request at a time, as one repository does; `/storage/` is another server, which takes no token."""
        if target.startswith("/storage/"):
            assert "authorization" not in headers
            return Answer(200, raw=self.contents.archive(int(target.split("/")[2].partition("?")[0])) or b"")
        with self._lock:
            return self.state.answer(method, target, headers, body)

    def stay_away(self) -> None:
        """Give no answer for a while, or until the server ends."""
        self._over.wait(self._delay)


class Handler(BaseHTTPRequestHandler):
    """Bytes to the state machine and back. Unbuffered replies go out in two small packets without `wbufsize`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 30
    stub: ClassVar[StubServer]

    def serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.stub.answer(self.command, self.path, headers, self.rfile.read(length))
        if answer.cut == "timeout":
            self.close_connection = True
            self.stub.stay_away()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        self.wfile.flush()
        if answer.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve  # noqa: N815 - the server asks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the server's
        """Stay silent."""
