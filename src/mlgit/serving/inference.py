"""The Open Inference Protocol, version 2, over JSON: what KServe and Triton clients speak.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
Each column is a tensor of its name with the shape [rows] or [rows, 1]; tensors in binary are asked for in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mlgit import __version__
from mlgit.data.profile import Storage
from mlgit.serving.asking import OPTIONS, Asked, Desk, listed, serializable
from mlgit.serving.exchange import Problem, Receive, Reply, Scope, body_of
from mlgit.serving.predictor import Answers
from mlgit.serving.served import Served

PATH = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?:/(?P<what>ready|infer))?")
DATATYPES: dict[Storage, str] = {
    "integer": "INT64",
    "float": "FP64",
    "boolean": "BOOL",
    "string": "BYTES",
    "date": "BYTES",
    "timestamp": "BYTES",
}
BINARY = ("binary_data", "binary_data_size")


async def answer(desk: Desk, scope: Scope, receive: Receive) -> Reply:
    """Answer a path below /v2; raises `Problem`."""
    path, method = scope["path"].rstrip("/"), scope["method"]
    found = PATH.fullmatch(path)
    infers = found is not None and found["what"] == "infer"
    if method not in (("POST",) if infers else ("GET", "HEAD")):
        raise Problem(405, "method", f"{path[:200]} is not asked with {method[:20]}")
    if path == "/v2":
        return reply({"name": "mlgit", "version": __version__, "extensions": []})
    if path == "/v2/health/live":
        return reply({"live": True})
    if path == "/v2/health/ready":
        return reply({"ready": True})
    if found is None:
        raise Problem(404, "path", "the Open Inference Protocol has no such address")
    served = named(desk, found["model"], found["version"])
    if infers:
        return await inferred(desk, scope, receive, served if found["version"] else None)
    if found["what"] == "ready":
        return reply({"name": served.release.name, "ready": True})
    return reply(metadata(served))


def named(desk: Desk, model: str, version: str | None) -> Served:
    """Return the model that a path names; raises `Problem` (404) where it does not run."""
    state = desk.live.state
    served = state.main if version is None else state.models.get(version)
    if served is None or served.release.name != model:
        raise Problem(
            404, "model-unknown", f"this server runs {state.main.release.name} {state.main.release.version}"
        )
    return served


async def inferred(desk: Desk, scope: Scope, receive: Receive, served: Served | None) -> Reply:
    """Answer a request for predictions."""
    asked, said = read(await body_of(scope, receive, desk.limits))
    used, answers = await desk.answer(asked, scope["mlgit.request"], served)
    return Reply(
        status=200,
        body=orjson.dumps(
            {
                "id": said if said is not None else scope["mlgit.request"],
                "model_name": used.release.name,
                "model_version": used.release.version,
                "outputs": outputs(answers, asked.count),
            },
            option=OPTIONS,
            default=listed,
        ),
        headers=used.headers,
    )


def read(body: bytes) -> tuple[Asked, str | None]:
    """Return the columns that a request asks about and its id; raises `Problem` (400, 422)."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(
            400, "body-json", f"the body is no JSON: {error}; binary tensors are not taken"
        ) from error
    tensors = said.get("inputs") if isinstance(said, dict) else None
    if not isinstance(tensors, list) or not all(type(one) is dict for one in tensors):
        raise Problem(422, "body-form", "inputs has to be a list of tensors")
    columns: dict[str, list[Any]] = {}
    for one in tensors:
        name, values = tensor(one)
        if name in columns:
            raise Problem(422, "body-form", f"two tensors are called {name[:80]!r}")
        columns[name] = values
    name = said.get("id")
    return Asked(columns=columns), name if isinstance(name, str) else None


def tensor(one: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a tensor of a request as a column; raises `Problem` (422)."""
    name, shape, data = one.get("name"), one.get("shape"), one.get("data")
    if not isinstance(name, str) or not isinstance(data, list):
        raise Problem(
            422, "body-form", "a tensor needs a name and its data as JSON; binary tensors are not taken"
        )
    if data and all(type(value) is list and len(value) == 1 for value in data):
        data = [value[0] for value in data]
    if not isinstance(shape, list) or shape not in ([len(data)], [len(data), 1]):
        raise Problem(422, "body-form", f"the tensor {name[:80]!r} has to have the shape [rows] or [rows, 1]")
    if one.get("datatype") == "BOOL":
        data = [bool(value) if value in (0, 1) else value for value in data]
    return name, data


def outputs(answers: Answers, rows: int) -> list[dict[str, Any]]:
    """Return answers as tensors."""
    found = [output("predictions", answers.predictions, [rows])]
    scores = answers.probabilities
    if scores is not None:
        found.append(output("probabilities", scores, [rows, len(scores[0]) if rows else 0]))
    return found


def output(name: str, values: Any, shape: Sequence[int]) -> dict[str, Any]:
    """Return one tensor, flat as the protocol has it."""
    import numpy as np

    array = np.asarray(values)
    kind = {"i": "INT64", "u": "INT64", "b": "BOOL", "f": "FP32" if array.dtype.itemsize == 4 else "FP64"}
    flat = np.ascontiguousarray(array).reshape(-1)
    return {
        "name": name,
        "shape": list(shape),
        "datatype": kind.get(array.dtype.kind, "BYTES"),
        "data": serializable(flat),
    }


def metadata(served: Served) -> dict[str, Any]:
    """Return what a model takes and says."""
    return {
        "name": served.release.name,
        "versions": [served.release.version] if served.release.version else [],
        "platform": served.predictor.format,
        "inputs": [
            {"name": name, "datatype": DATATYPES[rule.type], "shape": [-1]}
            for name, rule in served.validator.rules.items()
        ],
        "outputs": [{"name": "predictions", "datatype": "FP32", "shape": [-1]}],
    }


def reply(said: Mapping[str, Any]) -> Reply:
    """Return an object as an answer."""
    return Reply(status=200, body=orjson.dumps(said))
