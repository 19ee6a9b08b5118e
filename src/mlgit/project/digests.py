"""The digests of large files on disk, remembered inside Git's own folder: a file that was left alone is not hashed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.disk_evidence import DiskEvidence, Remembered
from mlgit.dvc.evidence import Evidence
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.world.files import read_bytes, write_atomically

FILE = "mlgit/digests.json"


def disk_evidence(repository: Repository, cache: LocalCache, submodules: Iterable[str]) -> DiskEvidence:
    """Return what tells the content of the files on disk, the digests known from before at hand."""
    known = recall(place_of(repository))
    return DiskEvidence(repository.root, cache, known, submodules)


def place_of(repository: Repository) -> Path | None:
    """Return where digests are remembered, None where Git's folder is elsewhere."""
    folder = repository.root / ".git"
    return folder / FILE if folder.is_dir() else None


def recall(place: Path | None) -> Mapping[str, Remembered]:
    """Return the digests remembered; a file that cannot be read remembers nothing."""
    try:
        content = read_bytes(place) if place else None
        return msgspec.json.decode(content, type=dict[str, Remembered]) if content else {}
    except (MlgitError, msgspec.DecodeError):
        return {}


def remember(repository: Repository, evidence: Evidence) -> None:
    """Keep the digests of large files that were computed since the last time; a disk that refuses is no error."""
    place = place_of(repository)
    if place is None or not isinstance(evidence, DiskEvidence) or not evidence.learned:
        return
    try:
        write_atomically(place, msgspec.json.encode({**recall(place), **evidence.learned}))
    except MlgitError:
        return
    evidence.learned.clear()
