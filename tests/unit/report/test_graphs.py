"""An estimator's own graph and that of its features are one, with the labels by name; thresholds keep their side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlgit.report.graphs import below, merged
from mlgit.report.onnx_export import session_of

onnx = pytest.importorskip("onnx")
VALUES = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]], dtype=np.float32)


def graph(nodes: list[Any], width: int, given: str, made: str, weights: dict[str, Any], opset: int) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    kept = [numpy_helper.from_array(np.asarray(one, dtype=np.float32), name) for name, one in weights.items()]
    body = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(given, TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info(made, TensorProto.FLOAT, [None, width])],
        kept,
    )
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def parts(opset: int) -> tuple[Any, Any]:
    from onnx import helper

    first = graph([helper.make_node("Mul", ["x", "two"], ["x2"])], 2, "x", "x2", {"two": 2.0}, 18)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["y"], axis=1)]
    own = graph(nodes, 3, "x", "y", {"w": [[1, 0, -1], [0, 1, 0]]}, opset)
    return first, own


@pytest.mark.parametrize("opset", [18, 17])
def test_both_graphs_are_one_with_the_likeliest_class(opset: int) -> None:
    found = merged(*parts(opset), ["a", "b", "ü"])
    labels, chances = session_of(found.SerializeToString()).run(None, {"x": VALUES})
    z = np.exp(2 * VALUES @ np.array([[1, 0, -1], [0, 1, 0]]))
    assert chances == pytest.approx(z / z.sum(axis=1, keepdims=True), abs=1e-6)
    assert [["a", "b", "ü"][place] for place in z.argmax(axis=1)] == labels.tolist()


def test_a_number_has_no_label() -> None:
    (said,) = session_of(merged(*parts(18), []).SerializeToString()).run(None, {"x": VALUES})
    assert said.shape == (3, 3)


def test_thresholds_keep_their_side() -> None:
    for value in (0.1, -0.1, 1e-35, 3.0, 16777217.0):
        short = below(value)
        assert short <= value
        assert short == np.float32(short)
        assert float(np.nextafter(np.float32(short), np.float32(np.inf))) > value
