"""A model of a number, a category and a date, its schema, and a client without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from mlgit.data import schema_file
from mlgit.serving.application import Application
from mlgit.serving.asking import Desk
from mlgit.serving.calls import Calls
from mlgit.serving.counters import Counters
from mlgit.serving.exchange import Limits
from mlgit.serving.journal import Journal
from mlgit.serving.live import Live
from mlgit.serving.release import Release
from mlgit.serving.served import Served, serve
from tests.small_onnx import mixed

SCHEMA = """\
version: 1
target: churned
id: customer
missing: ["?"]
columns:
  customer: {type: integer, unique: true}
  age: {type: float, max_null_share: 0.1, min: 0, max: 120}
  plan: {type: string, categories: [basic, pro]}
  since: {type: date, min: "2000-01-01", pii: true}
  churned: {type: boolean}
"""


class Client:
    """Asks an application as a server would hand over requests."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": named}
        sent: list[Any] = []
        pieces = [content[at : at + 50_000] for at in range(0, len(content), 50_000)] or [b""]

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.application(scope, receive, send))
        start, end = sent
        said = {name.decode(): text.decode() for name, text in start["headers"]}
        return start["status"], end["body"], said

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        status, content, _ = self(method, path, body, **headers)
        return status, orjson.loads(content)

    def predict(self, body: Any) -> tuple[int, Any]:
        return self.json("POST", "/predict", body)


Made = Callable[..., Client]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    path = tmp_path_factory.mktemp("served") / "churn.onnx"
    path.write_bytes(mixed())
    return serve(
        Release(
            name="churn",
            path=path,
            folder=path.parent,
            schema=schema_file.read(SCHEMA, "schema.yaml"),
            version="v1.0.0",
            digest="md5:1",
        )
    )


@pytest.fixture
def client(served: Served) -> Iterator[Made]:
    """Makes a client of the model; `token`, `journal` and `limits` as the test needs them."""
    with ThreadPoolExecutor(1) as executor:

        def made(
            token: str = "", journal: Path | None = None, live: Live | None = None, **limits: Any
        ) -> Client:
            desk = Desk(
                live or Live.of(served),
                Calls(executor),
                Limits(**limits),
                Counters(),
                Journal(journal) if journal else None,
            )
            return Client(Application(desk, Limits(**limits), token))

        yield made
