"""What is known of the paths of a repository: what stages read and write, what mlgit.yaml names, what starts jobs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mlgit.config.model import Configuration
from mlgit.dvc.paths import SortedPaths, around
from mlgit.dvc.state import PipelineState, located


class Automation(Struct, frozen=True, kw_only=True):
    """The files that start and configure jobs, as prefixes of their paths; `managed` are those that mlgit renders."""

    managed: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Known(Struct, frozen=True, kw_only=True):
    """What is known of paths: stages read and write them, `mlgit.yaml` names them.

    `read` and `written` map a path to the folders of the pipelines that do; `uses` maps a pipeline to those whose
    outputs it reads.
    """

    configuration: Configuration
    read: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, tuple[str, ...]]
    written: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, frozenset[str]]
    automation: Automation = Automation()

    def with_sources(self, folder: str) -> frozenset[str]:
        """Return a pipeline's folder and those of the pipelines whose outputs it reads, however far."""
        found, new = {folder}, {folder}
        while new:
            new = {maker for one in new for maker in self.uses.get(one, ())} - found
            found |= new
        return frozenset(found)


def known_of(configuration: Configuration, pipelines: Sequence[PipelineState]) -> Known:
    """Return what the pipelines say of paths."""
    read: dict[str, list[str]] = {}
    parameters: dict[str, list[str]] = {}
    written: dict[str, list[str]] = {}
    for state in pipelines:
        for stage in state.pipeline.stages.values() if state.pipeline else ():
            for path in located(state.folder, stage, stage.dependencies):
                read.setdefault(path, []).append(state.folder)
            for path in located(state.folder, stage, [one.file for one in stage.parameters]):
                parameters.setdefault(path, []).append(state.folder)
            for path in located(state.folder, stage, [one.path for one in stage.outputs]):
                written.setdefault(path, []).append(state.folder)
    uses: dict[str, set[str]] = {}
    outputs = SortedPaths(written)
    for path, readers in read.items():
        touched = [one for one in (path, *around(path)) if one in written]
        makers = {folder for output in (*touched, *outputs.below(path)) for folder in written[output]}
        for folder in readers:
            uses.setdefault(folder, set()).update(makers)
    return Known(
        configuration=configuration,
        read={path: tuple(folders) for path, folders in read.items()},
        parameters={path: tuple(folders) for path, folders in parameters.items()},
        written={path: tuple(folders) for path, folders in written.items()},
        uses={folder: frozenset(makers) for folder, makers in uses.items()},
    )
