"""The files that hold the numbers of a model at a revision, and by what they are known again."""

from __future__ import annotations

from hashlib import sha256
from posixpath import normpath

from mlgit.config.model import Model
from mlgit.predictions.stored import stored
from mlgit.project.revision import Revision


def evidence_files(source: Revision, model: Model) -> tuple[str, ...]:
    """Return the files that hold the numbers of a model: its metrics and its predictions."""
    files = [*source.measured(model.folder, model.metrics).metrics, model.predictions or ""]
    return tuple(dict.fromkeys(normpath(path) for path in files if path))


def held(source: Revision, model: Model, path: str) -> bytes | None:
    """Return what a revision holds of a file, in Git, on disk or in DVC's cache."""
    tracked = source.tracked(model.folder).tracked
    return stored(source.reader.blobs, source.reader.cache, source.files, path, tracked).content


def digest(content: bytes | None) -> str:
    """Return the digest by which a verified file is known again."""
    return sha256(content or b"").hexdigest()
