"""What several of the played workflows need."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from tests.workflows.stage import BUCKET, KEYS


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an S3 server with an empty bucket; what speaks to it has to bring keys."""
    for module in ("dvc_s3", "moto", "flask"):
        pytest.importorskip(module)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": paths}
    server = subprocess.Popen(
        (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urlopen(Request(f"{address}/{BUCKET}", method="PUT"), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["KEY_ID"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["KEY"])
        yield address
    finally:
        server.terminate()
        server.wait()
