"""Models of scikit-learn as skops files: the same bytes for the same model, read with an allow-list. Needs skops."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ZIP_START = (1980, 1, 1, 0, 0, 0)


class UntrustedError(ValueError):
    """A model holds types that nobody trusts. The message names them in one sentence."""


def load_skops(path: Path, trusted: Sequence[str]) -> Any:
    """Load a model; raises `UntrustedError` for a type that neither skops nor `trusted` names. `pipeline.*` names all of a module."""
    import skops.io

    names = skops.io.get_untrusted_types(file=path)
    require(names, trusted)
    return skops.io.load(path, trusted=names)


def require(names: Sequence[str], trusted: Sequence[str]) -> None:
    """Raise `UntrustedError` for the names that no pattern has."""
    strange = sorted(name for name in set(names) if not any(fnmatchcase(name, one) for one in trusted))
    if strange:
        raise UntrustedError(
            f"the model holds types that nobody trusts: {', '.join(strange)}; read what they are, then list them as "
            "trusted_types in params.yaml"
        )


def save_skops(model: Any, path: Path, trusted: Sequence[str]) -> None:
    """Save a model without the memory addresses and the time that would differ at every run; raises `UntrustedError` as `load_skops` does."""
    import skops.io

    dumped = skops.io.dumps(model)
    require(skops.io.get_untrusted_types(data=dumped), trusted)
    with zipfile.ZipFile(io.BytesIO(dumped)) as source:
        schema = json.loads(source.read("schema.json"))
        numbers: dict[str, str] = {}
        members = {"schema.json": json.dumps(renumbered(schema, numbers)).encode()}
        for name in source.namelist():
            if name != "schema.json":
                stem, _, ending = name.partition(".")
                members[f"{numbers[stem]}.{ending}"] = source.read(name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
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
