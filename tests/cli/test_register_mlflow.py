"""`mlgit register --mlflow`: the version in a real MLflow server, once; what fails there takes nothing back here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.cli.delivery_repository import Delivery

PROGRAM = os.environ.get("MLGIT_TEST_MLFLOW") or shutil.which("mlflow") or ""
PASSWORD = "hunter2-of-mlflow"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a real MLflow server with nothing in it."""
    if not PROGRAM:
        pytest.skip("no MLflow server here: MLGIT_TEST_MLFLOW names its program")
    port, folder = free_port(), tmp_path / "mlflow"
    folder.mkdir()
    words = (PROGRAM, "server", "--host", "127.0.0.1", "--port", f"{port}", "--workers", "1")
    store = ("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder))
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    environment.pop("PYTHONPATH", None)
    with (tmp_path / "mlflow.log").open("w") as log:
        process = subprocess.Popen(
            (*words, *store), env=environment, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            try:
                urlopen(f"{address}/health", timeout=5).close()
                break
            except (URLError, OSError):
                assert process.poll() is None, (tmp_path / "mlflow.log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def told(address: str, path: str) -> dict[str, Any]:
    """What the server's own interface says."""
    with urlopen(f"{address}/api/2.0/mlflow/{path}", timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


@pytest.mark.slow
def test_a_version_is_mirrored_once_with_metrics_alias_and_link(delivery: Delivery, server: str) -> None:
    pytest.importorskip("mlflow")
    address = server.replace("http://", f"http://me:{PASSWORD}@")
    first = delivery.mlgit("register", "small", "--at", delivery.trained(2), "--mlflow", address)
    assert "small@v0.1.0 is now version 1 of small in MLflow" in first.err
    second = delivery.mlgit("register", "small", "--mlflow", address)
    assert "small@v0.2.0 is now version 2 of small in MLflow" in second.err
    again = delivery.mlgit("register", "small", "--mlflow", address)
    assert "small@v0.2.0 was already version 2 of small in MLflow" in again.err
    assert not [one for one in (first, second, again) if PASSWORD in one.out + one.err]
    found = told(server, "model-versions/search?filter=" + quote("name='small'"))["model_versions"]
    assert sorted(one["version"] for one in found) == ["1", "2"]
    newest = told(server, "registered-models/alias?name=small&alias=newest")["model_version"]
    tags = {one["key"]: one["value"] for one in newest["tags"]}
    assert (newest["version"], tags["mlgit.tag"]) == ("2", "small@v0.2.0")
    assert tags["mlgit.digest"].startswith("md5:")
    assert newest["source"] == "git:///small@v0.2.0"
    run = told(server, f"runs/get?run_id={newest['run_id']}")["run"]
    assert {one["key"]: one["value"] for one in run["data"]["metrics"]}["slope"] == 10.0
    assert run["info"]["status"] == "FINISHED"


@pytest.mark.slow
def test_a_mirror_that_fails_says_so_and_the_version_stays_registered(
    delivery: Delivery, server: str
) -> None:
    pytest.importorskip("mlflow")
    dead = f"http://me:{PASSWORD}@127.0.0.1:{free_port()}"
    said = delivery.mlgit("register", "small", "--mlflow", dead, exit_code=4)
    assert "error[mlflow-failed]" in said.err
    assert "small@v0.1.0 is registered, and MLflow does not have it" in said.err
    assert PASSWORD not in said.out + said.err
    assert "small@v0.1.0" in delivery.refs()
    assert "is now version 1" in delivery.mlgit("register", "small", "--mlflow", server).err


def test_without_the_library_the_version_is_registered_and_the_extra_is_named(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    said = delivery.mlgit("register", "small", "--mlflow", "http://127.0.0.1:1", exit_code=2)
    assert "error[mlflow-missing]" in said.err
    assert "pip install 'mlgit[mlflow]'" in said.err
    assert "small@v0.1.0" in delivery.refs()
