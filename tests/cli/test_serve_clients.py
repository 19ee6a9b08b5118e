"""`mlgit serve` asked by the programs of others: Triton's client of the Open Inference Protocol, and schemathesis by the OpenAPI document."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.serve_repository import Server, served
from tests.cli.test_predict import SCHEMA, SETTINGS
from tests.cli.test_serve import resident
from tests.driver import Person
from tests.small_onnx import mixed

DAYS = 10_957.0

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(person: Person) -> Person:
    (person.folder / "churn.onnx").write_bytes(mixed())
    person.write("mlgit.yaml", SETTINGS)
    person.write("schema.yaml", SCHEMA)
    return person


@pytest.mark.parametrize("binary", [True, False])
def test_a_client_of_triton_is_answered(desk: Person, binary: bool) -> None:
    import numpy as np
    from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

    columns = {
        "age": ("FP64", np.array([[41.0], [42.0]])),
        "plan": ("BYTES", np.array([["pro"], ["basic"]], object)),
        "since": ("BYTES", np.array([["2000-01-01"]] * 2, object)),
    }
    inputs = []
    for name, (kind, values) in columns.items():
        one = InferInput(name, list(values.shape), kind)
        one.set_data_from_numpy(values, binary_data=binary)
        inputs.append(one)
    with served(desk.folder, "./churn.onnx") as server:
        client = InferenceServerClient(server.address.removeprefix("http://"))
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("churn")
        assert [one["name"] for one in client.get_model_metadata("churn")["inputs"]] == list(columns)
        by_default = client.infer("churn", inputs)
        wanted = [InferRequestedOutput("predictions", binary_data=not binary)]
        asked = client.infer("churn", inputs, outputs=wanted)
        for one in (by_default, asked):
            assert one.as_numpy("predictions").tolist() == [41 + 100 + DAYS, 42 + DAYS]


CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
REQUESTS = 10_000
SEEDS = 60
"""Times at most that requests are drawn for half a minute each."""


@pytest.mark.timeout(3000)
def test_schemathesis_finds_no_fault_of_the_server(desk: Person, tmp_path: Path) -> None:
    """Requests drawn from the OpenAPI document, good and bad: none is answered with 5xx, and memory is flat.

    `fuzz` and not `run --max-examples`: that one spends nearly all of its time on shrinking what it takes for near to a failure.
    """
    with served(desk.folder, "./churn.onnx", "--seconds", "2") as server:
        assert "/predict" in server.ask("/openapi.json")[1]["paths"]
        drawn(server, tmp_path, "run", "--phases", "examples,coverage")
        before = resident(server)
        for seed in range(SEEDS):
            drawn(
                server,
                tmp_path,
                "fuzz",
                "--include-path",
                "/predict",
                "--max-time",
                "30",
                "--seed",
                str(seed),
            )
            if sum(requests(server).values()) >= REQUESTS:
                break
        found = requests(server)
        assert resident(server) - before < 60_000_000
        assert server.process.poll() is None
    print(f"requests: {sum(found.values()):,}, by status {found}")
    assert sum(found.values()) >= REQUESTS
    assert not [status for status in found if status.startswith("5")]


def drawn(server: Server, folder: Path, *arguments: str) -> None:
    """Let schemathesis ask the server; it ends well where no check fails."""
    command, *options = arguments
    done = subprocess.run(
        (
            *(sys.executable, "-m", "schemathesis.cli", command, f"{server.address}/openapi.json"),
            *("--checks", CHECKS, "--no-color", *options),
        ),
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def requests(server: Server) -> dict[str, int]:
    """How many requests for predictions were answered with each status."""
    found: Counter[str] = Counter()
    text = server.ask("/metrics")[1].decode()
    for status, count in re.findall(
        r'^mlgit_requests_total\{path="/predict",status="(\d+)"\} (\d+)$', text, re.MULTILINE
    ):
        found[status] += int(count)
    return dict(found)
