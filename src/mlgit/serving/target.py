"""What a person means by MODEL, MODEL@VERSION or a path: a model on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.lfs import refuse_pointer
from mlgit.project.project import Project
from mlgit.registry.names import model_of
from mlgit.registry.reading import registry
from mlgit.serving.registered import registered
from mlgit.serving.release import Release, release_of
from mlgit.world.context import Context

PATH = "MLGIT_PATH"
"""The variable in which `mlgit deploy` tells a server where its model lies."""


@contextmanager
def release_at(context: Context, target: str) -> Iterator[Release]:
    """Give the model that is meant: empty text is the one that `mlgit deploy` names in its variables.

    Raises `UsageError` (`serve-target`, `serve-no-model`, `model-unregistered`, `version-...`, `artifact-...`).
    """
    told = {name: text for name, text in context.environment.items() if name.startswith("MLGIT_")}
    if not target:
        if not told.get(PATH):
            raise UsageError("serve-target", "nothing says which model", hint="mlgit serve MODEL, or a path")
        yield release_of(context.directory / told[PATH], told)
        return
    project = None if is_path(context, target) else nearest(context)
    name, _, version = target.partition("@")
    if project is not None and (version or is_registered(project, name)):
        with registered(project, name, version) as release:
            yield release
        return
    if "@" in target and not is_path(context, target):
        raise UsageError(
            "not-a-repository",
            f"{target} is a version, and there is no repository here",
            hint="cd to the repository",
        )
    yield at_path(context, target)


def at_path(context: Context, target: str) -> Release:
    """Return the model at a path; raises `UsageError` (`serve-no-model`, `lfs-pointer`) with what brings it here."""
    place = context.directory / target
    refuse_pointer(place, target)
    if place.exists():
        return release_of(place)
    project = nearest(context)
    settings = project.at().configuration_or_none if project else None
    hint = "mlgit models lists versions; or the path of a model"
    if place.with_name(f"{place.name}.dvc").is_file():
        hint = f"dvc pull {target}"
    elif settings is not None and target in settings.models:
        hint = f"mlgit register {target} makes a version of it"
    raise UsageError("serve-no-model", f"there is no model {place.name[:80]}", hint=hint, where=str(place))


def is_environment(context: Context, target: str) -> bool:
    """Tell whether a target is an environment of mlgit.yaml."""
    if not target or is_path(context, target) or "@" in target:
        return False
    project = nearest(context)
    settings = project.at().configuration_or_none if project else None
    return settings is not None and target in settings.environments


def is_path(context: Context, target: str) -> bool:
    """Tell whether a target can only be a path: one with a folder or an ending that is there."""
    return ("/" in target or "." in target) and (context.directory / target).exists()


def is_registered(project: Project, name: str) -> bool:
    """Tell whether the tags know a model of a name."""
    return any(name in (artifact, model_of(artifact)[0]) for artifact in registry(project.repository))


def nearest(context: Context) -> Project | None:
    """Return the project around a directory, None outside of one."""
    try:
        return Project.find(context)
    except MlgitError:
        return None


def require_installed(*modules: str, extra: str = "serve") -> None:
    """Raise `ExternalError` (`serve-extra`) where a library that serving needs is not installed."""
    for name in modules:
        if find_spec(name) is None:
            raise ExternalError(
                "serve-extra", f"{name} is not installed", hint=f'pip install "mlgit[{extra}]"'
            )
