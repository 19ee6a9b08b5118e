"""What can be trained at a commit: every pipeline with a model, told from text alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mlgit.config import reader as configuration_file
from mlgit.config.groups import group_of
from mlgit.config.model import Configuration
from mlgit.dvc import pipeline
from mlgit.dvc.known import Known
from mlgit.dvc.paths import SortedPaths, around, joined, touches
from mlgit.dvc.reasons import reason_text
from mlgit.dvc.state import place
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import Snapshot
from mlgit.jobs.retraining.job import REMEMBERED, Job, inputs_digest
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.runs.history import readable, seconds_of

DAY = 86_400


def jobs_at(repository: Repository, commit: str, *, now: float) -> tuple[Configuration, tuple[Job, ...]]:
    """Return mlgit.yaml of a commit and its jobs, in its order.

    Raises `UsageError` (`retrain-unreadable`) when a pipeline cannot be read: what is unknown is not trained by guess.
    """
    found = Project(repository).at(commit)
    configuration = found.configuration_or_default
    for error in found.errors:
        raise UsageError(
            "retrain-unreadable", f"{error.file} cannot be read: {error.message}", where=error.where
        )
    jobs = tuple(
        job(found, folder, models)
        for folder, models in found.models_by_pipeline.items()
        if folder in found.pipeline_folders
    )
    if configuration.ct is not None and configuration.ct.max_age_days is not None:
        jobs = tuple(with_age(repository, commit, one, now) for one in jobs)
    return configuration, with_past(found, jobs)


def job(found: Revision, folder: str, models: tuple[str, ...]) -> Job:
    """Return one job: what of it is stale, and the digest of everything that its training reads."""
    configuration, known, files = found.configuration_or_default, found.relations, found.files
    around_it = known.with_sources(folder)
    reads = reads_of(known, folder)
    bought = {path for path in reads if not any(touches(path, made) for made in known.written)}
    tables = [
        name
        for name, table in configuration.data.items()
        if any(touches(table.path, path) for path in bought)
    ]
    texts = {configuration_file.FILE, *(place(one, pipeline.FILE) for one in around_it)}
    schemas = {configuration.data[name].schema for name in tables}
    checked = schemas | {configuration.data[name].path for name in tables}
    paths = SortedPaths(files.paths())
    contents = dict(contents_of(files, paths, bought | texts | schemas))
    return Job(
        name=models[0],
        folder=folder,
        models=models,
        inputs=inputs_digest(contents),
        stale=tuple(
            f"{state.address}: {'; '.join(reason_text(reason) for reason in state.reasons)}"
            for state in found.stages
            if (joined(state.pipeline) or "") in around_it and state.state in ("stale", "unknown")
        ),
        tables=tuple(tables),
        data=inputs_digest(dict(contents_of(files, paths, checked))),
        budget=max((configuration.models[name].ci.budget or 0 for name in models), default=0) or None,
        group=group_of(configuration.ct.groups, models) if configuration.ct is not None else "",
    )


def reads_of(known: Known, folder: str) -> set[str]:
    """Return every path that a pipeline reads, and those that make what it reads."""
    around_it = known.with_sources(folder)
    return {
        path
        for read in (known.read, known.parameters)
        for path, folders in read.items()
        if around_it & set(folders)
    }


def contents_of(files: Snapshot, paths: SortedPaths, chosen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what Git has for each path: its blob, those below it, or those of the .dvc files that stand for it."""
    for path in sorted(chosen):
        pointers = [f"{one}.dvc" for one in (path, *around(path))]
        for name in (path, *paths.below(path), *pointers):
            oid = files.oid(name)
            if oid is not None:
                yield name, oid


def with_age(repository: Repository, commit: str, one: Job, now: float) -> Job:
    """Return a job with the commit that last changed its dvc.lock and the days since then; without one, as it is."""
    lock = place(one.folder, "dvc.lock")
    made, _, seconds = repository.run("log", "-1", "--format=%H %ct", commit, "--", lock).text.partition(" ")
    if not seconds.strip().isdigit():
        return one
    return msgspec.structs.replace(one, made=made, age_days=(now - int(seconds)) / DAY)


def with_past(found: Revision, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Return the jobs, those that may be trained with what their newest records say of earlier trainings.

    Few records a job, all of them read together; one that cannot be read tells nothing.
    """
    newest = {one.folder: found.records.get(one.folder, [])[-REMEMBERED:] for one in jobs if one.stale}
    found.gather([path for paths in newest.values() for path in paths])
    records = {
        folder: readable({path: found.content(path) or b"" for path in paths})[0]
        for folder, paths in newest.items()
    }
    return tuple(
        msgspec.structs.replace(one, past=seconds_of(records[one.folder])) if one.folder in records else one
        for one in jobs
    )
