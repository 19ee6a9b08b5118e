"""What other pipelines record of files that a dvc.yaml only names: metrics, plots and parameters of a stage elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mlgit.dvc import lockfile
from mlgit.dvc.declared import Declared, plot_paths, value_paths
from mlgit.dvc.paths import around, folder_of
from mlgit.dvc.state import Request
from mlgit.dvc.tracked import Tracked, outputs, tracked_files
from mlgit.git.snapshot import Snapshot

Declare = Callable[[Sequence[tuple[Snapshot, Request]]], list[Declared]]


class MadeElsewhere:
    """What all pipelines of a moment record, read when a first file is named that nothing near it explains.

    `declare` reads what dvc.yaml and dvc.lock say.
    """

    def __init__(self, declare: Declare) -> None:
        self._declare = declare
        self._found: dict[int, tuple[Snapshot, Mapping[str, Tracked]]] = {}

    def of(self, declared: Declared, own: Mapping[str, Tracked]) -> dict[str, Tracked]:
        """Return the records of what a pipeline names and `own`, what it records itself, does not hold."""
        wanted = unexplained(declared, own)
        recorded = self._recorded(declared.snapshot) if wanted else {}
        near = (place for path in wanted for place in (path, *around(path)))
        return {place: recorded[place] for place in near if place in recorded}

    def _recorded(self, snapshot: Snapshot) -> Mapping[str, Tracked]:
        """Return what the stages of all pipelines of a moment made, by path."""
        if id(snapshot) not in self._found:
            folders = [folder_of(path) for path in snapshot.paths() if lockfile.is_lock(path)]
            declared = self._declare([(snapshot, Request(folder=folder)) for folder in folders])
            self._found[id(snapshot)] = (snapshot, made(declared))
        return self._found[id(snapshot)][1]


def made(declared: Iterable[Declared]) -> dict[str, Tracked]:
    """Return what the stages of pipelines wrote, by path."""
    every = (tracked_files(one.request.folder, one.pipeline, one.lock, ()) for one in declared)
    return {path: one for found in every for path, one in found.items() if one.role != "read"}


def unexplained(declared: Declared, own: Mapping[str, Tracked]) -> list[str]:
    """Return the files that a pipeline names and neither Git nor its own stages and .dvc files have."""
    written = {path for path, _ in outputs(declared.request.folder, declared.pipeline)}
    named = dict.fromkeys([*value_paths(declared), *plot_paths(declared)])
    return [
        path
        for path in named
        if path not in declared.paths
        and not any(place in own or place in written for place in (path, *around(path)))
    ]
