"""Where the records of runs lie, and what they are called. Pure.

The records of the pipeline in `models/churn` lie in `.mlgit/runs/models/churn`, those of a pipeline at the root in
`.mlgit/runs`. A name is the start in UTC and the beginning of the SHA-256 of the content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlgit.dvc.paths import folder_of, joined

ROOT = ".mlgit/runs"
KEPT = 20
"""How many records of a pipeline stay in the tree; Git keeps the older ones."""
NAME = re.compile(r"(?P<started>[0-9]{8}T[0-9]{6}Z)-(?P<digest>[0-9a-f]{12})\.json")


def records_folder(pipeline: str) -> str:
    """Return the folder of a pipeline's records; `pipeline` is the folder of its dvc.yaml, `.` or empty the root.

    >>> records_folder("./models/churn")
    '.mlgit/runs/models/churn'
    """
    folder = joined(pipeline) or ""
    return f"{ROOT}/{folder}" if folder else ROOT


def pipeline_of(path: str) -> str | None:
    """Return the folder of the pipeline whose record lies at `path`, None when that is no record's place."""
    folder, _, name = path.rpartition("/")
    if not NAME.fullmatch(name) or not f"{folder}/".startswith(f"{ROOT}/"):
        return None
    return folder[len(ROOT) + 1 :]


def record_path(pipeline: str, started: str, content: bytes) -> str:
    """Return where a record belongs; `started` as RFC 3339."""
    return f"{records_folder(pipeline)}/{compact(started)}-{content_name(content)[:12]}.json"


def content_name(content: bytes) -> str:
    """Return the SHA-256 of a content."""
    from hashlib import sha256

    return sha256(content).hexdigest()


def compact(started: str) -> str:
    """Return a time as it stands in a name.

    >>> compact("2026-01-05T12:00:00.250Z")
    '20260105T120000Z'
    """
    return started[:19].replace("-", "").replace(":", "") + "Z"


def is_intact(path: str, content: bytes) -> bool:
    """Tell whether a record holds what its name says."""
    named = NAME.fullmatch(path.rpartition("/")[2])
    return named is not None and content_name(content).startswith(named["digest"])


def records_of(paths: Iterable[str], pipeline: str) -> list[str]:
    """Return the records of a pipeline among `paths`, the oldest first."""
    folder = records_folder(pipeline)
    return sorted(path for path in paths if folder_of(path) == folder and pipeline_of(path) is not None)


def grouped(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the records among `paths` by the folder of their pipeline, the oldest first."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in paths if path.startswith(f"{ROOT}/")):
        pipeline = pipeline_of(path)
        if pipeline is not None:
            found.setdefault(pipeline, []).append(path)
    return found


def surplus(paths: Iterable[str], pipeline: str) -> list[str]:
    """Return the records beyond the newest `KEPT`."""
    return records_of(paths, pipeline)[:-KEPT]
