"""`mlgit serve --workers`: several processes at one address, one log, one sum of counts, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgit.serving.shared_counts import EVERY
from tests.cli.serve_repository import Servable, Server, served
from tests.cli.test_serve import until
from tests.driver import Person
from tests.small_onnx import slope

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are read from /proc")


@pytest.fixture
def desk(person: Person) -> Person:
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    return person


def workers(server: Server) -> list[int]:
    """The processes that answer."""
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()


def counted(server: Server) -> int:
    text = server.ask("/metrics")[1].decode()
    found = re.search(r'mlgit_requests_total\{path="/predict",status="200"\} (\d+)', text)
    return int(found[1]) if found else 0


def test_two_workers_answer_count_and_log_as_one_and_one_that_dies_is_started_again(desk: Person) -> None:
    with served(
        desk.folder, "half.onnx", "--workers", "2", "--log", "log.jsonl", "--log-megabytes", "0.002"
    ) as server:
        until(lambda: len(workers(server)) == 2)
        for _ in range(40):
            assert server.predict(3) == [1.5]
        until(lambda: counted(server) == 40)
        time.sleep(4 * EVERY)  # what a worker has not told the others yet goes with it
        killed = workers(server)[0]
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(workers(server)) == 2 and killed not in workers(server))
        for _ in range(10):
            assert server.predict(3) == [1.5]
        until(lambda: counted(server) == 50)
        left = workers(server)
        assert server.stop() == 0
    assert not any(map(runs, left))
    logs = list(desk.folder.glob("log.jsonl*"))
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    assert len({line["request"] for line in lines}) == len(lines) == 50
    assert len(logs) > 3
    assert all(log.stat().st_size <= 2000 for log in logs)
    said = desk.mlgit("serve", "--compact", "log.jsonl").err
    assert said.count(" became log.jsonl.") == len(logs) - 1
    assert sorted(desk.folder.glob("log.jsonl*")) == sorted(
        [
            logs[0].with_name("log.jsonl"),
            *(desk.folder / f"log.jsonl.{n}.parquet" for n in range(1, len(logs))),
        ]
    )


def test_workers_end_when_their_parent_is_killed(desk: Person) -> None:
    with served(desk.folder, "half.onnx", "--workers", "2") as server:
        until(lambda: len(workers(server)) == 2)
        left = workers(server)
        server.stop(signal.SIGKILL)
        until(lambda: not any(map(runs, left)))
        host, port = server.address.removeprefix("http://").split(":")
        socket.create_server((host, int(port))).close()


@pytest.mark.slow
@pytest.mark.parametrize("replaced", ["", "half.onnx", "export.json"])
def test_where_a_worker_cannot_come_back_all_end_with_the_reason(desk: Person, replaced: str) -> None:
    """An address that answers every second connection looks alive and is not, and one with two models is neither of them."""
    with served(desk.folder, "half.onnx", "--workers", "2") as server:
        until(lambda: len(workers(server)) == 2)
        left = workers(server)
        if replaced:
            (desk.folder / replaced).write_bytes(
                slope(2) if replaced == "half.onnx" else b'{"classes": ["a"]}'
            )
        else:
            (desk.folder / "half.onnx").unlink()
        os.kill(left[1], signal.SIGKILL)
        assert server.process.wait(60) == 4
        assert not any(map(runs, left))


@pytest.mark.slow
def test_a_port_is_not_shared_with_another_server_and_an_error_is_said_once(desk: Person) -> None:
    with served(desk.folder, "half.onnx", "--workers", "2") as server:
        port = server.address.rpartition(":")[2]
        serve = ("serve", "--workers", "2", "--port")
        said = desk.mlgit(*serve, port, "half.onnx", exit_code=4).err
        assert "error[serve-port]" in said
    desk.write("broken.onnx", "")
    said = desk.mlgit(*serve, "0", "broken.onnx", exit_code=2).err
    assert said.count("error[serve-unreadable]") == 1


@pytest.mark.slow
def test_a_request_that_is_being_answered_is_answered_before_the_end(desk: Person) -> None:
    """The model takes a second; the server is told to stop meanwhile."""
    desk.write("slow.py", SLOW)
    desk.write("slow.txt", "")
    settings = "version: 1\nmodels: {slow: {artifact: slow.txt, serve: {loader: slow.py}}}\n"
    desk.write("mlgit.yaml", settings + "data: {t: {path: t.csv, schema: s.yaml}}\n")
    desk.write("s.yaml", "version: 1\ncolumns:\n  x: {type: float}\n")
    with served(desk.folder, "./slow.txt", "--workers", "2") as server:
        until(lambda: len(workers(server)) == 2)
        ask = f"from urllib.request import urlopen, Request as R; print(urlopen(R('{server.address}/predict', b'[{{\"x\": 1}}]', {{'content-type': 'application/json'}})).read())"
        client = subprocess.Popen((sys.executable, "-c", ask), stdout=subprocess.PIPE, text=True)
        until((desk.folder / "asked").exists)
        assert server.stop() == 0
        assert "predictions" in client.communicate(timeout=10)[0]


@pytest.mark.slow
def test_a_worker_that_comes_back_answers_with_the_version_of_the_others(servable: Servable) -> None:
    with served(servable.desk.folder, "small", "--workers", "2") as server:
        until(lambda: len(workers(server)) == 2)
        servable.mlgit("register", "small", "--at", servable.trained(4))
        killed = workers(server)[1]
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(workers(server)) == 2 and killed not in workers(server))
        time.sleep(3)
        assert {tuple(server.predict(3)) for _ in range(40)} == {(22.5,)}
        assert server.process.poll() is None


SLOW = """\
import time
from pathlib import Path


def load(path):
    return Slow()


class Slow:
    columns = ("x",)

    def predict(self, columns):
        Path("asked").touch()
        time.sleep(1)
        return list(columns["x"])
"""
