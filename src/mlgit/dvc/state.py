"""One pipeline at one moment as a value, and which files that takes. Pure; `dvc.reader` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc import lockfile, pipeline
from mlgit.dvc.lockfile import Lock
from mlgit.dvc.paths import SortedPaths, around, joined
from mlgit.dvc.pipeline import Parameters, Pipeline, Plot, Stage
from mlgit.dvc.tracked import Tracked, outputs
from mlgit.metrics.reading import Reading

if TYPE_CHECKING:
    from mlgit.metrics.comparison import DataVersion


class FileError(Struct, frozen=True):
    """A file that is there and cannot be read: its path, what is wrong, where (`file:line`), and the hint, if known."""

    file: str
    message: str
    where: str
    hint: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """Which pipeline to read: its folder, and the files of metrics when mlgit.yaml names them."""

    folder: str
    metrics: tuple[str, ...] = ()


class PlotFile(Struct, frozen=True, kw_only=True):
    """A file of points at one moment: how to draw it, once for each plot of it, and which content it is.

    `version` is a digest of Git or DVC, empty when the file is not there; `content` is None when it is not here, `reason`
    says why.
    """

    plots: tuple[Plot, ...]
    version: str = ""
    content: bytes | None = None
    reason: str = ""


class PipelineState(Struct, frozen=True, kw_only=True):
    """One pipeline at one moment. All paths are from the root of the repository.

    `pipeline` is None when there is no dvc.yaml (`exists` is then false) or when it cannot be read, which `errors`
    tells. `tracked` holds everything whose digest is recorded, `data` what of it is data.
    """

    folder: str
    exists: bool
    pipeline: Pipeline | None = None
    lock: Lock | None = None
    errors: tuple[FileError, ...] = ()
    metrics: Mapping[str, Reading] = {}
    parameters: Mapping[str, Reading] = {}
    tracked: Mapping[str, Tracked] = {}
    data: Mapping[str, DataVersion] = {}
    plots: Mapping[str, PlotFile] = {}


def place(folder: str, name: str) -> str:
    """Return the path of a file in a folder, the empty folder being the root."""
    return f"{folder}/{name}" if folder else name


def metric_paths(folder: str, declared: Pipeline | None, paths: SortedPaths) -> tuple[str, ...]:
    """Return the files of metrics that a dvc.yaml declares, in its order; a folder stands for the files in it."""
    if declared is None:
        return ()
    found = [path for path, output in outputs(folder, declared) if output.kind == "metrics"]
    found += [path for name in declared.metrics if (path := joined(folder, name)) is not None]
    return expanded_folders(found, paths)


def expanded_folders(found: Iterable[str], paths: SortedPaths) -> tuple[str, ...]:
    """Return paths without doubles, a folder replaced by the files in it."""
    named: dict[str, None] = {}
    for path in found:
        inside = [] if path in paths else paths.below(path)
        named.update(dict.fromkeys(inside or [path]))
    return tuple(named)


def parameter_paths(folder: str, declared: Pipeline | None, paths: SortedPaths) -> dict[str, tuple[str, ...]]:
    """Return the files of parameters and the names that count in each; no names: all of them.

    Like DVC, params.yaml beside DVC's own folder counts as a whole, whoever depends on it.
    """
    chosen: dict[str, dict[str, None]] = {}
    whole: set[str] = set()
    for directory, wanted in wanted_parameters(declared) if declared else ():
        path = joined(folder, directory, wanted.file)
        if path is not None:
            chosen.setdefault(path, {}).update(dict.fromkeys(wanted.names))
            whole |= set() if wanted.names else {path}
    default = place(folder, pipeline.DEFAULT_PARAMETERS)
    whole |= {path for name in (declared.parameters if declared else ()) if (path := joined(folder, name))}
    if default in paths and place(folder, ".dvc/config") in paths:
        whole.add(default)
    return {path: () if path in whole else tuple(chosen[path]) for path in {**chosen, **dict.fromkeys(whole)}}


def wanted_parameters(declared: Pipeline) -> Iterator[tuple[str, Parameters]]:
    """Yield the parameters that stages name and that their templates take, each with the folder its file is looked for from."""
    for stage in declared.stages.values():
        yield from ((stage.directory, wanted) for wanted in stage.parameters)
    yield from ((".", wanted) for wanted in declared.template_values)


def variable_paths(folder: str, declared: Pipeline | None) -> dict[str, str]:
    """Return the files that templates may take values from, by how `vars` names them: params.yaml is the first."""
    names = (pipeline.DEFAULT_PARAMETERS, *(declared.variable_files if declared else ()))
    return {name: path for name in names if (path := joined(folder, name)) is not None}


def configuration_paths(folder: str) -> tuple[str, ...]:
    """Return where the settings of DVC may lie that hold for a pipeline, those that go first at the end."""
    roots = reversed((folder, *around(folder)) if folder else ("",))
    return tuple(place(root, f".dvc/{name}") for root in roots for name in ("config", "config.local"))


def plot_paths(folder: str, declared: Pipeline | None, paths: SortedPaths) -> dict[str, tuple[Plot, ...]]:
    """Return the files of points with how each is to be drawn; images and drawings are left to DVC.

    The plots at the top of dvc.yaml say how a file is drawn, each by itself; else the stage that writes it does.
    """
    by_stages: dict[str, tuple[Plot, ...]] = {}
    for path, output in outputs(folder, declared):
        if output.kind == "plots":
            for file in expanded_folders([path], paths):
                drawn = replace(output.plot or Plot(name=file, files=()), name=file, files=(file,))
                by_stages[file] = (drawn,)
    by_top: dict[str, tuple[Plot, ...]] = {}
    for plot in declared.plots if declared else ():
        for name in plot.files:
            place_of_file = joined(folder, name)
            for file in expanded_folders([place_of_file], paths) if place_of_file else ():
                by_top[file] = (*by_top.get(file, ()), plot)
    return {**by_stages, **by_top}


def first_round(request: Request) -> tuple[str, ...]:
    """Return the files to read before anything is known of a pipeline; the last is wanted by most."""
    names = (pipeline.FILE, lockfile.FILE, pipeline.DEFAULT_PARAMETERS)
    return (*(place(request.folder, name) for name in names), *request.metrics)


def address_of(folder: str, name: str) -> str:
    """Return how DVC calls a stage from the root of the repository."""
    return f"{place(folder, 'dvc.yaml')}:{name}" if folder else name


def located(folder: str, stage: Stage, paths: Sequence[str]) -> list[str]:
    """Return paths of a stage from the root of the repository; those outside of it are left out."""
    return [path for one in paths if (path := joined(folder, stage.directory, one)) is not None]
