"""What the stages of a revision are judged by: values of parameters, contents of paths. Reads nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote

from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.evidence import Evidence
from mlgit.dvc.paths import joined
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.reader import Reader
from mlgit.dvc.reasons import Values
from mlgit.dvc.state import PipelineState, located
from mlgit.dvc.status import DataFreshness, DataState
from mlgit.dvc.tracked import PointerFile, Tracked, tracked_files
from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import Snapshot


def declared_stages(pipelines: Iterable[PipelineState]) -> Iterator[tuple[str, Stage]]:
    """Yield every stage with the folder of its pipeline."""
    for state in pipelines:
        for stage in state.pipeline.stages.values() if state.pipeline else ():
            yield state.folder, stage


def parameter_paths(pipelines: Sequence[PipelineState]) -> set[str]:
    """Return the files of parameters that stages depend on."""
    return {
        path
        for folder, stage in declared_stages(pipelines)
        for wanted in stage.parameters
        if (path := joined(folder, stage.directory, wanted.file)) is not None
    }


def values_of(reader: Reader, files: Snapshot, path: str, tracked: Mapping[str, Tracked]) -> Values:
    """Return the values of one file of parameters; `tracked` is what DVC records of files that Git has not."""
    found = reader.content(files, path, tracked)
    if found.content is None:
        return Values(missing=not found.reason, unknown=found.reason)
    try:
        return Values(tree=reader.nested(found.content, path))
    except MlgitError as error:
        return Values(unknown=error.message)


def refuse_absent_inputs(pipelines: Iterable[PipelineState], evidence: Evidence) -> None:
    """Refuse to run stages that read what Git names and has not brought: `UsageError` (`input-not-fetched`).

    That is a file of Git LFS of which only the pointer is here, or what lies in an empty submodule.
    """
    for folder, stage in declared_stages(pipelines):
        for path in located(folder, stage, stage.dependencies):
            found = evidence.dependency(path, None)
            if found.bring:
                raise UsageError(
                    "input-not-fetched", f"{stage.name} cannot run: {found.unknown}", hint=found.bring
                )


def committed_evidence(
    reader: Reader, files: Snapshot, pipelines: Sequence[PipelineState], pointers: Iterable[PointerFile]
) -> CommittedEvidence:
    """Return what a commit tells of the content of paths, by its blobs, its .dvc files and its dvc.lock files."""
    return CommittedEvidence(reader.blobs, files, recorded(pipelines, pointers), reader.cache)


def recorded(pipelines: Iterable[PipelineState], pointers: Iterable[PointerFile]) -> dict[str, Tracked]:
    """Return whatever .dvc files and dvc.lock files record of content, by path; a .dvc file knows best."""
    made = (tracked_files(state.folder, state.pipeline, state.lock, ()) for state in pipelines)
    tracked = {path: one for found in made for path, one in found.items() if one.role != "read"}
    tracked.update((one.path, one) for file in pointers for one in file.tracked())
    return tracked


def content_paths(pipelines: Sequence[PipelineState], evidence: CommittedEvidence) -> set[str]:
    """Return the files of a commit whose content tells whether stages are up to date."""
    return {
        file
        for folder, stage in declared_stages(pipelines)
        for path in located(folder, stage, [*stage.dependencies, *(one.path for one in stage.outputs)])
        for file in evidence.files_of(path)
    }


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
            state, reason, hint = "missing", "it is not here", f"dvc pull {quote(file.path)}"
        elif digest.digest != one.entry.digest:
            state, reason = "changed", "its content is not what the .dvc file says"
            hint = f"dvc add {quote(one.path)}"
        found.append(DataState(path=one.path, pointer=file.path, state=state, reason=reason, hint=hint))
    return found
