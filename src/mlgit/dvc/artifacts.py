"""Which outputs of a pipeline are models, told from dvc.yaml alone. Pure."""

from __future__ import annotations

import posixpath

from mlgit.dvc.paths import joined
from mlgit.dvc.pipeline import Pipeline
from mlgit.dvc.tracked import outputs

ENDINGS = (
    ".bst",
    ".cbm",
    ".ckpt",
    ".gguf",
    ".h5",
    ".joblib",
    ".keras",
    ".onnx",
    ".pickle",
    ".pkl",
    ".pmml",
    ".pt",
    ".pth",
    ".rds",
    ".safetensors",
    ".skops",
    ".tflite",
    ".ubj",
)
"""The endings of files that are models in the forms that people keep them in."""


def artifacts(folder: str, declared: Pipeline | None) -> frozenset[str]:
    """Return the outputs that dvc.yaml's `artifacts` name, else those that are models by their ending."""
    named = [joined(folder, path) for path in (declared.artifacts if declared else {}).values() if path]
    made = [path for path, output in outputs(folder, declared) if output.kind == "output"]
    by_name = [path for path in made if posixpath.splitext(path)[1].lower() in ENDINGS]
    return frozenset(path for path in named if path in made) or frozenset(by_name)
