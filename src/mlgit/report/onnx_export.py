"""The ONNX twin of a model of scikit-learn, and whether it predicts the same. Needs skl2onnx and onnxruntime.

Its inputs are `numbers` (32 bits), `categories` and `texts`, a column each for a feature. The columns of a `ColumnTransformer`
are named; ONNX knows positions in these inputs, so they are converted for the time of the export.
"""

from __future__ import annotations

import os
from copy import copy
from typing import Any

import numpy as np

from mlgit.report.graphs import merged, register_booster
from mlgit.report.tables import Table

OPSETS = {"": 18, "ai.onnx.ml": 3}
SKLEARN_WORD = r"(?u)\b\w\w+\b"
"""The pattern of a word by default in scikit-learn."""
ONNX_WORD = r"[\p{L}\p{N}_]{2,}"
"""The same words in the expressions of ONNX (RE2), where `\\w` knows no letter beyond ASCII."""


def exported(model: Any, sample: Table, name: str, tolerance: float) -> tuple[bytes | None, dict[str, Any]]:
    """Return the content of the file, None where it does not predict the same, and what is to be said of it.

    A model that cannot be converted is no error.
    """
    about: dict[str, Any] = {
        "format": "onnx",
        "reason": "",
        "rows_compared": len(sample),
        "tolerance": tolerance,
        "numbers": sample.numbers,
        "categories": sample.categories,
        "texts": sample.texts,
    }
    content = None
    try:
        content = converted(model, sample, name)
        labels, largest = difference(model, content, sample)
        about |= {"labels_differing": labels, "largest_difference": float(f"{largest:.1g}")}
        about["reason"] = verdict(labels, largest, tolerance)
    except Exception as error:  # whatever a converter thinks of a model
        about["reason"] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
    if about["reason"]:
        return None, {**about, "format": "skops"}
    return content, about


def converted(model: Any, table: Table, name: str) -> bytes:
    """Return a trained model as ONNX."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    if type(model[-1]).__name__.startswith("HistGradientBoosting"):
        register_plain(type(model[-1]))
    register_booster(type(model[-1]))
    types = {"numbers": FloatTensorType, "categories": StringTensorType, "texts": StringTensorType}
    inputs = [
        (kind, form([None, len(getattr(table, kind))]))
        for kind, form in types.items()
        if getattr(table, kind)
    ]
    by_place = with_positions(model, [*table.numbers, *table.categories, *table.texts])
    options = words_of(by_place)
    own = getattr(model[-1], "to_onnx", None)
    if own is not None:
        by_place = by_place[:-1]
    elif table.classes:
        options[id(by_place)] = {"zipmap": False}
    graph = to_onnx(by_place, initial_types=inputs, target_opset=OPSETS, options=options, name=name)
    if own is not None:
        width = model[:-1].transform(table.rows.head(1)).shape[1]
        graph = merged(graph, own(width), [str(one) for one in getattr(model[-1], "classes_", ())])
    opsets = sorted((opset.domain, opset.version) for opset in graph.opset_import)
    for opset, (domain, version) in zip(graph.opset_import, opsets, strict=True):
        opset.domain, opset.version = domain, version
    return bytes(graph.SerializeToString())


def words_of(model: Any) -> dict[int, Any]:
    """Return the options that have vectorizers of a pipeline's first step find the words that they find in scikit-learn.

    Raises `ValueError` for `sublinear_tf`: skl2onnx 1.20 takes log(1 + count) for scikit-learn's 1 + log(count), which shows
    in rows with a repeated word alone.
    """
    steps = [step for _, step, _ in model.steps[0][1].transformers_]
    if any(getattr(step, "sublinear_tf", False) for step in steps):
        raise ValueError("sublinear_tf of TfidfVectorizer is another function in ONNX")
    by_default = [step for step in steps if getattr(step, "token_pattern", None) == SKLEARN_WORD]
    return {id(step): {"tokenexp": ONNX_WORD} for step in by_default}


def with_positions(model: Any, names: list[str]) -> Any:
    """Return a copy of a trained pipeline whose first step finds its columns by their place instead of their name."""
    twin, first = copy(model), copy(model.steps[0][1])
    places = {name: place for place, name in enumerate(names)}

    def placed(chosen: Any) -> Any:
        if isinstance(chosen, str):
            return places[chosen]
        return [places.get(one, one) for one in chosen]

    for attribute in ("transformers", "transformers_"):
        parts = [(name, step, placed(chosen)) for name, step, chosen in getattr(first, attribute)]
        setattr(first, attribute, parts)
    first._columns = [placed(chosen) for chosen in first._columns]
    twin.steps = [(model.steps[0][0], first), *model.steps[1:]]
    return twin


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


def register_plain(trees: type) -> None:
    """Have skl2onnx convert these trees with plain numbers."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common._registration import get_converter, get_shape_calculator

    alias = f"Sklearn{trees.__name__}"
    converter = get_converter(alias)
    if getattr(converter, "plain", False):
        return

    def convert_trees(scope: Any, operator: Any, container: Any) -> Any:
        return converter(scope, operator, PlainAttributes(container))

    convert_trees.plain = True  # type: ignore[attr-defined]
    options = converter.get_allowed_options() if hasattr(converter, "get_allowed_options") else None
    update_registered_converter(
        trees, alias, get_shape_calculator(alias), convert_trees, overwrite=True, options=options
    )


def session_of(content: bytes) -> Any:
    """Return what runs an ONNX model in one thread."""
    # Without it onnxruntime tells its makers of each session.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return InferenceSession(content, options, providers=["CPUExecutionProvider"])


def difference(model: Any, content: bytes, table: Table) -> tuple[int, float]:
    """Return how many labels differ between the model and its twin, and the largest difference of a number.

    Scores differ by an absolute amount; predicted numbers by a share of the largest of them.
    """
    parts = {"numbers": np.float32, "categories": object, "texts": object}
    inputs = {
        kind: table.rows[getattr(table, kind)].to_numpy(form)
        for kind, form in parts.items()
        if getattr(table, kind)
    }
    outputs = session_of(content).run(None, inputs)
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
