"""The files that a record covers beside what dvc.lock names: read from a work tree or a commit in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from mlgit.dvc.paths import SortedPaths, below, joined
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.reader import Reader
from mlgit.dvc.state import PipelineState, Request, place
from mlgit.dvc.tracked import PointerFile, related_pointers
from mlgit.git.snapshot import Snapshot
from mlgit.runs.building import file_descriptor
from mlgit.runs.described import Described, described
from mlgit.runs.statement import Descriptor

ENVIRONMENTS = (
    "requirements.lock",
    "uv.lock",
    "pixi.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "environment.yml",
    "requirements.txt",
)
"""Where a repository says which libraries it runs with, the strictest first."""


class Material(Struct, frozen=True, kw_only=True):
    """One pipeline at a revision: its state, what its dvc.lock says, and the .dvc files of what it reads."""

    state: PipelineState
    seen: Described
    pointers: tuple[PointerFile, ...]


def materials(reader: Reader, files: Snapshot, folders: Sequence[str]) -> list[Material]:
    """Read pipelines at a revision, in the order of their folders."""
    states = reader.read_stages([(files, Request(folder=folder)) for folder in folders])
    listed = SortedPaths(filter(is_pointer, files.paths()))
    wanted = [related_pointers(one.folder, one.pipeline, one.lock, listed) for one in states]
    reader.blobs.gather([(files, path) for paths in wanted for path in paths])
    return [
        material_of(state, reader.pointers(files, paths)[0])
        for state, paths in zip(states, wanted, strict=True)
    ]


def material_of(state: PipelineState, pointers: Sequence[PointerFile]) -> Material:
    """Return one pipeline with those of the .dvc files that bring what it reads."""
    brought = [one.path for file in pointers for one in file.tracked()]
    seen = described(state.folder, state.pipeline, state.lock, brought)
    return Material(state=state, seen=seen, pointers=tuple(file for file in pointers if is_read(file, seen)))


def is_read(file: PointerFile, seen: Described) -> bool:
    """Tell whether a .dvc file brings something that a stage reads."""
    return any(
        below(one.path, taken.name) or below(taken.name, one.path)
        for one in file.tracked()
        for taken in seen.inputs
    )


def covered_files(found: Material, files: Snapshot, requirements: str = "") -> dict[str, str]:
    """Return the files that a record covers by their bytes, each with what it is.

    `requirements` is the lock file that `mlgit.yaml` names; without it, or when it is not there, the first that is.
    """
    folder, declared = found.state.folder, found.state.pipeline
    kinds = {place(folder, "dvc.yaml"): "pipeline", place(folder, "dvc.lock"): "lock"}
    for name in declared.variable_files if declared else ():
        kinds[joined(folder, name) or name] = "variables"
    kinds.update({file.path: "pointer" for file in found.pointers})
    environment = environment_file(folder, files.paths(), requirements)
    if environment:
        kinds[environment] = "environment"
    return kinds


def environment_file(folder: str, paths: frozenset[str], requirements: str) -> str | None:
    """Return the file that says which libraries are installed: what mlgit.yaml names, beside the pipeline, at the root."""
    wanted = [requirements, *(place(folder, name) for name in ENVIRONMENTS), *ENVIRONMENTS]
    return next((path for path in wanted if path in paths), None)


def file_descriptors(files: Snapshot, kinds: Mapping[str, str]) -> list[Descriptor]:
    """Return the descriptors of those of `kinds` (what each path is) that exist."""
    contents = files.read(kinds)
    return [file_descriptor(path, contents[path], kind) for path, kind in kinds.items() if path in contents]


def by_name(descriptors: Iterable[Descriptor]) -> dict[str, Descriptor]:
    """Return descriptors by their names."""
    return {one.name: one for one in descriptors}
