"""Tensors in binary, as clients of the Open Inference Protocol send them behind the JSON of a request.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md and the binary tensor data
extension of https://github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from mlgit.serving.exchange import Problem

HEADER = b"inference-header-content-length"
NUMPY = {
    "BOOL": "?",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
DATATYPES = {"b": "BOOL", "u": "UINT", "i": "INT", "f": "FP"}


def divided(body: bytes, said: bytes) -> tuple[bytes, memoryview]:
    """Return the JSON of a body and the tensors behind it; raises `Problem` (400) where the header says it wrongly."""
    if not said:
        return body, memoryview(b"")
    if not said.isdigit() or len(said) > 18 or int(said) > len(body):
        raise Problem(400, "body-form", f"{HEADER.decode()} is the number of bytes of the JSON in the body")
    return body[: int(said)], memoryview(body)[int(said) :]


def column(name: str, kind: Any, content: memoryview) -> Any:
    """Return the values of a tensor: an array of numbers, or a list; raises `Problem` (422)."""
    if kind == "BYTES":
        try:
            return list(texts(content))
        except (struct.error, ValueError) as error:
            raise Problem(422, "body-form", f"the tensor {name[:80]!r} holds no texts: {error}") from error
    import numpy as np

    if kind not in NUMPY:
        raise Problem(422, "body-form", f"the tensor {name[:80]!r} has no datatype that is known")
    try:
        found = np.frombuffer(content, NUMPY[kind])
    except ValueError as error:
        raise Problem(
            422, "body-form", f"the tensor {name[:80]!r} has no whole number of values of {kind}"
        ) from error
    return found.tolist() if kind == "BOOL" else found


def texts(content: memoryview) -> Iterator[str]:
    """Yield the texts of a tensor: each is its length in four bytes, and its UTF-8; raises `struct.error` or `ValueError`."""
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        at += 4 + length
        if at > len(content):
            raise ValueError("the last text was cut")
        yield bytes(content[at - length : at]).decode()


def datatype(array: Any) -> str:
    """Return how the protocol calls the type of an array."""
    kind = DATATYPES.get(array.dtype.kind, "BYTES")
    return kind if kind in ("BOOL", "BYTES") else f"{kind}{8 * array.dtype.itemsize}"


def packed(array: Any) -> bytes:
    """Return the values of an array in binary."""
    if datatype(array) == "BYTES":
        parts = [str(one).encode() for one in array.tolist()]
        return b"".join(struct.pack("<I", len(one)) + one for one in parts)
    content: bytes = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return content
