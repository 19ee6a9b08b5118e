"""A project at one revision: a commit, or the working tree. Each property is read once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property

from mlgit.config import reader as configuration_reader
from mlgit.config.model import Configuration
from mlgit.dvc import pipeline
from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.known import Known, known_of
from mlgit.dvc.paths import folder_of
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.reader import Reader
from mlgit.dvc.reasons import Values
from mlgit.dvc.staleness import StageState, stage_states
from mlgit.dvc.state import FileError, PipelineState, Request
from mlgit.dvc.status import DataState
from mlgit.dvc.tracked import PointerFile
from mlgit.errors import MlgitError, UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import Snapshot
from mlgit.project import digests, stages
from mlgit.runs.place import grouped


class Revision:
    """The files of a project at one revision, and what they say."""

    def __init__(self, repository: Repository, reader: Reader, files: Snapshot) -> None:
        self.repository = repository
        self.reader = reader
        self.files = files
        self._tracked: dict[str, PipelineState] = {}

    @property
    def name(self) -> str:
        """What to call it in a report: the revision as asked for, or `working tree`."""
        return self.files.name

    @property
    def commit(self) -> str | None:
        """The full name of the commit; None for the working tree."""
        return self.files.commit

    def paths(self) -> frozenset[str]:
        """Return every file; of the working tree, those that Git does not ignore."""
        return self.files.paths()

    def content(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is none."""
        return self.reader.blobs.content(self.files, path)

    def gather(self, paths: Iterable[str]) -> None:
        """Read files in one process, so that their contents are at hand."""
        self.reader.blobs.gather([(self.files, path) for path in paths])

    @property
    def configuration_or_none(self) -> Configuration | None:
        """What mlgit.yaml says, None when there is none; raises `UsageError` (`config-...`) for a broken one."""
        if isinstance(self._configuration, UsageError):
            raise self._configuration
        return self._configuration

    @cached_property
    def _configuration(self) -> Configuration | UsageError | None:
        """The same, or what is wrong with it: a broken one is read once, too."""
        content = self.content(configuration_reader.FILE)
        if content is None:
            return None
        try:
            configuration = configuration_reader.read(content)
        except UsageError as error:
            return error
        self.repository.context.learn_secrets(configuration.secret_variables)
        return configuration

    @property
    def configuration_or_default(self) -> Configuration:
        """What mlgit.yaml says, the defaults when there is none; raises `UsageError` (`config-...`) for a broken one."""
        return self.configuration_or_none or Configuration(version=1)

    @property
    def configuration(self) -> Configuration:
        """What mlgit.yaml says; raises `UsageError` (`config-missing` when there is none, `config-...`)."""
        if self.configuration_or_none is None:
            root = self.repository.root
            raise UsageError(
                "config-missing",
                f"there is no {configuration_reader.FILE} in {self.name if self.commit else root.name or root}",
                hint="mlgit init writes one",
            )
        return self.configuration_or_none

    @cached_property
    def pipeline_folders(self) -> tuple[str, ...]:
        """The folders that hold a dvc.yaml, in order; empty text is the root."""
        return tuple(sorted(folder_of(path) for path in filter(pipeline.is_pipeline, self.paths())))

    @cached_property
    def pipelines(self) -> tuple[PipelineState, ...]:
        """What every dvc.yaml and dvc.lock says, read together."""
        requests = [(self.files, Request(folder=folder)) for folder in self.pipeline_folders]
        return tuple(self.reader.read_stages(requests))

    @cached_property
    def pipelines_by_folder(self) -> Mapping[str, PipelineState]:
        """The same by their folders."""
        return {one.folder: one for one in self.pipelines}

    @cached_property
    def relations(self) -> Known:
        """Which pipelines read and write which paths, and which use the outputs of which."""
        return known_of(self.configuration_or_default, self.pipelines)

    @cached_property
    def models_by_pipeline(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the models that mlgit.yaml gives each pipeline, by its folder."""
        found: dict[str, tuple[str, ...]] = {}
        for name, model in self.configuration_or_default.models.items():
            folder = model.folder
            found[folder] = (*found.get(folder, ()), name)
        return found

    @cached_property
    def pointer_files(self) -> tuple[tuple[PointerFile, ...], tuple[FileError, ...]]:
        """Every .dvc file that can be read, and what is wrong with the others."""
        paths = sorted(filter(is_pointer, self.paths()))
        self.gather(paths)
        found, broken = self.reader.pointers(self.files, paths)
        return tuple(found), tuple(broken)

    @property
    def pointers(self) -> tuple[PointerFile, ...]:
        """Every .dvc file that can be read."""
        return self.pointer_files[0]

    @cached_property
    def parameters(self) -> Mapping[str, Values]:
        """The values of every file of parameters that a stage depends on, by path."""
        paths = stages.parameter_paths(self.pipelines)
        self.gather(paths)
        evidence = self.evidence
        tracked = evidence.tracked if isinstance(evidence, CommittedEvidence) else {}
        return {path: stages.values_of(self.reader, self.files, path, tracked) for path in sorted(paths)}

    @cached_property
    def errors(self) -> tuple[FileError, ...]:
        """What is wrong with the files that cannot be read: mlgit.yaml, dvc.yaml, dvc.lock, .dvc files."""
        pipelines = (one for state in self.pipelines for one in state.errors)
        declared = dict.fromkeys([*pipelines, *self.pointer_files[1]])
        return (*self._broken_configuration(), *declared)

    def _broken_configuration(self) -> Iterator[FileError]:
        """Yield what is wrong with mlgit.yaml, if anything is: no stage rests on it, every other verb does."""
        try:
            _ = self.configuration_or_none
        except MlgitError as error:
            file = configuration_reader.FILE
            yield FileError(file, error.message.removeprefix(f"{file}: "), error.where or file, error.hint)

    @cached_property
    def evidence(self) -> CommittedEvidence | DiskEvidence:
        """What tells the content of paths: a commit alone, or the files on disk."""
        if self.commit is None:
            return digests.disk_evidence(self.repository, self.reader.cache, self.files.submodules())
        evidence = stages.committed_evidence(self.reader, self.files, self.pipelines, self.pointers)
        self.gather(stages.content_paths(self.pipelines, evidence))
        return evidence

    @cached_property
    def stages(self) -> tuple[StageState, ...]:
        """Every stage in the order of the pipelines, and whether and why it would run.

        On disk they are as `dvc repro` would see them; at a commit they are told without any data.
        """
        return self.stages_of(self.pipeline_folders)

    def stages_of(self, folders: Container[str]) -> tuple[StageState, ...]:
        """Return the same of the stages of some pipelines alone; what only the others read is not looked at."""
        asked = [one for one in self.pipelines if one.folder in folders]
        _, parameters = self.pointers, self.parameters
        found = stage_states(asked, self.evidence, parameters)
        digests.remember(self.repository, self.evidence)
        return found

    @cached_property
    def data(self) -> tuple[DataState, ...]:
        """What became on disk of the data that .dvc files point to; nothing at a commit, where no data have to be."""
        evidence = self.evidence
        if isinstance(evidence, CommittedEvidence):
            return ()
        found = tuple(state for file in self.pointers for state in stages.data_states(file, evidence))
        digests.remember(self.repository, evidence)
        return found

    def tracked(self, folder: str) -> PipelineState:
        """Return a pipeline with everything whose digest is recorded, and without the values of its files."""
        if folder not in self._tracked:
            (self._tracked[folder],) = self.reader.read_tracked([(self.files, Request(folder=folder))])
        return self._tracked[folder]

    def measured(self, folder: str, metrics: tuple[str, ...] = ()) -> PipelineState:
        """Return a pipeline with its metrics, parameters and data; `metrics` are files instead of those of dvc.yaml."""
        return self.reader.read([(self.files, Request(folder=folder, metrics=metrics))])[0]

    @cached_property
    def records(self) -> Mapping[str, list[str]]:
        """The paths of the records of trainings by the folder of their pipeline, the oldest first."""
        return grouped(self.paths())
