"""`mlgit serve` under load: swaps without a lost request, malformed requests without a fault, answers as scikit-learn gives them."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.arrow_streams import streamed
from tests.cli.serve_repository import Servable, Server, served
from tests.cli.test_serve import resident, resident_of, until
from tests.driver import Person
from tests.small_onnx import slope


def asking(server: Server, ends: threading.Event, found: list[tuple[int, str]], client: int) -> None:
    """Ask over one connection until it is over, each time by another key, and note each status with the version."""
    host, port = server.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    number = 0
    while not ends.is_set():
        number += 1
        body = json.dumps({"rows": [{"x": 1}], "key": f"customer-{client}-{number}"})
        connection.request("POST", "/predict", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        found.append((answer.status, answer.headers["mlgit-version"]))
    connection.close()


def step(version: str, number: int) -> tuple[str, ...]:
    """The arguments that lead to a version."""
    if not number:
        return (f"small@{version}", "staging")
    return ("small", "staging", "--to", version, "--reason", f"swap {number}")


@pytest.mark.slow
@pytest.mark.parametrize("swaps", [20])
def test_swaps_and_shares_under_load_lose_no_request(servable: Servable, swaps: int) -> None:
    swapped(servable, swaps, [0.3, 0.1, 0.5, 0.8, 0.2])


def test_a_swap_and_a_share_under_load_lose_no_request(servable: Servable) -> None:
    swapped(servable, 1, [0.3])


@pytest.mark.slow
def test_swaps_and_shares_of_two_workers_lose_no_request(servable: Servable) -> None:
    swapped(servable, 4, [0.3, 0.6], workers=2)


def swapped(servable: Servable, swaps: int, shares: Sequence[float], workers: int = 1) -> None:
    """Swap back and forth while three clients ask, then share; a key has one version, whichever worker is asked."""
    found: list[tuple[int, str]] = []
    ends = threading.Event()
    arguments = ("staging", "--every", "0.1", "--workers", str(workers))
    looks = range(12 if workers > 1 else 1)
    with served(servable.desk.folder, *arguments) as server:
        clients = [threading.Thread(target=asking, args=(server, ends, found, client)) for client in range(3)]
        for one in clients:
            one.start()
        try:
            for number in range(swaps):
                version = "v0.1.0" if number % 2 else "v0.2.0"
                servable.mlgit("rollback" if number else "promote", *step(version, number))
                until(
                    lambda version=version: all(server.ask("/model")[1]["version"] == version for _ in looks)
                )  # type: ignore[misc]
            last = "v0.1.0" if swaps % 2 == 0 else "v0.2.0"
            other = "v0.2.0" if last == "v0.1.0" else "v0.1.0"
            servable.pull()
            text = servable.desk.read("deploy/staging.yaml")
            for share in shares:
                servable.desk.write("deploy/staging.yaml", f'{text}    traffic: "{other}={share}"\n')
                servable.desk.commit(f"Share {share}")
                servable.push()
                until(
                    lambda share=share: all(
                        share in [one["weight"] for one in server.ask("/model")[1]["traffic"]] for _ in looks
                    )
                )  # type: ignore[misc]
                sticky(server, workers)
                start = len(found) + 10
                until(lambda start=start: len(found) >= start + 900)  # type: ignore[misc]
                near(share, [version == other for _, version in found[start:]])
        finally:
            ends.set()
            for one in clients:
                one.join()
    assert {status for status, _ in found} == {200}


def sticky(server: Server, workers: int) -> None:
    """Ask keys several times, each over a connection of its own: one key has one version."""
    for number in range(10 if workers > 1 else 2):
        body = {"rows": [{"x": 1}], "key": f"customer-{number}"}
        assert len({server.ask("/predict", body)[2]["mlgit-version"] for _ in range(2 + 3 * workers)}) == 1


def near(share: float, chosen: Sequence[bool]) -> None:
    """Hold a share of the answers within three standard errors and a half: keys differ with each run, and so do the draws."""
    error = (share * (1 - share) / len(chosen)) ** 0.5
    assert abs(sum(chosen) / len(chosen) - share) < 3.5 * error


GOOD = b'POST /predict HTTP/1.1\r\nHost: x\r\ncontent-length: 20\r\n\r\n{"rows": [{"x": 3}]}'


def malformed(chance: random.Random) -> bytes:
    """A request with something wrong: cut, flipped, doubled, or with another length."""
    content = bytearray(GOOD)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content))
        match chance.randrange(5):
            case 0:
                del content[at:]
                content += b"\r\n"
            case 1:
                content[at] = chance.randrange(256)
            case 2:
                content[at:at] = chance.randbytes(chance.randint(1, 40))
            case 3:
                content += GOOD[: chance.randrange(len(GOOD))]
            case 4:
                content = bytearray(
                    content.replace(b"20", str(chance.choice((-1, 0, 19, 21, 10**12))).encode())
                )
    return bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ten_thousand_malformed_requests(person: Person, workers: int) -> None:
    malformed_requests(person, 10_000, workers)


def test_malformed_requests(person: Person) -> None:
    malformed_requests(person, 60)


def malformed_requests(person: Person, number: int, workers: int = 1) -> None:
    """Send them, each over a connection of its own; the server answers well afterwards, lost no process and has not grown."""
    chance = random.Random(1)
    (person.folder / "half.onnx").write_bytes(slope(0.5))
    with served(person.folder, "half.onnx", "--seconds", "1", "--workers", str(workers)) as server:
        host, port = server.address.removeprefix("http://").split(":")
        until(lambda: len(processes(server)) == (workers if workers > 1 else 0))
        for _ in range(8 * workers):
            assert server.predict(3) == [1.5]
        before, started = memory(server), processes(server)
        for _ in range(number):
            with socket.create_connection((host, int(port)), 10) as client:
                client.sendall(malformed(chance))
                client.settimeout(0.01)
                try:
                    said = client.recv(65_536)
                except OSError:
                    continue
                assert not said.startswith(b"HTTP/1.1 5"), said
        assert server.predict(3) == [1.5]
        assert server.process.poll() is None
        assert processes(server) == started
        assert memory(server) - before < 30_000_000 * workers


def processes(server: Server) -> list[int]:
    """The workers of a server that has some."""
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(server: Server) -> int:
    """Bytes that a server and its workers have in memory."""
    return resident(server) + sum(map(resident_of, processes(server)))


@pytest.mark.slow
def test_ten_thousand_rows_are_answered_as_scikit_learn_answers_them(person: Person) -> None:
    import numpy as np
    import pyarrow.ipc
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.linear_model import LogisticRegression

    chance = np.random.default_rng(1)
    table = chance.normal(size=(10_000, 3)).astype(np.float32)
    model = LogisticRegression().fit(table, (table.sum(axis=1) + chance.normal(size=10_000) > 0).astype(int))
    graph = to_onnx(
        model,
        initial_types=[("x", FloatTensorType([None, 3]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    (person.folder / "three.onnx").write_bytes(graph.SerializeToString())
    names = ["x_0", "x_1", "x_2"]
    rows = [dict(zip(names, map(float, row), strict=True)) for row in table]
    person.write(
        "rows.csv", "\n".join([",".join(names), *(",".join(map(repr, row.values())) for row in rows)]) + "\n"
    )
    expected = model.predict_proba(table)
    with served(person.folder, "three.onnx") as server:
        by_row = server.ask("/predict", {"rows": rows})[1]
        by_column = server.ask(
            "/predict", {"columns": {name: [row[name] for row in rows] for name in names}}
        )[1]
        tensors = [
            {"name": name, "shape": [10_000], "datatype": "FP64", "data": [row[name] for row in rows]}
            for name in names
        ]
        raw = table.astype("<f4").tobytes()
        octets = "application/octet-stream"
        answered = server.ask_bytes("/predict", raw, **{"content-type": octets, "accept": octets})
        by_raw = np.frombuffer(answered, "<f4").reshape(-1, 2)
        arrow = "application/vnd.apache.arrow.stream"
        stream = streamed({name: table[:, at] for at, name in enumerate(names)})
        answered = server.ask_bytes("/predict", stream, **{"content-type": arrow, "accept": arrow})
        by_arrow = pyarrow.ipc.open_stream(answered).read_all()
        by_tensor = server.ask("/v2/models/three/infer", {"inputs": tensors})[1]["outputs"]
    assert by_row == by_column
    assert np.abs(by_raw - expected).max() < 1e-5
    assert np.abs(by_arrow["probability_1"].to_numpy() - expected[:, 1]).max() < 1e-5
    assert np.abs(np.array(by_row["probabilities"]) - expected).max() < 1e-5
    assert by_row["predictions"] == model.predict(table).tolist()
    assert np.abs(np.array(by_tensor[1]["data"]).reshape(-1, 2) - expected).max() < 1e-5
    person.mlgit("predict", "three.onnx", "rows.csv", "-o", "out.csv")
    assert np.abs(column(person.folder / "out.csv", "probability_1") - expected[:, 1]).max() < 1e-5


def test_a_model_that_is_damaged_while_it_runs_goes_on_answering(servable: Servable) -> None:
    """What was loaded stays; a restart takes it again by its digest, or refuses."""
    with served(servable.desk.folder, "small@v0.1.0") as server:
        assert server.predict(2) == [10.0]
        for one in (servable.desk.folder / ".git" / "mlgit" / "models").rglob("*"):
            if one.is_file():
                one.chmod(0o644)
                one.write_bytes(b"damaged")
        assert server.predict(3) == [15.0]
        assert server.ask("/model")[1]["digest"]
    with served(servable.desk.folder, "small@v0.1.0") as server:
        assert server.predict(2) == [10.0]


def column(path: Path, name: str) -> Any:
    """The numbers of a column of a CSV."""
    import csv

    import numpy as np

    with path.open(newline="") as stream:
        return np.array([float(row[name]) for row in csv.DictReader(stream)])
