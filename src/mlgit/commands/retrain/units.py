"""What can be trained at a commit: every pipeline with a model, told from text alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlgit.commands.affected import configuration_of
from mlgit.commands.status import status
from mlgit.config import reader as configuration_file
from mlgit.config.model import Configuration
from mlgit.dvc import pipeline
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.concerns import Known, known_of, touches
from mlgit.dvc.paths import SortedPaths, around, folder_of, joined
from mlgit.dvc.reader import Reader
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import Request, place
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.shelf import Shelf
from mlgit.git.snapshot import CommitSnapshot, snapshot
from mlgit.retraining.belongings import Belongings, belongings
from mlgit.retraining.unit import Unit, inputs_digest
from mlgit.views.status import reason_text

DAY = 86_400


def units_at(repository: Repository, commit: str, *, now: float) -> tuple[Configuration, tuple[Unit, ...]]:
    """Return mlgit.yaml of a commit and its units, in its order.

    Raises `UsageError` (`retrain-unreadable`) when a pipeline cannot be read: what is unknown is not trained by guess.
    """
    moment, shelf = snapshot(repository, commit), Shelf(repository)
    configuration = configuration_of(shelf, moment)
    found = status(repository.world.at(repository.root), commit)
    for trouble in found.troubles:
        raise UsageError(
            "retrain-unreadable", f"{trouble.file} cannot be read: {trouble.message}", where=trouble.where
        )
    folders = sorted(folder_of(path) for path in moment.paths() if path.rpartition("/")[2] == pipeline.FILE)
    reader = Reader(shelf, LocalCache(repository.root))
    known = known_of(configuration, reader.read_stages([(moment, Request(folder=one)) for one in folders]))
    ages = ages_of(repository, commit, configuration, now) if wants_age(configuration) else {}
    return configuration, tuple(
        unit(configuration, known, moment, found.stages, folder, models, ages.get(folder))
        for folder, models in groups(configuration).items()
        if folder in folders
    )


def belongings_at(repository: Repository, commit: str) -> Belongings:
    """Return what a training at a commit may change in Git."""
    moment, shelf = snapshot(repository, commit), Shelf(repository)
    folders = sorted(folder_of(path) for path in moment.paths() if path.rpartition("/")[2] == pipeline.FILE)
    reader = Reader(shelf, LocalCache(repository.root))
    states = reader.read_stages([(moment, Request(folder=one)) for one in folders])
    return belongings(configuration_of(shelf, moment), states, SortedPaths(moment.paths()))


def groups(configuration: Configuration) -> dict[str, list[str]]:
    """Return the models of each pipeline's folder."""
    found: dict[str, list[str]] = {}
    for name, model in configuration.models.items():
        found.setdefault(joined(model.pipeline) or "", []).append(name)
    return found


def unit(
    configuration: Configuration,
    known: Known,
    moment: CommitSnapshot,
    states: tuple[StageState, ...],
    folder: str,
    models: list[str],
    age: float | None,
) -> Unit:
    """Return one unit: what of it is stale, and the digest of everything that its training reads."""
    around_it = with_sources(known, folder)
    reads = {
        path
        for read in (known.read, known.parameters)
        for path, folders in read.items()
        if around_it & set(folders)
    }
    bought = {path for path in reads if not any(touches(path, made) for made in known.written)}
    tables = [
        name
        for name, table in configuration.data.items()
        if any(touches(table.path, path) for path in bought)
    ]
    texts = {configuration_file.FILE, *(place(one, pipeline.FILE) for one in around_it)}
    texts |= {configuration.data[name].schema for name in tables}
    contents = dict(contents_of(moment, SortedPaths(moment.paths()), bought | texts))
    return Unit(
        name=models[0],
        folder=folder,
        models=tuple(models),
        inputs=inputs_digest(contents),
        stale=tuple(
            told(state) for state in states if (joined(state.pipeline) or "") in around_it and is_due(state)
        ),
        tables=tuple(tables),
        age_days=age,
    )


def with_sources(known: Known, folder: str) -> frozenset[str]:
    """Return a pipeline's folder and those of the pipelines whose outputs it reads, however far."""
    found, new = {folder}, {folder}
    while new:
        new = {maker for one in new for maker in known.uses.get(one, ())} - found
        found |= new
    return frozenset(found)


def is_due(state: StageState) -> bool:
    """Tell whether a stage has to run, or may have to."""
    return state.state in ("stale", "unknown")


def told(state: StageState) -> str:
    """Return a stage and why it is not fresh."""
    return f"{state.address}: {'; '.join(reason_text(reason) for reason in state.reasons)}"


def contents_of(moment: CommitSnapshot, paths: SortedPaths, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what Git has for each path: its blob, those below it, or those of the .dvc files that stand for it."""
    for path in sorted(wanted):
        pointers = [f"{one}.dvc" for one in (path, *around(path))]
        for name in (path, *paths.below(path), *pointers):
            oid = moment.oid(name)
            if oid is not None:
                yield name, oid


def wants_age(configuration: Configuration) -> bool:
    """Tell whether the age of a model counts."""
    return configuration.ct is not None and configuration.ct.max_age_days is not None


def ages_of(
    repository: Repository, commit: str, configuration: Configuration, now: float
) -> Mapping[str, float]:
    """Return the days since each pipeline's dvc.lock was last changed."""
    found = {}
    for folder in groups(configuration):
        lock = place(folder, "dvc.lock")
        done = repository.run("log", "-1", "--format=%ct", commit, "--", lock)
        if done.text.strip().isdigit():
            found[folder] = (now - int(done.text)) / DAY
    return found
