"""What is out of date in a repository: stages that would run, data that changed since they were added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.config import reader as configuration_reader
from mlgit.dvc import pipeline, values
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.evidence import CommittedEvidence, DiskEvidence, Remembered
from mlgit.dvc.ignored import Ignored
from mlgit.dvc.paths import folder_of, joined
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.reader import Reader
from mlgit.dvc.staleness import StageState, Values, located
from mlgit.dvc.staleness import stage_states as judge
from mlgit.dvc.state import PipelineState, Request, Trouble
from mlgit.dvc.status import DataFreshness, DataState, Status
from mlgit.dvc.tracked import PointerFile, tracked_files
from mlgit.errors import MlgitError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository, find
from mlgit.git.snapshot import Snapshot, WorkTreeSnapshot, snapshot
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically

MEMORY = "mlgit/digests.json"
"""Where the digests of large files are remembered, inside Git's own folder."""


class Declarations(Struct, frozen=True, kw_only=True):
    """What the files of DVC say at one moment: pipelines, .dvc files, values of parameters, and what is broken."""

    pipelines: tuple[PipelineState, ...]
    pointers: tuple[PointerFile, ...]
    parameters: Mapping[str, Values]
    troubles: tuple[Trouble, ...]


def stage_states(context: Context, revision: str | None = None) -> tuple[StageState, ...]:
    """Return the state of every stage of the repository, in the order of its pipelines: fresh, stale, unknown, frozen.

    `revision` None: the files on disk, as `dvc repro` would see them; else a commit alone, without any data.
    Raises `UsageError` for a revision that does not exist.
    """
    return status(context, revision).stages


def status(context: Context, revision: str | None = None) -> Status:
    """Return what is out of date on disk, or at a commit."""
    repository = find(context)
    moment: Snapshot = WorkTreeSnapshot(repository) if revision is None else snapshot(repository, revision)
    reader = Reader(BlobCache(repository), LocalCache(repository.root))
    declared = declared_at(reader, moment)
    evidence = evidence_at(repository, reader, moment, declared)
    stages = judge(declared.pipelines, evidence, declared.parameters)
    troubles = (*broken_configuration(reader.blobs, moment), *declared.troubles)
    if isinstance(evidence, CommittedEvidence):
        return Status(at=moment.name, stages=stages, troubles=troubles)
    data = tuple(state for file in declared.pointers for state in data_states(file, evidence))
    remember(memory_file(repository), evidence)
    return Status(stages=stages, data=data, troubles=troubles)


def broken_configuration(blobs: BlobCache, moment: Snapshot) -> Iterator[Trouble]:
    """Yield what is wrong with mlgit.yaml, if anything is: no stage rests on it, every other verb does."""
    content = blobs.content(moment, configuration_reader.FILE)
    if content is None:
        return
    try:
        configuration_reader.read(content)
    except MlgitError as error:
        file = configuration_reader.FILE
        yield Trouble(file, error.message.removeprefix(f"{file}: "), error.where or file, error.hint)


def pipelines_at(reader: Reader, moment: Snapshot) -> list[PipelineState]:
    """Return what every dvc.yaml and dvc.lock says at a moment."""
    folders = sorted(folder_of(path) for path in moment.paths() if path.rpartition("/")[2] == pipeline.FILE)
    return reader.read_stages([(moment, Request(folder=folder)) for folder in folders])


def declared_at(reader: Reader, moment: Snapshot) -> Declarations:
    """Return what every dvc.yaml, dvc.lock, .dvc file and file of parameters says at a moment."""
    pipelines = pipelines_at(reader, moment)
    pointers, broken = reader.pointers(moment, pointer_paths(reader.blobs, moment))
    troubles = dict.fromkeys([*(one for state in pipelines for one in state.troubles), *broken])
    return Declarations(
        pipelines=tuple(pipelines),
        pointers=tuple(pointers),
        parameters=parameter_values(reader.blobs, moment, pipelines),
        troubles=tuple(troubles),
    )


