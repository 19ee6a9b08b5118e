"""What can be trained at a commit: every pipeline with a model, told from text alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from mlgit.commands.affected import configuration_of
from mlgit.commands.status import status
from mlgit.config import reader as configuration_file
from mlgit.config.model import Configuration
from mlgit.dvc import pipeline
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.concerns import Known, known_of, touches
from mlgit.dvc.paths import SortedPaths, around, folder_of, joined
from mlgit.dvc.reader import Reader
from mlgit.dvc.staleness import StageState, reason_text
from mlgit.dvc.state import PipelineState, Request, place
from mlgit.errors import UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import CommitSnapshot, snapshot
from mlgit.jobs.retraining.estimate import REMEMBERED
from mlgit.jobs.retraining.handoff import may_change
from mlgit.jobs.retraining.job import Job, inputs_digest
from mlgit.jobs.retraining.results import ResultPaths, result_paths
from mlgit.runs.history import Record, readable, seconds_of
from mlgit.runs.place import grouped

DAY = 86_400


def jobs_at(repository: Repository, commit: str, *, now: float) -> tuple[Configuration, tuple[Job, ...]]:
    """Return mlgit.yaml of a commit and its jobs, in its order.

    Raises `UsageError` (`retrain-unreadable`) when a pipeline cannot be read: what is unknown is not trained by guess.
    """
    moment, blobs = snapshot(repository, commit), BlobCache(repository)
    configuration = configuration_of(blobs, moment)
    found = status(repository.context.at(repository.root), commit)
    for trouble in found.troubles:
        raise UsageError(
            "retrain-unreadable", f"{trouble.file} cannot be read: {trouble.message}", where=trouble.where
        )
    states = pipelines_at(repository, blobs, moment)
    known, folders = known_of(configuration, states), {state.folder for state in states}
    jobs = tuple(
        job(configuration, known, moment, found.stages, folder, models)
        for folder, models in groups(configuration).items()
        if folder in folders
    )
    if wants_age(configuration):
        jobs = tuple(with_age(repository, commit, one, now) for one in jobs)
    return configuration, with_past(blobs, moment, jobs)


def result_paths_at(repository: Repository, commit: str) -> ResultPaths:
    """Return what a training at a commit may change in Git."""
    moment, blobs = snapshot(repository, commit), BlobCache(repository)
    states = pipelines_at(repository, blobs, moment)
    return result_paths(configuration_of(blobs, moment), states, SortedPaths(moment.paths()))


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


def trained_at(repository: Repository, commit: str) -> frozenset[str]:
    """Return the folders of the pipelines that a retraining runs: those of models, and those whose outputs they read."""
    moment, blobs = snapshot(repository, commit), BlobCache(repository)
    configuration = configuration_of(blobs, moment)
    known = known_of(configuration, pipelines_at(repository, blobs, moment))
    return frozenset(one for folder in groups(configuration) for one in with_sources(known, folder))


def pipelines_at(repository: Repository, blobs: BlobCache, moment: CommitSnapshot) -> list[PipelineState]:
    """Return every pipeline of a commit, read together."""
    folders = sorted(folder_of(path) for path in moment.paths() if path.rpartition("/")[2] == pipeline.FILE)
    reader = Reader(blobs, LocalCache(repository.root))
    return reader.read_stages([(moment, Request(folder=one)) for one in folders])


def groups(configuration: Configuration) -> dict[str, list[str]]:
    """Return the models of each pipeline's folder."""
    found: dict[str, list[str]] = {}
    for name, model in configuration.models.items():
        found.setdefault(joined(model.pipeline) or "", []).append(name)
    return found


def job(
    configuration: Configuration,
    known: Known,
    moment: CommitSnapshot,
    states: tuple[StageState, ...],
    folder: str,
    models: list[str],
) -> Job:
    """Return one job: what of it is stale, and the digest of everything that its training reads."""
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
    schemas = {configuration.data[name].schema for name in tables}
    checked = schemas | {configuration.data[name].path for name in tables}
    paths = SortedPaths(moment.paths())
    contents = dict(contents_of(moment, paths, bought | texts | schemas))
    return Job(
        name=models[0],
        folder=folder,
        models=tuple(models),
        inputs=inputs_digest(contents),
        stale=tuple(
            why_due(state)
            for state in states
            if (joined(state.pipeline) or "") in around_it and is_due(state)
        ),
        tables=tuple(tables),
        data=inputs_digest(dict(contents_of(moment, paths, checked))),
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


def why_due(state: StageState) -> str:
    """Return a stage and why it is not fresh."""
    return f"{state.address}: {'; '.join(reason_text(reason) for reason in state.reasons)}"


def contents_of(moment: CommitSnapshot, paths: SortedPaths, chosen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what Git has for each path: its blob, those below it, or those of the .dvc files that stand for it."""
    for path in sorted(chosen):
        pointers = [f"{one}.dvc" for one in (path, *around(path))]
        for name in (path, *paths.below(path), *pointers):
            oid = moment.oid(name)
            if oid is not None:
                yield name, oid


def wants_age(configuration: Configuration) -> bool:
    """Tell whether the age of a model counts."""
    return configuration.ct is not None and configuration.ct.max_age_days is not None


def with_age(repository: Repository, commit: str, one: Job, now: float) -> Job:
    """Return a job with the commit that last changed its dvc.lock and the days since then; without one, as it is."""
    lock = place(one.folder, "dvc.lock")
    made, _, seconds = repository.run("log", "-1", "--format=%H %ct", commit, "--", lock).text.partition(" ")
    if not seconds.strip().isdigit():
        return one
    return msgspec.structs.replace(one, made=made, age_days=(now - int(seconds)) / DAY)


def with_past(blobs: BlobCache, moment: CommitSnapshot, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Return the jobs, those that may be trained with what their newest records say of earlier trainings.

    Few records a job, all of them read together; one that cannot be read tells nothing.
    """
    listed = grouped(moment.paths())
    newest = {one.folder: listed.get(one.folder, [])[-REMEMBERED:] for one in jobs if one.stale}
    blobs.gather([(moment, path) for paths in newest.values() for path in paths])
    return tuple(
        msgspec.structs.replace(one, past=seconds_of(records_among(blobs, moment, newest[one.folder])))
        if one.folder in newest
        else one
        for one in jobs
    )


def records_among(blobs: BlobCache, moment: CommitSnapshot, paths: Sequence[str]) -> list[Record]:
    """Return the records at these paths, the oldest first."""
    return readable({path: blobs.content(moment, path) or b"" for path in paths})[0]
