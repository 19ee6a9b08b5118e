"""`mlgit serve` beside FastAPI, LitServe, BentoML and MLflow on the same model, in one run, over loopback.

    python benchmarks/serve.py [--seconds 5] [--peers PYTHON] [--connections 1 8 64]

`wrk` has to be installed; `--peers` is a Python that has the peers (pip install fastapi uvicorn litserve bentoml mlflow
scikit-learn pandas), by default this one. The request is one raw row with a date, a category and a missing number; every server has
to answer what scikit-learn says before it is measured. Prints requests a second, p50 and p99 in ms, seconds until the first
answer, and the memory of the process with its children; then what the parts of one answer cost without HTTP.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import timeit
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent.parent / "src"
TURNS = 2000
ROW = {"age": 41.0, "income": None, "plan": "pro", "since": "2020-03-14"}
SCHEMA = """\
version: 1
columns:
  age: {type: float, min: 0, max: 120}
  income: {type: float, max_null_share: 0.5}
  plan: {type: string, categories: [basic, pro, team]}
  since: {type: date}
"""
SETTINGS = """\
version: 1
models: {churn: {artifact: churn.onnx}}
data: {customers: {path: customers.csv, schema: schema.yaml}}
"""
COMMON = """\
import pickle
from pathlib import Path
import pandas as pd
MODEL = pickle.loads(Path("churn.pkl").read_bytes())
def answer(rows):
    frame = pd.DataFrame(rows)
    frame["since"] = (pd.to_datetime(frame["since"]) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    frame[["age", "income"]] = frame[["age", "income"]].astype(float)
    return {"predictions": MODEL.predict(frame).tolist(), "probabilities": MODEL.predict_proba(frame).tolist()}
"""
FASTAPI = """\
from common import answer
from fastapi import FastAPI
from pydantic import BaseModel
class Row(BaseModel):
    age: float
    income: float | None = None
    plan: str
    since: str
class Rows(BaseModel):
    rows: list[Row]
app = FastAPI()
@app.post("/predict")
def predict(asked: Rows):
    return answer([row.model_dump() for row in asked.rows])
"""
LITSERVE = """\
import sys
import litserve
from common import answer
class Api(litserve.LitAPI):
    def setup(self, device):
        pass
    def decode_request(self, request):
        return request["rows"]
    def predict(self, batch):
        counts = [len(rows) for rows in batch]
        whole = answer([row for rows in batch for row in rows])
        found, start = [], 0
        for count in counts:
            found.append({name: values[start:start + count] for name, values in whole.items()})
            start += count
        return found
    def batch(self, inputs):
        return inputs
    def unbatch(self, output):
        return output
    def encode_response(self, output):
        return output
if __name__ == "__main__":
    server = litserve.LitServer(Api(max_batch_size=64, batch_timeout=0.005), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error")
"""
BENTOML = """\
import bentoml
from common import answer
@bentoml.service(workers=1, traffic={"timeout": 60})
class Churn:
    @bentoml.api
    def predict(self, rows: list[dict]) -> dict:
        return answer(rows)
"""
MLFLOW = """\
import sys
import mlflow.pyfunc
from common import answer
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        from common import answer
        return answer(model_input.to_dict("records"))
if __name__ == "__main__":
    mlflow.pyfunc.save_model("mlflow-model", python_model=Model(), code_paths=["common.py"], artifacts={})
"""
LUA = """\
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = [[{body}]]
"""


def train(folder: Path, python: str) -> dict[str, Any]:
    """Leave the same model as churn.pkl, which the Python of the peers makes, and churn.onnx; return its answer to the row."""
    (folder / "train.py").write_text(TRAIN)
    subprocess.run((python, "train.py"), cwd=folder, check=True)
    subprocess.run((sys.executable, "convert.py"), cwd=folder, check=True)
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return found


TRAIN = """\
import json, pickle
import numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
random = np.random.default_rng(1)
n = 4000
rows = pd.DataFrame({"age": random.uniform(18, 90, n), "income": random.lognormal(3, 1, n), "plan": random.choice(["basic", "pro", "team"], n), "since": random.integers(10000, 20000, n).astype(float)})
rows.loc[random.random(n) < 0.2, "income"] = np.nan
labels = (rows["age"] / 90 + (rows["plan"] == "pro") + random.normal(0, 0.4, n) > 1).astype(int)
model = make_pipeline(ColumnTransformer([("plan", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["plan"])], remainder="passthrough"), HistGradientBoostingClassifier(max_iter=100, random_state=1)).fit(rows, labels)
open("churn.pkl", "wb").write(pickle.dumps(model))
import common
json.dump(common.answer([json.loads(open("row.json").read())]), open("expected.json", "w"))
"""
CONVERT = """\
import pickle
from pathlib import Path
import numpy as np
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
class Plain:
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name): return getattr(self.inner, name)
    def add_node(self, kind, inputs, outputs, **more):
        plain = {key: [int(item) if isinstance(item, (bool, np.bool_, np.integer)) else item for item in value] if isinstance(value, list) else value for key, value in more.items()}
        return self.inner.add_node(kind, inputs, outputs, **plain)
model = pickle.loads(Path("churn.pkl").read_bytes())
kind = type(model[-1]); alias = "Sklearn" + kind.__name__; convert = get_converter(alias)
update_registered_converter(kind, alias, get_shape_calculator(alias), lambda scope, operator, container: convert(scope, operator, Plain(container)), overwrite=True, options=convert.get_allowed_options())
graph = to_onnx(model, initial_types=[("age", FloatTensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("plan", StringTensorType([None, 1])), ("since", FloatTensorType([None, 1]))], target_opset={"": 18, "ai.onnx.ml": 3}, options={id(model): {"zipmap": False}})
Path("churn.onnx").write_bytes(graph.SerializeToString())
"""


def commands(python: str, port: int) -> dict[str, tuple[tuple[str, ...], str, Any]]:
    """Return how each server is started, the path that is asked, and what is sent."""
    rows = {"rows": [ROW]}
    asked = {"dataframe_records": [ROW]}
    return {
        "mlgit serve": (
            (sys.executable, "-m", "mlgit", "serve", "./churn.onnx", "--port", str(port)),
            "/predict",
            rows,
        ),
        "FastAPI + scikit-learn": (
            (python, "-m", "uvicorn", "fastapi_app:app", "--port", str(port), "--log-level", "error"),
            "/predict",
            rows,
        ),
        "LitServe": ((python, "litserve_app.py", str(port)), "/predict", rows),
        "BentoML": (
            (python, "-m", "bentoml", "serve", "bentoml_app:Churn", "--port", str(port)),
            "/predict",
            rows,
        ),
        "MLflow": (
            (
                python,
                "-m",
                "mlflow",
                "models",
                "serve",
                "-m",
                "mlflow-model",
                "--env-manager",
                "local",
                "-p",
                str(port),
            ),
            "/invocations",
            asked,
        ),
    }


@contextmanager
def running(folder: Path, command: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process group of its own, and end it with all that it started."""
    programs = f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": programs,
        "PYTHONPATH": f"{SOURCE}{os.pathsep}{folder}",
        "OMP_NUM_THREADS": "1",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(address: str, body: Any) -> Any:
    """Return what a server answers."""
    request = urllib.request.Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def first_answer(address: str, body: Any, process: subprocess.Popen[bytes]) -> Any:
    """Return the first answer of a server that starts."""
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            return ask(address, body)
        except OSError:
            time.sleep(0.02)
    return None


def memory(group: int) -> float:
    """Return the memory of a process group in MB: what each process has for itself, and its share of the rest."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(place.name)) == group:
                total += int(re.search(r"^Pss:\s+(\d+)", (place / "smaps_rollup").read_text(), re.M)[1])  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return total / 1024


def load(
    address: str, body: Any, connections: int, seconds: float, folder: Path
) -> tuple[float, float, float, int]:
    """Return requests a second, p50 and p99 in ms, and how many failed."""
    script = folder / "ask.lua"
    script.write_text(LUA.replace("{body}", json.dumps(body)))
    words = (
        "wrk",
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{seconds:.0f}s",
        "--latency",
        "--timeout",
        "10s",
    )
    said = subprocess.run(
        (*words, "-s", str(script), address), capture_output=True, text=True, check=True
    ).stdout
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    p50, p99 = (
        float(found[1]) * scale[found[2]]
        for name in ("50", "99")
        if (found := re.search(rf"^\s+{name}%\s+([\d.]+)(us|ms|s)", said, re.M))
    )
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), p50, p99, int(failed[1]) if failed else 0  # type: ignore[index]


def agrees(answer: Any, expected: dict[str, Any]) -> bool:
    """Tell whether a server says what scikit-learn says."""
    said = answer.get("predictions", answer) if isinstance(answer, dict) else answer
    scores = answer.get("probabilities") if isinstance(answer, dict) else None
    if isinstance(said, dict):
        said, scores = said["predictions"], said["probabilities"]
    near = all(
        abs(one - other) < 1e-5 for one, other in zip(scores[0], expected["probabilities"][0], strict=True)
    )
    return bool(said == expected["predictions"] and near)


def measure(folder: Path, name: str, python: str, expected: Any, arguments: argparse.Namespace) -> None:
    """Start a server, look at its answer, and print its line."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command, path, body = commands(python, port)[name]
    address = f"http://127.0.0.1:{port}{path}"
    began = time.monotonic()
    with running(folder, command) as process:
        answer = first_answer(address, body, process)
        start = time.monotonic() - began
        if answer is None:
            print(f"{name:<24} does not answer: {(folder / 'log').read_text(errors='replace')[-300:]}")
            return
        agreed = "agrees" if agrees(answer, expected) else f"DIFFERS: {answer}"
        figures = [load(address, body, one, arguments.seconds, folder) for one in arguments.connections]
        held = memory(process.pid)
    said = "".join(f"{rate:>10,.0f} {p50:>7.2f} {p99:>8.2f}" for rate, p50, p99, _ in figures)
    print(
        f"{name:<24}{start:>6.1f} s {held:>6.0f} MB {said}  {agreed}, {sum(one[3] for one in figures)} failed",
        flush=True,
    )


def parts(folder: Path) -> str:
    """Return in microseconds what each part of one answer costs without HTTP: how far a server may get."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from mlgit.serving.asking import Desk, read, written
    from mlgit.serving.calls import Calls
    from mlgit.serving.counters import Counters
    from mlgit.serving.exchange import Limits
    from mlgit.serving.live import Live
    from mlgit.serving.release import release_of
    from mlgit.serving.served import serve

    served = serve(release_of(folder / "churn.onnx"))
    body = json.dumps({"rows": [ROW]}).encode()
    asked = read(body)
    columns = served.validator.from_rows(asked.rows or [])
    answers = served.predict(columns)
    costs = {
        "read": lambda: read(body),
        "rules": lambda: served.validator.from_rows(asked.rows or []),
        "model": lambda: served.predict(columns),
        "write": lambda: written(answers),
    }
    found = {name: quickest(one) for name, one in costs.items()}
    with ThreadPoolExecutor(1) as executor:
        desk = Desk(Live.of(served), Calls(executor), Limits(), Counters(), None)

        async def answered() -> float:
            began = time.perf_counter()
            for _ in range(TURNS):
                await desk.answer(asked, "1")
            return (time.perf_counter() - began) / TURNS * 1e6

        found["rules, model, counters"] = min(asyncio.run(answered()) for _ in range(5))
    return ", ".join(f"{name} {cost:.0f}" for name, cost in found.items())


def quickest(call: Callable[[], object]) -> float:
    """Return the microseconds of a call: the best of five series."""
    return min(timeit.repeat(call, number=TURNS, repeat=5)) / TURNS * 1e6


def main() -> int:
    """Measure every server in its turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--only", nargs="+", default=[])
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt install wrk")
        return 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = {
            "common.py": COMMON, "fastapi_app.py": FASTAPI, "litserve_app.py": LITSERVE, "bentoml_app.py": BENTOML,
            "mlflow_app.py": MLFLOW, "schema.yaml": SCHEMA, "mlgit.yaml": SETTINGS, "row.json": json.dumps(ROW),
            "convert.py": CONVERT,
        }  # fmt: skip
        for name, text in files.items():
            (folder / name).write_text(text)
        expected = train(folder, arguments.peers)
        columns = "".join(
            f"{f'{one} conn: req/s':>12} {'p50':>5} {'p99 ms':>8}" for one in arguments.connections
        )
        print(f"{'server':<24}{'start':>8} {'memory':>9} {columns}")
        for name in commands(arguments.peers, 0):
            if arguments.only and name not in arguments.only:
                continue
            if name == "MLflow":
                subprocess.run(
                    (arguments.peers, "mlflow_app.py"), cwd=folder, capture_output=True, check=False
                )
            measure(folder, name, arguments.peers, expected, arguments)
        print(f"one answer of mlgit without HTTP, microseconds: {parts(folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
