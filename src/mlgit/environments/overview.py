"""All models with their versions and the environments that have to run each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.environments.desired import Desired
from mlgit.environments.reading import desired_files, read_states
from mlgit.environments.reading import known as known_here
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.registry.state import Model, Registered, Registry
from mlgit.registry.tags import Objects

SHOWN = 10
"""Versions of a model that are shown unless all are asked for; those that run somewhere besides."""


class VersionRow(Struct, frozen=True, kw_only=True):
    """One version, and the environments that have to run it."""

    version: Registered
    environments: tuple[str, ...] = ()


class ModelRow(Struct, frozen=True, kw_only=True):
    """One model; its versions, the greatest first."""

    name: str
    artifact: Annotated[str, Meta(description="The model as tags call it.")]
    versions: tuple[VersionRow, ...]
    older: Annotated[int, Meta(description="Versions left out; `--all` lists them.")] = 0


class FileError(Struct, frozen=True, kw_only=True):
    """What is wrong with the desired state of an environment."""

    where: str
    message: str
    hint: str = ""


class Overview(Struct, frozen=True, kw_only=True):
    """Every model that is registered."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    commit: Annotated[str | None, Meta(description="The commit that the desired states stand at.")] = None
    models: tuple[ModelRow, ...] = ()
    errors: Annotated[tuple[FileError, ...], Meta(description="Files that cannot be read.")] = ()
    complete: Annotated[bool, Meta(description="False in a shallow clone: versions may be missing.")] = True


def overview(
    repository: Repository, model: str = "", *, remote: str = "origin", everything: bool = False
) -> Overview:
    """Return the models with their versions, from Git alone; `model` names one, by its name or as tags call it.

    Raises `UsageError` (`version-unknown`) for a model without a version.
    """
    objects = Objects(repository, {})
    tip, registered = known_here(repository, remote, objects)
    known, files = chosen(registered, model), desired_files(repository, tip)
    most = None if everything else SHOWN
    objects.gather([*files.values(), *(oid for one in known.values() for oid in one.oids(one.names[:most]))])
    states = read_states({path: objects.content(oid) for path, oid in files.items()})
    shown = {key: shown_of(one, states.environments, everything=everything) for key, one in known.items()}
    objects.gather(oid for key, names in shown.items() for oid in known[key].oids(names))
    return Overview(
        commit=tip,
        models=tuple(model_row(one, states.environments, shown[key]) for key, one in known.items()),
        errors=tuple(FileError(where=one.where, message=one.message, hint=one.hint) for one in states.errors),
        complete=not repository.is_shallow,
    )


def chosen(known: Registry, model: str) -> Registry:
    """Return the models that are asked for."""
    found = {key: one for key, one in known.items() if model in ("", key, one.name)}
    if model and not found:
        names = ", ".join(sorted({one.name for one in known.values()})[:10]) or "none"
        raise UsageError(
            "version-unknown", f"no version of {model} is registered", hint=f"registered are: {names}"
        )
    return found


def running_of(model: Model, states: Mapping[str, Desired]) -> dict[str, str]:
    """Return the version that each environment has to run of a model."""
    return {name: entry.version for name, desired in states.items() if (entry := desired.get(model.artifact))}


def shown_of(model: Model, states: Mapping[str, Desired], *, everything: bool) -> list[str]:
    """Return the versions to list: the greatest, and those that run somewhere."""
    running = frozenset(running_of(model, states).values())
    return [name for place, name in enumerate(model.names) if everything or place < SHOWN or name in running]


def model_row(model: Model, states: Mapping[str, Desired], shown: Sequence[str]) -> ModelRow:
    """Return a model with the versions that are listed, and where each runs."""
    running = running_of(model, states)
    rows = (
        VersionRow(
            version=one, environments=tuple(name for name, runs in running.items() if runs == one.version)
        )
        for one in map(model.version, shown)
        if one is not None
    )
    return ModelRow(
        name=model.name,
        artifact=model.artifact,
        versions=tuple(rows),
        older=len(model.names) - len(shown),
    )
