"""The jobs that CI starts for the models that a change concerns: decided at run time, so that no workflow names a model.

A pipeline is one job, with every model that it makes. Where CI trains, pipelines that a change concerns together and of
which one reads the outputs of the other are one job, too: nothing is trained twice. Above `MOST_JOBS` several of them
share a job.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.jobs import RunnerChoice
from mlgit.config.model import Configuration, Model
from mlgit.dvc.concerns import Affected, ModelsJob, pipelines_of
from mlgit.dvc.paths import joined
from mlgit.dvc.state import place
from mlgit.project.revision import Revision

MOST_JOBS = 250
"""GitHub starts 256 jobs of a matrix at most."""
ELSE = "."
"""Stands for what belongs to no model: a pipeline without one, and the tests below `tests/model` that are of no model."""
TESTS = "tests/model/"
LONGEST_LIMIT = 4320
SHOWN = 3


class Unit(Struct, frozen=True, kw_only=True):
    """What cannot be looked at apart: models, the folders of their pipelines, and what their job has for itself."""

    models: tuple[str, ...]
    folders: tuple[str, ...]
    runner: RunnerChoice
    minutes: int
    requirements: str


def model_jobs(revision: Revision, result: Affected, before: Mapping[str, Model]) -> tuple[ModelsJob, ...]:
    """Return the jobs for what a change concerns, numbered; none where it concerns no model.

    `before` are the models where the change starts: one that is gone is judged, too.
    """
    configuration = revision.configuration_or_default
    if not result.model:
        return ()
    chosen = {name: model for name, model in configuration.models.items() if name in result.models}
    gone = {name: model for name, model in before.items() if name not in configuration.models}
    touched = None if result.doubt else pipelines_of(revision.relations, result.concerns)
    units = units_of(revision, configuration, {**gone, **chosen}, touched)
    found = [job_of(revision, unit) for unit in batches(units, MOST_JOBS - 1)]
    if not found or has_else(revision, chosen, touched):
        found.append(job_of_else(configuration))
    return tuple(replace(one, id=number) for number, one in enumerate(found, 1))


def units_of(
    revision: Revision,
    configuration: Configuration,
    models: Mapping[str, Model],
    touched: frozenset[str] | None,
) -> list[Unit]:
    """Return what cannot be looked at apart, in the order of mlgit.yaml."""
    ci = configuration.ci
    trains = ci.train == "run"
    runner = (configuration.runners.train if trains else ()) or configuration.runners.default
    together = linked(revision, touched) if trains else {}
    groups: dict[str, list[str]] = {}
    for name, model in models.items():
        groups.setdefault(together.get(model.folder, model.folder), []).append(name)
    limit = ci.train_minutes if trains else ci.minutes
    return [
        Unit(
            models=tuple(names),
            folders=tuple(dict.fromkeys(models[name].folder for name in names)),
            runner=next((models[name].ci.runner for name in names if models[name].ci.runner), runner),
            minutes=max(models[name].ci.minutes or limit for name in names),
            requirements=next(
                (models[name].ci.requirements or "" for name in names if models[name].ci.requirements),
                ci.requirements,
            ),
        )
        for names in groups.values()
    ]


def linked(revision: Revision, touched: frozenset[str] | None) -> dict[str, str]:
    """Return for each pipeline that a change concerns the one that stands for all it hangs together with."""
    concerned = [one for one in revision.pipeline_folders if touched is None or one in touched]
    stands: dict[str, str] = {one: one for one in concerned}

    def root(folder: str) -> str:
        while stands[folder] != folder:
            folder = stands[folder]
        return folder

    for folder in concerned:
        for maker in revision.relations.uses.get(folder, ()):
            if maker in stands:
                stands[root(folder)] = root(maker)
    return {folder: root(folder) for folder in concerned}


def batches(units: Sequence[Unit], most: int) -> Iterator[Unit]:
    """Yield the units, joined where they are more than `most`: only those with the same runner and packages."""
    alike: dict[tuple[RunnerChoice, str], list[Unit]] = {}
    for unit in units:
        alike.setdefault((unit.runner, unit.requirements), []).append(unit)
    size = 1
    while size < len(units) and sum(-(-len(group) // size) for group in alike.values()) > most:
        size += 1
    for group in alike.values():
        for start in range(0, len(group), size):
            yield joined_units(group[start : start + size])


def joined_units(units: Sequence[Unit]) -> Unit:
    """Return several units as one, with the sum of their time."""
    return Unit(
        models=tuple(name for unit in units for name in unit.models),
        folders=tuple(folder for unit in units for folder in unit.folders),
        runner=units[0].runner,
        minutes=min(sum(unit.minutes for unit in units), LONGEST_LIMIT),
        requirements=units[0].requirements,
    )


def job_of(revision: Revision, unit: Unit) -> ModelsJob:
    """Return the job of a unit."""
    return ModelsJob(
        id=0,
        name=named(unit.models),
        models=",".join(unit.models),
        pull="\n".join(pulled(revision, unit)),
        minutes=unit.minutes,
        runner=unit.runner,
        requirements=unit.requirements,
    )


def named(models: Sequence[str]) -> str:
    """Return a short name for a job."""
    left = len(models) - SHOWN
    return ", ".join(models[:SHOWN]) + (f" and {left} more" if left > 0 else "")


def pulled(revision: Revision, unit: Unit) -> Iterator[str]:
    """Yield what `dvc pull` is told: the pipelines with what they read, and what DVC keeps of the models elsewhere."""
    models = revision.configuration_or_default.models
    kept = {path for name in unit.models if name in models for path in evidence(models[name])}
    pointers = [f"{path}.dvc" for path in sorted(kept) if f"{path}.dvc" in revision.paths()]
    makers = {maker for path in kept for maker in revision.relations.written.get(path, ())}
    folders = dict.fromkeys([*unit.folders, *sorted(makers)])
    targets = [place(one, "dvc.yaml") for one in folders if one in revision.pipeline_folders] + pointers
    yield "--with-deps"
    # Without a target DVC would bring everything.
    yield from (f"./{one}" for one in targets or ["dvc.yaml"])


def evidence(model: Model) -> Iterator[str]:
    """Yield the files of a model that mlgit.yaml names, as paths from the root."""
    for path in (model.artifact, model.predictions, *model.metrics):
        found = joined(path) if path else None
        if found:
            yield found


def job_of_else(configuration: Configuration) -> ModelsJob:
    """Return the job of what belongs to no model; it has all data."""
    ci, trains = configuration.ci, configuration.ci.train == "run"
    return ModelsJob(
        id=0,
        name="what belongs to no model",
        models=ELSE,
        pull="--with-deps",
        minutes=ci.train_minutes if trains else ci.minutes,
        runner=(configuration.runners.train if trains else ()) or configuration.runners.default,
        requirements=ci.requirements,
    )


def has_else(revision: Revision, models: Mapping[str, Model], touched: frozenset[str] | None) -> bool:
    """Tell whether a change concerns something of no model: a pipeline that none is made by, or tests of none."""
    if any(is_test(path, revision.configuration_or_default.models) for path in revision.paths()):
        return True
    return bool(folders_of_none(revision, models, touched))


def folders_of_none(
    revision: Revision, models: Mapping[str, Model], touched: Collection[str] | None
) -> tuple[str, ...]:
    """Return the pipelines concerned that make none of the models and that none of these reads from."""
    relations = revision.relations
    of_models = {one for model in models.values() for one in relations.with_sources(model.folder)}
    concerned: Iterable[str] = revision.pipeline_folders
    return tuple(one for one in concerned if one not in of_models and (touched is None or one in touched))


def is_test(path: str, models: Collection[str]) -> bool:
    """Tell whether a file is a test of the models that is in the folder of none of them."""
    inner = path.removeprefix(TESTS)
    name = inner.rpartition("/")[2]
    tests = name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))
    return inner != path and tests and inner.partition("/")[0] not in models
