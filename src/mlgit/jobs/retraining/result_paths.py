"""Which files a training may change in Git: what the stages at its base say that they write, the locks, the records.

Beside a result that DVC keeps, the line that keeps it out of Git. Anything else that appears beside a training (a log,
a folder of a library, an edited source) is not its result. The step that proposes asks this for itself, at the commit
that was claimed: a training runs anybody's code, and what it hands off is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from mlgit.config.model import Configuration
from mlgit.dvc import lockfile
from mlgit.dvc.paths import SortedPaths, around, below, joined
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.state import PipelineState, located, metric_paths, place
from mlgit.dvc.tracked import outputs
from mlgit.git.repository import Repository
from mlgit.git.snapshot import CommitSnapshot
from mlgit.jobs.retraining.handoff import may_change
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.runs.place import ROOT, pipeline_of

ATTRIBUTES = f"{ROOT}/.gitattributes"
IGNORE = ".gitignore"
SPECIAL = re.compile(rb"([\\\[\]!*#?])")


class ResultPaths(Struct, frozen=True, kw_only=True):
    """Paths from the root of the repository, files or folders: the locks, what Git keeps of results, what DVC keeps."""

    locks: frozenset[str]
    kept: frozenset[str]
    cached: frozenset[str]

    def holds(self, path: str) -> bool:
        """Tell whether a training may propose a change of a path, whatever it says: never of what steers Git."""
        if path.rpartition("/")[2].casefold().startswith(".git"):
            return path == ATTRIBUTES
        if path in self.locks or pipeline_of(path) is not None:
            return True
        if any(below(one, path) for one in self.cached):
            return False
        return any(below(one, path) for one in self.kept)

    def ignores(self, path: str, before: bytes, after: bytes) -> bool:
        """Tell whether a .gitignore only gained what DVC writes there: a line for a result beside it that DVC keeps."""
        folder, _, name = path.rpartition("/")
        start = before if before.endswith(b"\n") or not before else before + b"\n"
        if name != IGNORE or not after.startswith(start) or not after.endswith(b"\n"):
            return False
        beside = (one.rpartition("/") for one in self.cached)
        lines = {ignoring(made) for place, _, made in beside if place == folder}
        return all(line in lines for line in after[len(start) : -1].split(b"\n"))


def ignoring(name: str) -> bytes:
    """Return the line by which DVC keeps a file beside a .gitignore out of Git; its name is no pattern.

    Source: gitignore(5), "Pattern format".
    """
    return b"/" + SPECIAL.sub(rb"\\\1", name.encode("utf-8", "surrogateescape"))


def result_paths(
    configuration: Configuration, pipelines: Iterable[PipelineState], tracked: SortedPaths
) -> ResultPaths:
    """Return what is_result to the results of all pipelines of a commit; `tracked` are the paths that Git has there."""
    states = tuple(pipelines)
    kept = set(measured(configuration))
    cached: set[str] = set()
    for state in states:
        kept.update(declared(state, tracked))
        for stage in state.pipeline.stages.values() if state.pipeline else ():
            kept.update(kept_of(state, stage, tracked))
            cached.update(located(state.folder, stage, [one.path for one in stage.outputs if one.cache]))
    return ResultPaths(
        locks=frozenset(place(state.folder, lockfile.FILE) for state in states if state.exists),
        kept=frozenset(path for path in kept if path),
        cached=frozenset(path for path in cached if path),
    )


def kept_of(state: PipelineState, stage: Stage, tracked: SortedPaths) -> Iterator[str]:
    """Yield what Git keeps of a stage; of one whose text needs values from elsewhere, what the lock says and Git has."""
    yield from located(state.folder, stage, [one.path for one in stage.outputs if not one.cache])
    if not stage.unresolved or state.lock is None:
        return
    for name, locked in state.lock.stages.items():
        if name.partition("@")[0] == stage.name.partition("@")[0]:
            for path in located(state.folder, stage, [one.path for one in locked.outputs]):
                if path in tracked or tracked.below(path):
                    yield path


def declared(state: PipelineState, tracked: SortedPaths) -> Iterator[str]:
    """Yield the files of metrics and plots that a dvc.yaml names beside its stages, as far as Git has them."""
    yield from (path for path in metric_paths(state.folder, state.pipeline, tracked) if path in tracked)
    for plot in state.pipeline.plots if state.pipeline else ():
        for name in plot.files:
            path = joined(state.folder, name)
            if path and (path in tracked or tracked.below(path)):
                yield path


def measured(configuration: Configuration) -> Iterator[str]:
    """Yield the files by which mlgit.yaml says that models are measured."""
    for model in configuration.models.values():
        for name in (*model.metrics, model.predictions or ""):
            path = joined(name) if name else None
            if path:
                yield path


def result_paths_at(repository: Repository, commit: str) -> ResultPaths:
    """Return what a training at a commit may change in Git."""
    found = Project(repository).at(commit)
    return result_paths(found.configuration_or_default, found.pipelines, SortedPaths(found.paths()))


def is_result(results: ResultPaths, base: CommitSnapshot, path: str, content: bytes | None) -> bool:
    """Tell whether a training on a commit may propose that a file has this content, None that it is gone.

    A link of the commit, or what lies behind one, is no result.
    """
    linked = (one for one in (path, *around(path)) if one in base.paths() and base.oid(one) is None)
    if not may_change(path) or any(linked):
        return False
    if results.holds(path) or content is None:
        return results.holds(path)
    return results.ignores(path, base.read([path]).get(path, b""), content)


def owners_of(found: Revision, jobs: Mapping[str, str]) -> Callable[[str], str]:
    """Return what tells the job of a path: that whose stages write it or in whose folder it lies; empty: all of them.

    `jobs` maps the folder of a pipeline to the name of its job.
    """
    written: dict[str, str] = {}
    for state in found.pipelines:
        if state.folder in jobs:
            made = [path for path, _ in outputs(state.folder, state.pipeline)]
            written |= dict.fromkeys([place(state.folder, lockfile.FILE), *made], state.folder)

    def owner(path: str) -> str:
        recorded = pipeline_of(path)
        if recorded is not None:
            return jobs.get(recorded, "")
        around_it = [folder for made, folder in written.items() if below(made, path)]
        around_it += [folder for folder in jobs if folder and below(folder, path)]
        return jobs[around_it[0]] if around_it else ""

    return owner
