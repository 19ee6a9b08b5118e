"""The Open Inference Protocol, version 2, over HTTP: what KServe and Triton clients speak.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
Each column is a tensor of its name with the shape [rows] or [rows, 1], in JSON or in binary behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from mlgit import __version__
from mlgit.data.profile import Storage
from mlgit.serving.asking import OPTIONS, Asked, Desk, hint_of, listed, serializable
from mlgit.serving.bodies import tensors
from mlgit.serving.exchange import Problem, Receive, Reply, Scope, body_of, header
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
OCTETS = b"application/octet-stream"


async def answer(desk: Desk, scope: Scope, receive: Receive) -> Reply:
    """Answer a path below /v2; raises `Problem`."""
    path, method = scope["path"].rstrip("/"), scope["method"]
    found = PATH.fullmatch(path)
    infers = found is not None and found["what"] == "infer"
    if method not in (("POST",) if infers else ("GET", "HEAD")):
        raise Problem(405, "method", f"{path[:200]} is not asked with {method[:20]}")
    if path == "/v2":
        return reply({"name": "mlgit", "version": __version__, "extensions": ["binary_tensor_data"]})
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


class Inferring(Struct, frozen=True, kw_only=True):
    """A request for predictions: its rows, its id, and which outputs it wants in binary; None: all, as `binary` says."""

    asked: Asked
    id: str | None = None
    wanted: Mapping[str, bool] | None = None
    binary: bool = False

    def says(self, output: str) -> bool:
        """Tell whether an output is wanted."""
        return self.wanted is None or output in self.wanted

    def in_binary(self, output: str) -> bool:
        """Tell whether an output is wanted in binary."""
        return self.binary if self.wanted is None else self.wanted[output]


async def inferred(desk: Desk, scope: Scope, receive: Receive, served: Served | None) -> Reply:
    """Answer a request for predictions."""
    request = read(await body_of(scope, receive, desk.limits), header(scope, tensors.HEADER))
    used, answers = await desk.answer(request.asked, scope["mlgit.request"], served)
    found = {name: one for name, one in outputs(answers).items() if request.says(name)}
    if request.wanted is not None and len(found) != len(request.wanted):
        raise Problem(422, "body-form", f"the outputs of this model are {' and '.join(outputs(answers))}")
    written = {name: written_output(name, one, request.in_binary(name)) for name, one in found.items()}
    said = orjson.dumps(
        {
            "id": request.id if request.id is not None else scope["mlgit.request"],
            "model_name": used.release.name,
            "model_version": used.release.version,
            "outputs": [one for one, _ in written.values()],
        },
        option=OPTIONS,
        default=listed,
    )
    binary = b"".join(content for _, content in written.values())
    if not binary:
        return Reply(status=200, body=said, headers=used.headers)
    length = (tensors.HEADER, str(len(said)).encode())
    return Reply(status=200, body=said + binary, kind=OCTETS, headers=(*used.headers, length))


def read(body: bytes, said_length: bytes) -> Inferring:
    """Return what a request asks; `said_length` is the header of one with binary tensors. Raises `Problem` (400, 422)."""
    text, binary = tensors.divided(body, said_length)
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "body-json", f"the body is no JSON: {error}{hint_of(text)}") from error
    columns: dict[str, Any] = {}
    at = 0
    for one in objects(said, "inputs"):
        name, values, length = tensor(one, binary[at:])
        if name in columns:
            raise Problem(422, "body-form", f"two tensors are called {name[:80]!r}")
        columns[name] = values
        at += length
    if at != len(binary):
        raise Problem(
            422, "body-form", f"the tensors have {at:,} bytes in binary, and the body {len(binary):,}"
        )
    name = said.get("id")
    return Inferring(
        asked=Asked(columns=columns),
        id=name if isinstance(name, str) else None,
        wanted=wanted(said) if said.get("outputs") else None,
        binary=parameter(said, "binary_data_output") is True,
    )


def objects(said: Any, key: str) -> list[dict[str, Any]]:
    """Return a list of objects of a request; raises `Problem` (422)."""
    found = said.get(key) if isinstance(said, dict) else None
    if not isinstance(found, list) or not all(type(one) is dict for one in found):
        raise Problem(422, "body-form", f"{key} has to be a list of tensors")
    return found


def parameter(said: Mapping[str, Any], name: str) -> Any:
    """Return a parameter of a request or a tensor, None without it; raises `Problem` (422)."""
    found = said.get("parameters", {})
    if type(found) is not dict:
        raise Problem(422, "body-form", "parameters has to be an object")
    return found.get(name)


def wanted(said: Mapping[str, Any]) -> dict[str, bool]:
    """Return the outputs that a request names, and which of them it wants in binary; raises `Problem` (422)."""
    found = {}
    for one in objects(said, "outputs"):
        if not isinstance(one.get("name"), str) or parameter(one, "classification"):
            raise Problem(422, "body-form", "an output has a name, and no classification")
        asked = parameter(one, "binary_data")
        found[one["name"]] = parameter(said, "binary_data_output") is True if asked is None else asked is True
    return found


def tensor(one: Mapping[str, Any], binary: memoryview) -> tuple[str, Any, int]:
    """Return a tensor of a request as a column, and how many bytes of `binary` it has; raises `Problem` (422)."""
    name, shape, data = one.get("name"), one.get("shape"), one.get("data")
    length = parameter(one, "binary_data_size")
    if not isinstance(name, str) or (data is None) is (length is None):
        raise Problem(422, "body-form", "a tensor needs a name, and its data in JSON or in binary")
    if length is not None:
        if type(length) is not int or not 0 <= length <= len(binary):
            raise Problem(422, "body-form", f"the tensor {name[:80]!r} has another size than its bytes")
        data = tensors.column(name, one.get("datatype"), binary[:length])
    elif not isinstance(data, list):
        raise Problem(422, "body-form", f"the data of the tensor {name[:80]!r} has to be a list")
    elif data and all(type(value) is list and len(value) == 1 for value in data):
        data = [value[0] for value in data]
    if not isinstance(shape, list) or shape not in ([len(data)], [len(data), 1]):
        raise Problem(422, "body-form", f"the tensor {name[:80]!r} has to have the shape [rows] or [rows, 1]")
    if one.get("datatype") == "BOOL":
        data = [bool(value) if value in (0, 1) else value for value in data]
    return name, data, length or 0


def outputs(answers: Answers) -> dict[str, Any]:
    """Return answers as arrays by the names that the outputs have."""
    import numpy as np

    found = {"predictions": np.asarray(answers.predictions)}
    if answers.probabilities is not None:
        found["probabilities"] = np.asarray(answers.probabilities)
    return found


def written_output(name: str, array: Any, in_binary: bool) -> tuple[dict[str, Any], bytes]:
    """Return one output as JSON, and its bytes where it is wanted in binary."""
    import numpy as np

    said: dict[str, Any] = {"name": name, "shape": list(array.shape), "datatype": tensors.datatype(array)}
    if not in_binary:
        return {**said, "data": serializable(np.ascontiguousarray(array).reshape(-1))}, b""
    content = tensors.packed(array.reshape(-1))
    return {**said, "parameters": {"binary_data_size": len(content)}}, content


def metadata(served: Served) -> dict[str, Any]:
    """Return what a model takes and says."""
    return {
        "name": served.release.name,
        "versions": [served.release.version] if served.release.version else [],
        **({"digest": served.release.digest} if served.release.digest else {}),
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
