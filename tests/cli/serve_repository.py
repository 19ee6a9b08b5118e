"""A server and a desk with a model in ONNX that is trained three times, two of them registered; and servers of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import orjson

from tests.cli.delivery_repository import FILES
from tests.cli.deploy_repository import Deployable
from tests.small_onnx import slope

SCHEMA = "version: 1\ntarget: y\ncolumns:\n  x: {type: float, min: -1000, max: 1000, max_null_share: 0.5}\n  y: {type: float}\n"


class Servable(Deployable):
    """Versions v0.1.0 (5 x) and v0.2.0 (7.5 x) are registered; the golden predictions of the third training are wrong."""

    artifact = "model.onnx"

    @classmethod
    def files(cls) -> dict[str, str]:
        named = {path: text.replace("model.json", cls.artifact) for path, text in FILES.items()}
        named["mlgit.yaml"] += "data:\n  points: {path: data.csv, schema: schema.yaml}\n"
        return {**named, "schema.yaml": SCHEMA}

    def model(self, factor: int) -> bytes:
        return slope(factor * 2.5)

    def register_all(self) -> Servable:
        for factor in (2, 3):
            self.mlgit("register", "small", "--at", self.trained(factor))
        return self


class Server:
    """A running `mlgit serve`."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, JSON (or bytes) and headers."""
        data = None if body is None else orjson.dumps(body)
        request = Request(self.address + path, data, {"content-type": "application/json", **headers})
        try:
            with urlopen(request, timeout=10) as answer:
                status, content, said = answer.status, answer.read(), answer.headers
        except HTTPError as error:
            status, content, said = error.code, error.read(), error.headers
        try:
            return status, orjson.loads(content), said
        except orjson.JSONDecodeError:
            return status, content, said

    def ask_bytes(self, path: str, body: bytes, **headers: str) -> bytes:
        """The bytes that are answered to bytes."""
        with urlopen(Request(self.address + path, body, headers), timeout=10) as answer:
            content: bytes = answer.read()
        return content

    def predict(self, *values: float | None) -> list[float | None]:
        status, said, _ = self.ask("/predict", {"rows": [{"x": value} for value in values]})
        assert status == 200, said
        found: list[float | None] = said["predictions"]
        return found

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


@contextmanager
def served(folder: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Run `mlgit serve` on a free port, and end it."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **variables,
    }
    process = subprocess.Popen(
        (sys.executable, "-m", "mlgit", "serve", *arguments, "--port", "0"),
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    reader: threading.Thread | None = None
    try:
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"answers at (http://\S+)", line):
                break
        else:
            raise AssertionError("".join(said))
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        yield Server(process, found[1])
    finally:
        process.kill()
        process.wait()
        if reader is not None:
            reader.join()
        if process.stderr is not None:
            process.stderr.close()
