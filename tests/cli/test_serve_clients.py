"""`mlgit serve` asked by the programs of others: Triton's client of the Open Inference Protocol, and schemathesis by the OpenAPI document."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.serve_repository import served
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


@pytest.mark.timeout(3000)
def test_schemathesis_finds_no_fault_of_the_server(desk: Person, tmp_path: Path) -> None:
    """Requests drawn from the OpenAPI document, good and bad: none is answered with 5xx, and memory is flat."""
    with served(desk.folder, "./churn.onnx", "--seconds", "2") as server:
        with urlopen(f"{server.address}/openapi.json") as answer:
            document = json.load(answer)
        assert "/predict" in document["paths"]
        before = resident(server)
        checks = ("not_a_server_error", "status_code_conformance", "content_type_conformance")
        done = subprocess.run(
            (
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.address}/openapi.json"),
                *("--checks", ",".join(checks), "--max-examples", "10000", "--seed", "1", "--no-color"),
            ),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-6000:]
        assert resident(server) - before < 60_000_000
        assert server.process.poll() is None
        with urlopen(f"{server.address}/metrics") as answer:
            counts = re.findall(r"^mlgit_requests_total\{.*\} (\d+)$", answer.read().decode(), re.MULTILINE)
        print(f"requests: {sum(map(int, counts)):,}")
        assert sum(map(int, counts)) >= 10_000
    print(said[-1500:])
