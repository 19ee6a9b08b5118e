"""What a pipeline's records tell of its past: read from a commit, or from the files on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.errors import MlgitError, UsageError
from mlgit.runs import statement
from mlgit.runs.place import is_intact, records_folder, records_of
from mlgit.runs.statement import Statement
from mlgit.world.files import read_bytes


class Record(Struct, frozen=True, kw_only=True):
    """A record and where it lies."""

    path: str
    content: bytes
    statement: Statement


def readable(contents: Mapping[str, bytes]) -> tuple[list[Record], list[MlgitError]]:
    """Return the records among contents that hold what their names say, and what is wrong with the others."""
    found: list[Record] = []
    wrong: list[MlgitError] = []
    for path, content in contents.items():
        try:
            if not is_intact(path, content):
                raise UsageError(
                    "run-record", "it was changed: its name tells of another content", where=path
                )
            found.append(Record(path=path, content=content, statement=statement.read(content, path)))
        except MlgitError as error:
            wrong.append(error)
    return found, wrong


def on_disk(root: Path, pipeline: str) -> dict[str, bytes]:
    """Return the records below the root of a work tree by path."""
    folder = root / records_folder(pipeline)
    listed = [path.relative_to(root).as_posix() for path in folder.iterdir()] if folder.is_dir() else []
    found = {path: read_bytes(root / path) for path in records_of(listed, pipeline)}
    return {path: content for path, content in found.items() if content is not None}


def seconds_of(records: Iterable[Record]) -> tuple[float, ...]:
    """Return how long trainings took in seconds of the clock: of those that succeeded and restored nothing.

    A training that took stages from DVC's run cache says nothing of how long they run.
    """
    runs = [one.statement.run for one in records if one.statement.run.outcome == "succeeded"]
    stages = ((run, {stage.outcome for stage in run.stages}) for run in runs)
    return tuple(run.usage.wall_seconds for run, did in stages if "ran" in did and "restored" not in did)