def evidence_at(
    repository: Repository, reader: Reader, moment: Snapshot, declared: Declarations
) -> CommittedEvidence | DiskEvidence:
    """Return what tells the content of paths: a commit alone, or the files on disk."""
    if moment.commit is not None:
        return committed(reader.blobs, moment, declared.pipelines, declared.pointers, reader.cache)
    ignored = Ignored(reader.blobs.content(moment, ".dvcignore"))
    return DiskEvidence(repository.root, ignored, reader.cache, recall(memory_file(repository)))


def committed(
    blobs: BlobCache,
    moment: Snapshot,
    pipelines: Sequence[PipelineState],
    pointers: Iterable[PointerFile],
    cache: LocalCache,
) -> CommittedEvidence:
    """Return the evidence of a commit, the blobs it needs read in one process."""
    made = (tracked_files(state.folder, state.pipeline, state.lock, ()) for state in pipelines)
    tracked = {path: one for found in made for path, one in found.items() if one.role != "read"}
    tracked.update((one.path, one) for file in pointers for one in file.tracked())
    evidence = CommittedEvidence(blobs, moment, tracked, cache)
    wanted = {
        file
        for state in pipelines
        for stage in (state.pipeline.stages.values() if state.pipeline else ())
        for path in located(
            state.folder, stage, [*stage.dependencies, *(output.path for output in stage.outputs)]
        )
        for file in evidence.files_of(path)
    }
    blobs.gather([(moment, path) for path in wanted])
    return evidence


def pointer_paths(blobs: BlobCache, moment: Snapshot) -> list[str]:
    """Return the .dvc files of a moment, read in one process."""
    paths = sorted(filter(is_pointer, moment.paths()))
    blobs.gather([(moment, path) for path in paths])
    return paths


def parameter_values(
    blobs: BlobCache, moment: Snapshot, pipelines: Sequence[PipelineState]
) -> dict[str, Values]:
    """Return the values of every file of parameters that a stage depends on."""
    paths = {
        path
        for state in pipelines
        for stage in (state.pipeline.stages.values() if state.pipeline else ())
        for wanted in stage.parameters
        if (path := joined(state.folder, stage.directory, wanted.file)) is not None
    }
    blobs.gather([(moment, path) for path in paths])
    return {path: values_of(blobs.content(moment, path), path) for path in sorted(paths)}


def values_of(content: bytes | None, path: str) -> Values:
    """Return the values of one file of parameters."""
    if path.endswith(".py"):
        return Values(unknown="Python parameter files are read by DVC only")
    if content is None:
        return Values(missing=True)
    try:
        return Values(tree=values.nested(content, path))
    except MlgitError as error:
        return Values(unknown=error.message)


def data_states(file: PointerFile, evidence: DiskEvidence) -> list[DataState]:
    """Return what became of the data of one .dvc file."""
    found = []
    for one in file.tracked():
        digest = evidence.digest(one.path, one.entry)
        state: DataFreshness = "same"
        reason = hint = ""
        if digest.unknown:
            state, reason = "unknown", digest.unknown
        elif digest.missing:
            state, reason, hint = "missing", "it is not here", f"dvc pull {file.path}"
        elif digest.digest != one.entry.digest:
            state, reason = "changed", "its content is not what the .dvc file says"
            hint = f"dvc add {one.path}"
        found.append(DataState(path=one.path, pointer=file.path, state=state, reason=reason, hint=hint))
    return found


def memory_file(repository: Repository) -> Path | None:
    """Return where digests are remembered, None where Git's folder is elsewhere."""
    folder = repository.root / ".git"
    return folder / MEMORY if folder.is_dir() else None


def recall(memory: Path | None) -> Mapping[str, Remembered]:
    """Return the digests remembered; a memory that cannot be read is an empty one."""
    try:
        content = read_bytes(memory) if memory else None
        return msgspec.json.decode(content, type=dict[str, Remembered]) if content else {}
    except (MlgitError, msgspec.DecodeError):
        return {}


def remember(memory: Path | None, evidence: DiskEvidence) -> None:
    """Keep the digests of large files that were computed now."""
    if memory is None or not evidence.learned:
        return
    kept = {**recall(memory), **evidence.learned}
    try:
        write_atomically(memory, msgspec.json.encode(kept))
    except MlgitError:
        return
