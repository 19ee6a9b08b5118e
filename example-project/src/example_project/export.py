"""The ONNX twin of a model: kept only when it predicts the same on held-out rows, else export.json says why not."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from files import EXPORT, ONNX, write_json
from settings import Settings
from tables import Table

OPSETS = {"": 18, "ai.onnx.ml": 3}


class PlainAttributes:
    """The container that skl2onnx fills, with NumPy's integers and booleans turned into Python's.

    skl2onnx 1.20 hands over the values of HistGradientBoosting's nodes as they are, and onnx refuses them.
    """

    def __init__(self, container: Any) -> None:
        self.container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self.container, name)

    def add_node(self, kind: Any, inputs: Any, outputs: Any, **attributes: Any) -> Any:
        """Add a node as skl2onnx does."""
        plain = {name: plain_value(value) for name, value in attributes.items()}
        return self.container.add_node(kind, inputs, outputs, **plain)


def plain_value(value: Any) -> Any:
    """Return a list of whole numbers as Python's own, anything else as it is."""
    if not isinstance(value, list):
        return value
    whole = (bool, np.bool_, np.integer)
    return [int(item) if isinstance(item, whole) else item for item in value]


def convert(model: Any, table: Table, name: str) -> bytes:
    """Return the model as ONNX with the inputs `numbers` (float32), `categories` and `texts`, one row an item."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    if type(model[-1]).__name__.startswith("HistGradientBoosting"):
        register_plain(type(model[-1]))
    inputs: list[tuple[str, Any]] = []
    if table.numbers:
        inputs.append(("numbers", FloatTensorType([None, len(table.numbers)])))
    if table.categories:
        inputs.append(("categories", StringTensorType([None, len(table.categories)])))
    if table.texts:
        inputs.append(("texts", StringTensorType([None, len(table.texts)])))
    plain_scores = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else {}
    graph = to_onnx(model, initial_types=inputs, target_opset=OPSETS, options=plain_scores, name=name)
    opsets = sorted((opset.domain, opset.version) for opset in graph.opset_import)
    for opset, (domain, version) in zip(graph.opset_import, opsets, strict=True):
        opset.domain, opset.version = domain, version
    return bytes(graph.SerializeToString())


def register_plain(trees: type) -> None:
    """Have skl2onnx convert these trees with plain numbers."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common._registration import get_converter, get_shape_calculator

    alias = f"Sklearn{trees.__name__}"
    converter = get_converter(alias)

    def convert_trees(scope: Any, operator: Any, container: Any) -> Any:
        return converter(scope, operator, PlainAttributes(container))

    options = converter.get_allowed_options()
    update_registered_converter(
        trees, alias, get_shape_calculator(alias), convert_trees, overwrite=True, options=options
    )


def onnx_inputs(table: Table) -> dict[str, np.ndarray[Any, Any]]:
    """Return the rows of a table as the inputs of the ONNX model."""
    inputs = {}
    if table.numbers:
        inputs["numbers"] = table.rows[table.numbers].to_numpy(np.float32)
    if table.categories:
        inputs["categories"] = table.rows[table.categories].to_numpy(object)
    if table.texts:
        inputs["texts"] = table.rows[list(table.texts)].to_numpy(object)
    return inputs


def onnx_outputs(content: bytes, table: Table) -> list[np.ndarray[Any, Any]]:
    """Return what the ONNX model says of every row: labels and scores, or numbers."""
    # Without it onnxruntime tells its makers of each session.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    session = InferenceSession(content, options, providers=["CPUExecutionProvider"])
    outputs: list[np.ndarray[Any, Any]] = session.run(None, onnx_inputs(table))
    return outputs


def difference(model: Any, content: bytes, table: Table) -> tuple[int, float]:
    """Return how many labels differ between the model and its twin, and the largest difference of a number.

    Scores differ by an absolute amount; predicted numbers by a share of the largest of them.
    """
    outputs = onnx_outputs(content, table)
    expected = model.predict(table.rows)
    if len(outputs) == 1:
        scale = max(float(np.abs(expected).max()), float(np.finfo(np.float32).tiny))
        return 0, float(np.abs(outputs[0].ravel() - expected).max()) / scale
    scores = model.predict_proba(table.rows)
    return int(np.sum(outputs[0] != expected)), float(np.abs(outputs[1] - scores).max())


def verdict(labels: int, largest: float, tolerance: float) -> str:
    """Return why the twin is not kept; nothing when it is."""
    if labels:
        return f"{labels:,} labels differ"
    if not largest <= tolerance:
        return f"numbers differ by up to {largest:.3g}, more than {tolerance:g}"
    return ""


def export_onnx(model: Any, held_out: Table, settings: Settings) -> str:
    """Write model.onnx when it agrees, and export.json in any case; return a sentence about it.

    A model that cannot be converted is no error: it is served by scikit-learn then.
    """
    sample = held_out.at(range(min(len(held_out.ids), settings.export_rows)))
    report: dict[str, Any] = {
        "format": "onnx",
        "reason": "",
        "rows_compared": len(sample.ids),
        "tolerance": settings.export_tolerance,
        "numbers": sample.numbers,
        "categories": sample.categories,
        "texts": list(sample.texts),
        "classes": list(settings.classes),
    }
    try:
        content = convert(model, sample, settings.model.name)
        labels, largest = difference(model, content, sample)
        report["reason"] = verdict(labels, largest, settings.export_tolerance)
        report["labels_differing"], report["largest_difference"] = labels, float(f"{largest:.1g}")
    except Exception as error:
        report["reason"] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    if report["reason"]:
        report["format"] = "skops"
    else:
        (settings.model / ONNX).write_bytes(content)
    write_json(settings.model / EXPORT, report)
    return f"no ONNX: {report['reason']}" if report["reason"] else "ONNX predicts the same"
