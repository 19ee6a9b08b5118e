"""ONNX of models beyond scikit-learn: LightGBM and XGBoost, and estimators that bring their own graph.

An estimator at the end of a Pipeline that has a method `to_onnx(width)` gives the graph from a row of so many numbers to a
chance for every class, or to a number; the steps before it come from skl2onnx, and both are one graph then. Needs onnx, for
LightGBM and XGBoost onnxmltools too, for `torch_graph` PyTorch.
"""

from __future__ import annotations

import io
import re
from typing import Any

BOOSTERS = {"LGBM": "lightgbm", "XGB": "xgboost"}
"""What the names of classes start with that onnxmltools converts, and the library."""
FEATURES = "features"
CHANCES = "chances"
LABELS = "label"


def register_booster(kind: type) -> None:
    """Have skl2onnx convert a class of LightGBM or XGBoost by onnxmltools; any other class is left alone."""
    start = next((one for one in BOOSTERS if kind.__name__.startswith(one)), None)
    if start is None or not kind.__name__.endswith(("Classifier", "Regressor")):
        return
    from skl2onnx import update_registered_converter
    from skl2onnx.common import shape_calculator

    convert: Any = convert_short
    if start == "XGB":
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

        convert = convert_xgboost
    if kind.__name__.endswith("Classifier"):
        shapes = shape_calculator.calculate_linear_classifier_output_shapes
        options: dict[str, Any] = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    else:
        shapes, options = shape_calculator.calculate_linear_regressor_output_shapes, {"split": None}
    update_registered_converter(
        kind, f"Mlgit{kind.__name__}", shapes, convert, overwrite=True, options=options
    )


def convert_short(scope: Any, operator: Any, container: Any) -> Any:
    """Convert a model of LightGBM with thresholds of 32 bits."""
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

    operator.raw_operator = with_short_thresholds(operator.raw_operator)
    return convert_lightgbm(scope, operator, container)


def with_short_thresholds(model: Any) -> Any:
    """Return a copy of a model of LightGBM whose thresholds have 32 bits, each the largest that is not above its own.

    Numbers of 32 bits fall on the same side of them. ONNX rounds to the nearest instead, and rows at a threshold change sides.
    """
    from copy import copy

    from lightgbm import Booster

    def short(line: re.Match[str]) -> str:
        return "threshold=" + " ".join(repr(below(float(one))) for one in line[1].split())

    text = re.sub(r"^tree_sizes=.*\n", "", model.booster_.model_to_string(), flags=re.M)
    twin = copy(model)
    twin._Booster = Booster(model_str=re.sub(r"^threshold=(.*)$", short, text, flags=re.M))
    return twin


def below(value: float) -> float:
    """Return the largest number of 32 bits that is not above a number.

    >>> below(0.1)
    0.09999999403953552
    """
    import numpy as np

    found = np.float32(value)
    return float(found if float(found) <= value else np.nextafter(found, np.float32(-np.inf)))


def torch_graph(net: Any, width: int) -> Any:
    """Return the ONNX graph of a net of PyTorch from rows of so many numbers to its answers, by PyTorch's own exporter."""
    import warnings

    import onnx
    import torch

    content = io.BytesIO()
    rows = {0: "rows"}
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the exporter that needs no further package calls itself the older one
        torch.onnx.export(
            net,
            (torch.zeros(2, width),),
            content,
            input_names=[FEATURES],
            output_names=[CHANCES],
            dynamic_axes={FEATURES: rows, CHANCES: rows},
            opset_version=18,
            dynamo=False,
        )
    return onnx.load_from_string(content.getvalue())


def merged(first: Any, own: Any, classes: list[str]) -> Any:
    """Return one graph of the features' graph and the estimator's own: chances with the likeliest class before them, or a number."""
    from onnx import TensorProto, checker, compose, helper, version_converter

    opsets = {one.domain: one.version for one in first.opset_import}
    if {one.domain: one.version for one in own.opset_import}.get("", opsets[""]) != opsets[""]:
        own = version_converter.convert_version(own, opsets[""])
    for one in own.opset_import:
        one.version = opsets.get(one.domain, one.version)
    own.ir_version = first.ir_version
    own = compose.add_prefix(own, "own_")
    answer = own.graph.output[-1].name
    whole = compose.merge_models(
        first,
        own,
        io_map=[(first.graph.output[0].name, own.graph.input[0].name)],
        outputs=[answer],
    )
    if not classes:
        return whole
    names = helper.make_tensor("names", TensorProto.STRING, [len(classes)], [one.encode() for one in classes])
    whole.graph.initializer.append(names)
    whole.graph.node.extend(
        [
            helper.make_node("ArgMax", [answer], ["likeliest"], axis=1, keepdims=0),
            helper.make_node("Gather", ["names", "likeliest"], [LABELS]),
            helper.make_node("Identity", [answer], [CHANCES]),
        ]
    )
    del whole.graph.output[:]
    whole.graph.output.extend(
        [
            helper.make_tensor_value_info(LABELS, TensorProto.STRING, [None]),
            helper.make_tensor_value_info(CHANCES, TensorProto.FLOAT, [None, len(classes)]),
        ]
    )
    checker.check_model(whole)
    return whole
