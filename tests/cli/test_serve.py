"""`mlgit serve`: a real server of a registered model, asked by real clients."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from hashlib import md5
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.cli.serve_repository import Servable, Server, served
from tests.driver import Person
from tests.small_onnx import slope


def test_a_registered_version_answers_and_stops_politely(servable: Servable, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with served(
        servable.desk.folder, "small@v0.1.0", "--log", str(log), "--token-variable", "KEY", KEY="open"
    ) as server:
        token = {"authorization": "Bearer open"}
        status, said, headers = server.ask("/predict", {"rows": [{"x": 2}, {"x": None}]}, **token)
        assert (status, said, headers["mlgit-version"]) == (200, {"predictions": [10.0, None]}, "v0.1.0")
        status, said, _ = server.ask("/predict", {"rows": [{"x": 2000}]}, **token)
        assert (status, said["findings"][0]["column"], said["findings"][0]["rule"]) == (422, "x", "range")
        model = server.ask("/model", **token)[1]
        assert model["digest"] == f"md5:{md5(slope(5.0)).hexdigest()}"
        assert model["commit"] == servable.trained(2)
        assert server.ask("/model")[0] == 401
        assert server.ask("/ready")[0] == 200
        assert server.stop() == 0
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["version"], line["inputs"], line["outputs"]) == (
        "v0.1.0",
        {"x": [2, None]},
        {"predictions": [10.0, None]},
    )
    assert not list(servable.desk.folder.glob(".git/mlgit/sandboxes/*"))


def test_an_environment_is_followed_and_what_answers_wrongly_is_not_swapped_in(servable: Servable) -> None:
    with served(servable.desk.folder, "staging", "--every", "0.2") as server:
        assert server.predict(2) == [10.0]
        servable.mlgit("promote", "small@v0.2.0", "staging")
        until(lambda: server.predict(2) == [15.0])
        assert server.ask("/model")[1]["before"] == "v0.1.0"
        servable.mlgit("register", "small", "--at", servable.trained(4))
        servable.mlgit("promote", "small@v0.3.0", "staging")
        until(lambda: b'mlgit_swaps_total{outcome="failed"}' in server.ask("/metrics")[1])
        assert server.predict(2) == [15.0]


def test_a_swapped_model_is_never_served(servable: Servable) -> None:
    digest = md5(slope(5.0)).hexdigest()
    cache, storage = (
        store / "files" / "md5" / digest[:2] / digest[2:]
        for store in (servable.desk.folder / ".dvc" / "cache", servable.folder / "storage")
    )
    replaced(cache)
    with served(servable.desk.folder, "small@v0.1.0") as server:
        assert server.predict(2) == [10.0]
    shutil.rmtree(servable.desk.folder / ".git" / "mlgit" / "models")
    replaced(storage)
    servable.refused("artifact-not-stored", "serve", "small@v0.1.0", "--port", "0")


def replaced(place: Path) -> None:
    """Put another model in the place of one."""
    place.chmod(0o644)
    place.write_bytes(slope(6.0))


def test_a_file_is_served_without_a_repository_and_by_the_digest_it_is_told(
    person: Person, isolated: Path
) -> None:
    path = person.folder / "half.onnx"
    path.write_bytes(slope(0.5))
    with served(person.folder, "half.onnx") as server:
        assert server.predict(3) == [1.5]
    assert not list(isolated.rglob("*icrosoft*")), (
        "onnxruntime leaves a device id there where its telemetry is on"
    )
    told = {
        "MLGIT_PATH": str(path),
        "MLGIT_MODEL": "half",
        "MLGIT_VERSION": "v1.0.0",
        "MLGIT_DIGEST": "md5:" + "0" * 32,
    }
    answer = subprocess.run(
        (sys.executable, "-m", "mlgit", "serve"),
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, "error[artifact-swapped]" in answer.stderr) == (2, True)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("serve-target", ()),
        ("serve-no-model", ("nothing.onnx",)),
        ("serve-unreadable", ("text.onnx",)),
        ("serve-format", ("text.csv",)),
        ("serve-pickle", ("text.pkl",)),
        ("serve-token", ("text.onnx", "--token-variable", "NOT_SET")),
        ("serve-limit", ("text.onnx", "--max-rows", "0")),
        ("serve-port", ("text.onnx", "--port", "65536")),
        ("serve-port", ("text.onnx", "--port", "-1")),
    ],
)
def test_what_cannot_be_served_is_refused(delivery: Any, code: str, arguments: tuple[str, ...]) -> None:
    for name in ("text.onnx", "text.csv", "text.pkl"):
        delivery.desk.write(name, "no model\n")
    delivery.refused(code, "serve", *arguments)


def until(holds: Any, seconds: float = 60.0) -> None:
    """Wait for what has to come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def exchanged(server: Server, content: bytes, wait: float = 5.0) -> bytes:
    """What a server writes to a client that writes raw bytes, until it closes."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), wait) as client:
        try:
            client.sendall(content)
        except OSError:
            return b""
        found = b""
        try:
            while piece := client.recv(65_536):
                found += piece
        except OSError:
            pass
        return found


def test_bad_clients_do_not_hurt_the_others(person: Person) -> None:
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    last = b'POST /predict HTTP/1.1\r\nconnection: close\r\ncontent-length: 20\r\n\r\n{"rows": [{"x": 3}]}'
    good = b'POST /predict HTTP/1.1\r\nHost: x\r\ncontent-length: 20\r\n\r\n{"rows": [{"x": 3}]}'
    with served(person.folder, "half.onnx", "--seconds", "0.5") as server:
        before = resident(server)
        assert exchanged(server, good * 19 + last).count(b'{"predictions":[1.5]}') == 20
        assert b" 400 " in exchanged(server, b"\x00\xff" * 100)
        assert b" 431 " in exchanged(server, b"GET / HTTP/1.1\r\nx: " + b"a" * 200_000)
        whole = b"GET / HTTP/1.1\r\nx: " + b"a" * 66_000 + b"\r\n\r\n"  # comes in one piece
        assert b" 431 " in exchanged(server, whole)
        assert b" 400 " in exchanged(server, "GET /ü HTTP/1.1\r\n\r\n".encode())
        assert b" 413 " in exchanged(server, b"POST /predict HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n")
        chunks = (b"F4240\r\n" + b" " * 1_000_000 + b"\r\n") * 9
        said = exchanged(server, b"POST /predict HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
        assert said == b"" or b" 413 " in said  # who goes on to write is cut off, and may read nothing
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 5) as slow:
            slow.sendall(b"POST /predict HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")
            assert b" 408 " in slow.recv(1000)
        assert server.predict(3) == [1.5]
        assert resident(server) - before < 60_000_000


def resident(server: Server) -> int:
    """Bytes of memory that a server holds."""
    return resident_of(server.process.pid)


def resident_of(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_was_answered_is_in_the_log_when_the_server_is_killed(person: Person, tmp_path: Path) -> None:
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    log = tmp_path / "log.jsonl"
    answered: list[str] = []
    with served(person.folder, "half.onnx", "--log", str(log)) as server:

        def client(number: int) -> None:
            for count in range(100_000):
                try:
                    name = f"{number}-{count}"
                    if server.ask("/predict", {"rows": [{"x": count}]}, **{"x-request-id": name})[0] == 200:
                        answered.append(name)
                except (OSError, HTTPException):
                    return

        clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
        for one in clients:
            one.start()
        until(lambda: len(answered) > 200)
        server.stop(signal.SIGKILL)
        for one in clients:
            one.join()
    logged = {json.loads(line)["request"] for line in log.read_text().splitlines()}
    assert set(answered) <= logged


def test_deploy_serves_without_a_server_of_the_user(servable: Servable) -> None:
    from tests.cli.deploy_repository import free_port

    port = free_port()
    servable.target("staging", f"{{kind: local, port: {port}, seconds: 30}}")
    (model,) = servable.deployed()["models"]
    assert (model["state"], model["live"], model["smoke"]["wrong"]) == ("applied", "v0.1.0", 0)
    status, _, headers = Server(None, model["address"]).ask("/predict", {"rows": [{"x": 2}]})  # type: ignore[arg-type]
    assert (status, headers["mlgit-version"]) == (200, "v0.1.0")
