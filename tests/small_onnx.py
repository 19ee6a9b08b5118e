"""The smallest models in ONNX that a test needs, made in a millisecond."""

from __future__ import annotations

from typing import Any

from onnx import TensorProto, helper


def built(nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: list[Any]) -> bytes:
    graph = helper.make_graph(nodes, "small", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    content: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return content


def column(name: str, kind: int = TensorProto.FLOAT, width: int = 1) -> Any:
    return helper.make_tensor_value_info(name, kind, [None, width])


def slope(factor: float) -> bytes:
    """y = factor * x, of one column `x`."""
    constant = helper.make_tensor("factor", TensorProto.FLOAT, [1], [factor])
    node = helper.make_node("Mul", ["x", "factor"], ["y"])
    return built([node], [column("x")], [column("y")], [constant])


def mixed() -> bytes:
    """age + 100 * (0 for the plan basic, 1 for pro, 9 for another, 7 for none) + days since 1970."""
    nodes = [
        helper.make_node(
            "LabelEncoder", ["plan"], ["code"], domain="ai.onnx.ml",
            keys_strings=["basic", "pro", ""], values_floats=[0.0, 100.0, 700.0], default_float=900.0,
        ),
        helper.make_node("Add", ["age", "code"], ["sum"]),
        helper.make_node("Add", ["sum", "since"], ["y"]),
    ]  # fmt: skip
    inputs = [column("age"), column("plan", TensorProto.STRING), column("since")]
    return built(nodes, inputs, [column("y")], [])


def strict() -> bytes:
    """The plan as two columns, one a plan: any other one, also none, is a fault."""
    node = helper.make_node(
        "OneHotEncoder", ["plan"], ["hot"], domain="ai.onnx.ml", cats_strings=["basic", "pro"], zeros=0
    )
    flat = helper.make_node("Reshape", ["hot", "shape"], ["y"])
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 2])
    return built([node, flat], [column("plan", TensorProto.STRING)], [column("y", width=2)], [shape])
