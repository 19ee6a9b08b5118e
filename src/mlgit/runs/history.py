"""What a pipeline's records tell of its past: read from a commit, or from the files on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import Snapshot
from mlgit.runs import statement
from mlgit.runs.place import is_intact, records_folder, records_of
from mlgit.runs.statement import Statement
from mlgit.world.files import read_bytes


class PastRun(Struct, frozen=True, kw_only=True):
    """One training: its start (RFC 3339, UTC), seconds of the clock, and the stages that ran."""

    started: str
    seconds: float
    succeeded: bool
    trigger: str
    stages: tuple[str, ...]


class Record(Struct, frozen=True, kw_only=True):
    """A record and where it lies."""

    path: str
    content: bytes
    statement: Statement


def past_runs(place: Snapshot | Path, pipeline: str) -> tuple[PastRun, ...]:
    """Return the runs of a pipeline that are on record, the oldest first.

    `place` is a snapshot or the root of a work tree; `pipeline` the folder of its dvc.yaml as `mlgit.yaml` names it.
    Raises `UsageError` (`run-record`) when a record cannot be read: a budget must not count what it cannot see.
    """
    return tuple(past_run(record.statement) for record in records(place, pipeline))


def records(place: Snapshot | Path, pipeline: str) -> list[Record]:
    """Return the records of a pipeline, the oldest first; raises `UsageError` (`run-record`) for one that is none."""
    contents = on_disk(place, pipeline) if isinstance(place, Path) else at_moment(place, pipeline)
    return [
        Record(path=path, content=content, statement=statement.read(content, path))
        for path, content in contents.items()
    ]


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


def at_moment(moment: Snapshot, pipeline: str) -> dict[str, bytes]:
    """Return the records of a snapshot by path."""
    paths = records_of(moment.paths(), pipeline)
    found = moment.read(paths)
    return {path: found[path] for path in paths if path in found}


def on_disk(root: Path, pipeline: str) -> dict[str, bytes]:
    """Return the records below the root of a work tree by path."""
    folder = root / records_folder(pipeline)
    listed = [path.relative_to(root).as_posix() for path in folder.iterdir()] if folder.is_dir() else []
    found = {path: read_bytes(root / path) for path in records_of(listed, pipeline)}
    return {path: content for path, content in found.items() if content is not None}


def past_run(one: Statement) -> PastRun:
    """Return what a budget needs of a record."""
    return PastRun(
        started=one.started,
        seconds=one.run.usage.wall_seconds,
        succeeded=one.run.outcome == "succeeded",
        trigger=one.run.trigger,
        stages=tuple(stage.name for stage in one.run.stages if stage.outcome in ("ran", "failed")),
    )
