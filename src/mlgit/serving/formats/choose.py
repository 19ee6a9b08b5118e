"""Which kind of model a release is: the one place that knows all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.errors import UsageError
from mlgit.serving.formats.onnx import OnnxModel
from mlgit.serving.formats.python import own, pickled, skops
from mlgit.serving.predictor import Predictor
from mlgit.serving.release import Release

ORDER = (".onnx", ".skops", ".pkl", ".pickle", ".joblib")
"""In a folder with models of several kinds the first kind that is there is served."""


def predictor_of(release: Release, threads: int = 1) -> Predictor:
    """Load the model of a release; raises `UsageError` (`serve-...`)."""
    settings = release.settings
    if settings.loader is not None:
        return own(release.folder / settings.loader, release.path)
    path = model_file(release.path)
    rules = release.schema.columns if release.schema else {}
    if path.suffix == ".onnx":
        return OnnxModel(path, threads)
    if path.suffix == ".skops":
        return skops(path, settings.trusted, rules)
    return pickled(path, rules, allowed=settings.pickle, verified=bool(release.digest))


def model_file(path: Path) -> Path:
    """Return the file that is served of a model that may be a folder; raises `UsageError` (`serve-format`, `serve-several`)."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for suffix in ORDER:
        found = [one for one in files if one.suffix == suffix and one.is_file()]
        if len(found) > 1:
            raise several(path, [one.name for one in found])
        if found:
            return found[0]
    raise UsageError(
        "serve-format",
        f"{path.name} is no model that mlgit knows: it takes {', '.join(ORDER)}, or a loader of yours",
        hint="`serve: {loader: FILE}` of the model in mlgit.yaml; `mlgit help serving` shows one",
        where=str(path),
    )


def several(folder: Path, names: Sequence[str]) -> UsageError:
    """Return the error for a folder that holds several models of a kind, of which none is the one that is meant."""
    return UsageError(
        "serve-several",
        f"{folder.name} holds {len(names)} models, and nothing says which one is meant: {', '.join(names[:5])}",
        hint=f"name the file, for example {folder.name}/{names[0]}: here, or as artifact of the model in mlgit.yaml",
        where=str(folder),
    )
