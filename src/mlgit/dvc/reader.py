"""Read pipelines at their moments: in rounds over all of them at once, so that each round is one git process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mlgit.dvc import lockfile, pipeline, pointer, state, values
from mlgit.dvc.cache import MAXIMUM_BYTES, LocalCache, setting
from mlgit.dvc.content import Content, content_of, files_in
from mlgit.dvc.declared import (
    Declared,
    bare,
    metric_paths,
    parameter_paths,
    plot_paths,
    value_paths,
    variable_paths,
)
from mlgit.dvc.hashing import content_digest
from mlgit.dvc.made_elsewhere import MadeElsewhere
from mlgit.dvc.paths import SortedPaths, below
from mlgit.dvc.pipeline import Pipeline, Plot
from mlgit.dvc.rowcount import can_count, count
from mlgit.dvc.state import FileError, PipelineState, PlotFile, Request
from mlgit.dvc.tracked import PointerFile, Tracked, is_data, related_pointers, tracked_files
from mlgit.dvc.variables import Parsing, Variables
from mlgit.errors import MlgitError
from mlgit.git.blobs import BlobCache
from mlgit.git.snapshot import Snapshot
from mlgit.metrics.reading import ABSENT, Reading, not_available


class Reader:
    """Reads pipelines of one repository; what is the same text at two places is parsed once."""

    def __init__(self, blobs: BlobCache, cache: LocalCache, *, with_plots: bool = False) -> None:
        self.blobs = blobs
        self.with_plots = with_plots
        self.cache = cache
        self._parsed: dict[tuple[Any, ...], Any] = {}
        self._broken: dict[tuple[Any, ...], MlgitError] = {}
        self._elsewhere = MadeElsewhere(self.declarations)

    def read(self, requests: Sequence[tuple[Snapshot, Request]]) -> list[PipelineState]:
        """Return the state of each pipeline asked for, in the order asked."""
        declared = self.declarations(requests)
        pointers = self.pointer_paths(declared)
        self.blobs.gather(
            [(one.snapshot, path) for one, paths in zip(declared, pointers, strict=True) for path in paths]
            + [(one.snapshot, path) for one in declared for path in value_paths(one)]
            + [(one.snapshot, path) for one in declared if self.with_plots for path in plot_paths(one)]
        )
        return [
            self.with_values(one, self.with_tracked(one, paths))
            for one, paths in zip(declared, pointers, strict=True)
        ]

    def read_stages(self, requests: Sequence[tuple[Snapshot, Request]]) -> list[PipelineState]:
        """Return the states with nothing but what dvc.yaml and dvc.lock say: what staleness needs."""
        return [bare(one) for one in self.declarations(requests)]

    def read_tracked(self, requests: Sequence[tuple[Snapshot, Request]]) -> list[PipelineState]:
        """Return the states with everything whose digest is recorded, and without the values of any file."""
        declared = self.declarations(requests)
        pointers = self.pointer_paths(declared)
        self.blobs.gather(
            [(one.snapshot, path) for one, paths in zip(declared, pointers, strict=True) for path in paths]
        )
        return [self.with_tracked(one, paths) for one, paths in zip(declared, pointers, strict=True)]

    def declarations(self, requests: Sequence[tuple[Snapshot, Request]]) -> list[Declared]:
        """Return what dvc.yaml and dvc.lock say, their templates written out where that is possible."""
        moments = {id(snapshot): snapshot for snapshot, _ in requests}
        paths = {key: SortedPaths(snapshot.paths()) for key, snapshot in moments.items()}
        self.blobs.gather([(snapshot, path) for snapshot, one in requests for path in state.first_round(one)])
        declared = [self.declared(snapshot, one, paths[id(snapshot)]) for snapshot, one in requests]
        self.blobs.gather([(one.snapshot, path) for one in declared for path in variable_paths(one)])
        return [self.with_variables(one) for one in declared]

    def pointer_paths(self, declared: Sequence[Declared]) -> list[list[str]]:
        """Return for each pipeline the .dvc files that can matter to it."""
        listed = {id(one.snapshot): one.paths for one in declared}
        pointers = {
            key: SortedPaths(filter(pointer.is_pointer, paths.below(""))) for key, paths in listed.items()
        }
        return [
            related_pointers(one.request.folder, one.pipeline, one.lock, pointers[id(one.snapshot)])
            for one in declared
        ]

    def declared(self, snapshot: Snapshot, request: Request, paths: SortedPaths) -> Declared:
        """Parse the dvc.yaml and the dvc.lock of one pipeline."""
        errors: list[FileError] = []
        declaration = state.place(request.folder, pipeline.FILE)
        return Declared(
            request=request,
            snapshot=snapshot,
            paths=paths,
            exists=self.blobs.stored(snapshot, declaration) is not None,
            pipeline=self.parsed(snapshot, declaration, pipeline.read, errors),
            lock=self.parsed(snapshot, state.place(request.folder, lockfile.FILE), lockfile.read, errors),
            errors=tuple(errors),
        )

    def parsed(
        self, snapshot: Snapshot, path: str, parse: Callable[[bytes, str], Any], errors: list[FileError]
    ) -> Any:
        """Return a parsed file; None when there is none, or when it is broken, which goes to `errors`."""
        try:
            content = self.blobs.content(snapshot, path)
            if content is None:
                return None
            return self.once(parse, content, path)
        except MlgitError as error:
            errors.append(FileError(path, error.message, error.where or path, error.hint))
            return None

    def once(self, parse: Callable[[bytes, str], Any], content: bytes, path: str) -> Any:
        """Return what comes of parsing a text, or raise it; what is said of a broken one names its path."""
        key = (parse, content)
        if (broken := self._broken.get((*key, path))) is not None:
            raise broken
        if key not in self._parsed:
            try:
                self._parsed[key] = parse(content, path)
            except MlgitError as error:
                self._broken[*key, path] = error
                raise
        return self._parsed[key]

    def with_variables(self, declared: Declared) -> Declared:
        """Return the declaration with its templates written out, or every stage marked where their values cannot be told."""
        if declared.pipeline is None:
            return declared
        variables = self.variables(declared, declared.pipeline)
        if not (declared.pipeline.templated or variables.unknown):
            return declared
        path = state.place(declared.request.folder, pipeline.FILE)
        content = self.blobs.content(declared.snapshot, path) or b""
        try:
            return replace(declared, pipeline=pipeline.read(content, path, variables))
        except MlgitError as error:
            found = FileError(path, error.message, error.where or path, error.hint)
            return replace(declared, pipeline=None, errors=(*declared.errors, found))

    def variables(self, declared: Declared, known: Pipeline) -> Variables:
        """Return the values that the templates of one dvc.yaml may use, or why there are none."""
        folder, files = declared.request.folder, dict[str, Mapping[str, Any] | str]()
        for name, path in state.variable_paths(folder, known).items():
            if (found := self.mapping(declared.snapshot, path)) is not None:
                files[name] = found
        default = (pipeline.DEFAULT_PARAMETERS,) if pipeline.DEFAULT_PARAMETERS in files else ()
        variables = Variables(files=files, parsing=self.parsing(declared) if known.templated else Parsing())
        return variables.taking((*default, *known.variables))

    def mapping(self, snapshot: Snapshot, path: str) -> Mapping[str, Any] | str | None:
        """Return the nested values of a file, or why they are none; None where there is no such file."""
        try:
            content = self.blobs.content(snapshot, path)
            tree = self.nested(content, path) if content is not None else None
        except MlgitError as error:
            return error.message
        if content is None:
            return None
        return tree if isinstance(tree, dict) else f"{path} holds no names with values" if tree else {}

    def parsing(self, declared: Declared) -> Parsing:
        """Return how DVC is set to write mappings into commands."""
        paths = state.configuration_paths(declared.request.folder)
        contents = [self.blobs.content(declared.snapshot, path) or b"" for path in paths]
        negated, repeated = (
            [value for content in contents if (value := setting(content, "parsing", name))]
            for name in ("bool", "list")
        )
        return Parsing(
            negated=negated[-1:] == ["boolean_optional"],
            repeated=repeated[-1:] == ["append"],
        )

    def nested(self, content: bytes, path: str) -> Any:
        """Return the nested values of a file, parsed once however often it is asked for; raises as `values.nested`."""
        key = (path, content)
        if key not in self._parsed:
            self._parsed[key] = values.nested(content, path)
        return self._parsed[key]

    def pointers(self, snapshot: Snapshot, paths: Sequence[str]) -> tuple[list[PointerFile], list[FileError]]:
        """Return the .dvc files of a moment, and those that are broken."""
        errors: list[FileError] = []
        parsed = [(path, self.parsed(snapshot, path, pointer.read, errors)) for path in paths]
        return [PointerFile(path, one) for path, one in parsed if one is not None], errors

    def with_tracked(self, declared: Declared, paths: Sequence[str]) -> PipelineState:
        """Return the state of a pipeline with what dvc.lock and the .dvc files at `paths` track."""
        folder = declared.request.folder
        pointers, broken = self.pointers(declared.snapshot, paths)
        known = bare(declared)
        return replace(
            known,
            errors=(*known.errors, *(one for one in broken if below(folder, one.file))),
            tracked=tracked_files(folder, declared.pipeline, declared.lock, pointers),
        )

    def with_values(self, declared: Declared, bare: PipelineState) -> PipelineState:
        """Return the state with what its files of metrics and parameters say, and its data."""
        from mlgit.metrics.comparison import DataVersion

        tracked = {**self._elsewhere.of(declared, bare.tracked), **bare.tracked}
        metrics = dict.fromkeys(self.kept(metric_paths(declared), tracked))
        plots = {
            file: drawn for path, drawn in plot_paths(declared).items() for file in self.kept([path], tracked)
        }
        shown = SortedPaths([*metrics, *plots])
        return replace(
            bare,
            metrics={path: self.metrics(declared, path, tracked) for path in metrics},
            parameters={
                path: self.parameters(declared.snapshot, path, names, tracked)
                for path, names in parameter_paths(declared).items()
            },
            data={
                path: DataVersion(digest=one.entry.digest, size=one.entry.size, files=one.entry.files)
                for path, one in bare.tracked.items()
                if is_data(one, declared.paths, shown)
            },
            plots={path: self.plot(declared, path, drawn, tracked) for path, drawn in plots.items()},
        )

    def kept(self, paths: Iterable[str], tracked: Mapping[str, Tracked]) -> list[str]:
        """Return paths, a folder that DVC keeps replaced by the files in it."""
        return [file for path in paths for file in files_in(self.cache, path, tracked)]

    def plot(
        self, declared: Declared, path: str, drawn: tuple[Plot, ...], tracked: Mapping[str, Tracked]
    ) -> PlotFile:
        """Return a file of points, by the digest of Git where Git has it, else by that of DVC."""
        name = declared.snapshot.oid(path)
        if name is not None and not self.with_plots:
            return PlotFile(plots=drawn, version=name)
        found = self.content(declared.snapshot, path, tracked)
        content = found.content if self.with_plots else None
        return PlotFile(plots=drawn, version=found.version, content=content, reason=found.reason)

    def metrics(self, declared: Declared, path: str, tracked: Mapping[str, Tracked]) -> Reading:
        """Return what a file of metrics says: from the moment itself, else from DVC's cache on this machine."""
        found = self.content(declared.snapshot, path, tracked)
        if found.content is not None:
            return values.metrics(found.content, path)
        return not_available(found.reason, found.hint) if found.reason else ABSENT

    def content(self, snapshot: Snapshot, path: str, tracked: Mapping[str, Tracked]) -> Content:
        """Return a file from the moment itself, else from DVC's cache."""
        return content_of(self.blobs, self.cache, snapshot, path, tracked)

    def may_count(self, one: Tracked) -> bool:
        """Tell whether a table is of a form and a size to count its rows."""
        return can_count(one.path) and not one.entry.is_folder and (one.entry.size or 0) <= MAXIMUM_BYTES

    def rows(self, snapshot: Snapshot, one: Tracked) -> int | None:
        """Return the rows of a table whose content is in Git or in DVC's cache here, None where that is not so.

        A file in Git counts only as long as it is what the digest was taken of.
        """
        if not self.may_count(one):
            return None
        content = self.cache.content(one.folder, one.entry.digest)
        if content is None:
            try:
                content = self.blobs.content(snapshot, one.path)
            except MlgitError:
                return None
            if content is None or content_digest(content, legacy=one.entry.legacy) != one.entry.digest:
                return None
        return count(content, one.path)

    def parameters(
        self, snapshot: Snapshot, path: str, names: Sequence[str], tracked: Mapping[str, Tracked]
    ) -> Reading:
        """Return what a file of parameters says."""
        found = self.content(snapshot, path, tracked)
        if found.content is not None:
            return values.parameters(found.content, path, names, self.nested)
        return not_available(found.reason, found.hint) if found.reason else ABSENT
