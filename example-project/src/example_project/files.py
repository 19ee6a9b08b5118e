"""Write files that are the same bytes for the same content, and read models without trusting them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import skops.io

MODEL = "model.skops"
ONNX = "model.onnx"
BASELINE = "baseline.json"
EXPORT = "export.json"
CHOICE = "choice.json"
ZIP_START = (1980, 1, 1, 0, 0, 0)


def load_model(folder: Path, trusted_types: Iterable[str]) -> Any:
    """Load the model of a folder; a type that neither skops nor params.yaml trusts is refused, not loaded."""
    return skops.io.load(folder / MODEL, trusted=list(trusted_types))


def save_model(model: Any, folder: Path) -> None:
    """Save a model with skops, without the memory addresses and the time that would differ at every run."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        schema = json.loads(source.read("schema.json"))
        numbers: dict[str, str] = {}
        members = {"schema.json": json.dumps(renumbered(schema, numbers)).encode()}
        for name in source.namelist():
            if name != "schema.json":
                stem, _, ending = name.partition(".")
                members[f"{numbers[stem]}.{ending}"] = source.read(name)
    with zipfile.ZipFile(folder / MODEL, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name, ZIP_START), content, zipfile.ZIP_DEFLATED)


def renumbered(node: Any, numbers: dict[str, str]) -> Any:
    """Return the description of a model with its parts numbered in order instead of by memory address."""
    if isinstance(node, list):
        return [renumbered(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: renumbered(item, numbers) for key, item in node.items()}
    if "__id__" in copy:
        copy["__id__"] = int(numbers.setdefault(str(copy["__id__"]), str(len(numbers) + 1)))
    if "file" in copy:
        stem, _, ending = copy["file"].partition(".")
        copy["file"] = f"{numbers.setdefault(stem, str(len(numbers) + 1))}.{ending}"
    return copy


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people to read; numbers keep every digit they have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
