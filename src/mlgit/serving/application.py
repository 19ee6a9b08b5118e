"""The addresses of a server, as an ASGI application: which path is answered by what, who may ask, what is counted."""

from __future__ import annotations

import hmac
import itertools
import re
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from mlgit.serving import inference, openapi
from mlgit.serving.asking import Desk
from mlgit.serving.bodies import choose
from mlgit.serving.exchange import (
    CLOSE,
    Headers,
    Limits,
    Problem,
    Receive,
    Reply,
    Scope,
    Send,
    body_of,
    header,
    respond,
)
from mlgit.serving.page import PAGE

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,100}")
PREDICT = "/predict"
OPEN = ("/health", "/ready")
"""What is answered without a token: whoever looks after the process has none."""
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
SAFE: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
    ),
)


class Application:
    """Answers HTTP requests."""

    def __init__(self, desk: Desk, limits: Limits, token: str = "") -> None:
        self.desk = desk
        self._limits = limits
        self._token = token.encode()
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._plain: dict[str, Callable[[], Reply]] = {
            "/": self._page,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
            "/model": self._model,
            "/openapi.json": self._openapi,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what goes wrong is an answer, too."""
        if scope["type"] != "http":
            return
        path, head = scope["path"], scope["method"] == "HEAD"
        request = self._request_id(scope)
        scope["mlgit.request"] = request
        try:
            reply = await self._answered("GET" if head else scope["method"], path, scope, receive)
        except Problem as problem:
            reply = problem.reply()
        except Exception:  # a fault of ours: the text of an exception is nobody's business
            reply = Problem(500, "fault", "this is a fault of the server, not of the request").reply()
        shown = (
            path if path in self._plain or path == PREDICT else "/v2" if path.startswith("/v2") else "other"
        )
        self.desk.counters.count("mlgit_requests_total", (("path", shown), ("status", str(reply.status))))
        await respond(send, reply, ((b"x-request-id", request.encode()),), head=head)

    async def _answered(self, method: str, path: str, scope: Scope, receive: Receive) -> Reply:
        """Return the answer of a path; raises `Problem`."""
        if path not in OPEN and self._token:
            self._require_token(scope)
        if path in self._plain:
            require_method(path, method, "GET")
            return self._plain[path]()
        if path == PREDICT:
            require_method(path, method, "POST")
            return await self._predict(scope, receive)
        if path == "/v2" or path.startswith("/v2/"):
            return await inference.answer(self.desk, scope, receive)
        raise Problem(404, "path", "there is nothing here; /openapi.json lists what is")

    def _require_token(self, scope: Scope) -> None:
        """Raise `Problem` (401) unless a request brings the token."""
        if not hmac.compare_digest(header(scope, b"authorization"), b"Bearer " + self._token):
            challenge = ((b"www-authenticate", b"Bearer"), *CLOSE)
            raise Problem(401, "token", "the request brings no token, or another one", headers=challenge)

    def _request_id(self, scope: Scope) -> str:
        """Return the id that a request brings, or a new one."""
        said = header(scope, b"x-request-id")
        if said and REQUEST_ID.fullmatch(said):
            return said.decode()
        return f"{self._prefix}-{next(self._numbers)}"

    async def _predict(self, scope: Scope, receive: Receive) -> Reply:
        read = choose.reader(scope)
        asked = read(await body_of(scope, receive, self._limits), self.desk)
        served, answers = await self.desk.answer(asked, scope["mlgit.request"])
        return choose.reply(scope, served, answers)

    def _page(self) -> Reply:
        return Reply(status=200, body=PAGE, kind=HTML, headers=SAFE)

    def _health(self) -> Reply:
        return Reply(status=200, body=b'{"status":"alive"}')

    def _ready(self) -> Reply:
        return Reply(status=200, body=b'{"status":"ready"}')

    def _metrics(self) -> Reply:
        info = [
            {"model": one.release.name, "version": one.release.version, "digest": one.release.digest}
            for one in self.desk.live.state.models.values()
        ]
        return Reply(status=200, body=self.desk.all_counters().text(info).encode(), kind=TEXT)

    def _model(self) -> Reply:
        state, before = self.desk.live.state, self.desk.live.before
        said: dict[str, Any] = {
            **state.main.facts,
            "traffic": state.shares,
            "before": before.main.release.version if before else None,
        }
        return Reply(status=200, body=msgspec.json.encode(said))

    def _openapi(self) -> Reply:
        return Reply(
            status=200, body=msgspec.json.encode(openapi.document(self.desk.live.state.main, self._limits))
        )


def require_method(path: str, method: str, allowed: str) -> None:
    """Raise `Problem` (405) unless a path is asked with its method."""
    if method != allowed:
        headers = ((b"allow", allowed.encode()), *CLOSE)
        raise Problem(405, "method", f"{path} is asked with {allowed}, not {method[:20]}", headers=headers)
