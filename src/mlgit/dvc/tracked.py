"""What DVC tracks of one pipeline: which digests dvc.lock and the .dvc files record, and which of them are data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from mlgit.dvc import pointer
from mlgit.dvc.lockfile import Entry, Lock
from mlgit.dvc.paths import SortedPaths, around, below, folder_of, joined
from mlgit.dvc.pipeline import Output, Pipeline

Role = Literal["brought", "read", "made", "metrics", "plots"]
TABLES = (
    ".csv",
    ".csv.gz",
    ".tsv",
    ".tsv.gz",
    ".parquet",
    ".pq",
    ".jsonl",
    ".ndjson",
    ".jsonl.gz",
    ".ndjson.gz",
    ".arrow",
    ".feather",
    ".npy",
    ".npz",
    ".orc",
    ".avro",
)
"""The endings of files that are data even where Git keeps them: other files there are code, settings or reports."""


class Tracked(Struct, frozen=True):
    """A file or folder whose digest a .dvc file (`brought`) or a dvc.lock records; `folder` is where that file stands.

    `read` is what a stage was run with: it says nothing of what the content is at this moment. `cached`: DVC keeps the
    content; else Git does, and DVC only its digest (`cache: false`).
    """

    path: str
    entry: Entry
    folder: str
    role: Role
    cached: bool = True


class PointerFile(Struct, frozen=True):
    """A .dvc file and where it stands."""

    path: str
    pointer: pointer.Pointer

    def tracked(self) -> list[Tracked]:
        """Return what it points to."""
        folder = folder_of(self.path)
        places = (
            (joined(folder, self.pointer.directory, entry.path), entry) for entry in self.pointer.outputs
        )
        return [Tracked(path, entry, folder, "brought") for path, entry in places if path is not None]


def outputs(folder: str, declared: Pipeline | None) -> Iterable[tuple[str, Output]]:
    """Yield every output of every stage with its path from the root of the repository."""
    for stage in declared.stages.values() if declared else ():
        for output in stage.outputs:
            path = joined(folder, stage.directory, output.path)
            if path is not None:
                yield path, output


def tracked_files(
    folder: str,
    declared: Pipeline | None,
    lock: Lock | None,
    pointers: Sequence[PointerFile],
) -> dict[str, Tracked]:
    """Return everything of one pipeline whose digest is recorded.

    A .dvc file knows best what was brought in: it belongs to the pipeline when it stands in its folder or when a stage
    depends on what it points to.
    """
    found: dict[str, Tracked] = {}
    written = dict(outputs(folder, declared))
    for stage in lock.stages.values() if lock else ():
        known = declared.stages.get(stage.name) if declared else None
        directory = known.directory if known else "."
        for entry in stage.dependencies:
            path = joined(folder, directory, entry.path)
            if path is not None:
                found.setdefault(path, Tracked(path, entry, folder, "read"))
        for entry in stage.outputs:
            path = joined(folder, directory, entry.path)
            if path is not None:
                found[path] = made(path, entry, folder, written.get(path))
    for one in (tracked for file in pointers for tracked in file.tracked()):
        if below(folder, one.path) or any(below(one.path, path) or below(path, one.path) for path in found):
            found[one.path] = one
    return found


def made(path: str, entry: Entry, folder: str, output: Output | None) -> Tracked:
    """Return the record of what a stage wrote; `output` is None for what dvc.yaml no longer declares."""
    if output is None:
        return Tracked(path, entry, folder, "made")
    role: Role = "made" if output.kind == "output" else output.kind
    return Tracked(path, entry, folder, role, output.cache)


def related_pointers(
    folder: str, declared: Pipeline | None, lock: Lock | None, pointers: SortedPaths
) -> list[str]:
    """Return the .dvc files that can matter to a pipeline: those in its folder and those beside what it reads.

    `pointers` are the paths of all .dvc files. One stands in the folder of its data or above.
    """
    found = dict.fromkeys(pointers.below(folder))
    for path in read_paths(folder, declared, lock):
        if below(folder, path):
            continue
        found.update(dict.fromkeys(pointers.below(path)))
        for parent in around(path):
            found.update(dict.fromkeys(one for one in pointers.below(parent) if folder_of(one) == parent))
    return sorted(found)


def read_paths(folder: str, declared: Pipeline | None, lock: Lock | None) -> list[str]:
    """Return what the stages of a pipeline read, as declared and as recorded."""
    stages = declared.stages if declared else {}
    named = [(stage.directory, path) for stage in stages.values() for path in stage.dependencies]
    for locked in lock.stages.values() if lock else ():
        directory = stages[locked.name].directory if locked.name in stages else "."
        named += [(directory, entry.path) for entry in locked.dependencies]
    places = (joined(folder, directory, path) for directory, path in named)
    return [path for path in dict.fromkeys(places) if path is not None]


def is_data(one: Tracked, paths: SortedPaths, shown: SortedPaths) -> bool:
    """Tell whether what is tracked is data: not metrics, not plots; of what Git has, tables only.

    `shown` are the files of metrics and plots; a folder that holds one of them is no data either.
    """
    if one.role in ("metrics", "plots") or one.path in shown:
        return False
    if one.role == "brought":
        return True
    if one.path in paths or shown.below(one.path):
        return one.path.lower().endswith(TABLES)
    return not (one.entry.is_folder and paths.below(one.path))
