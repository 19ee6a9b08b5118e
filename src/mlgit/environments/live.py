"""What runs beside what has to run, for a status: nothing is fetched, and no program of the user's is started unasked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mlgit.config.environments import Environment
from mlgit.config.targets import LocalTarget
from mlgit.deploy.target import Running
from mlgit.deploy.targets import target_of
from mlgit.dvc.state import FileError
from mlgit.environments.status import Wanted
from mlgit.errors import MlgitError
from mlgit.project.project import Project
from mlgit.project.revision import Revision


def beside_live(
    project: Project, revision: Revision, wanted: Sequence[Wanted], *, ask: bool
) -> tuple[tuple[Wanted, ...], tuple[FileError, ...]]:
    """Return what has to run with what runs, and the targets that cannot be reached."""
    found: list[Wanted] = []
    errors: list[FileError] = []
    for name, environment in revision.configuration_or_default.environments.items():
        here = [one for one in wanted if one.environment == name]
        if not here or not may_ask(environment, ask=ask):
            found += here
            continue
        try:
            with target_of(project, revision, name) as target:
                live = target.live([one.artifact for one in here])
        except MlgitError as error:
            errors.append(FileError("mlgit.yaml", error.message, f"environments.{name}.target", error.hint))
            found += here
            continue
        found += [seen(one, live.get(one.artifact)) for one in here]
    return tuple(found), tuple(errors)


def may_ask(environment: Environment, *, ask: bool) -> bool:
    """Tell whether a target is asked: one that starts no program always, another where that is wanted."""
    return environment.target is not None and (ask or isinstance(environment.target, LocalTarget))


def seen(wanted: Wanted, running: Running | None) -> Wanted:
    """Return what has to run with what runs."""
    if running is None:
        return replace(wanted, state="differs")
    same = running.serves(wanted.version, wanted.digest)
    return replace(wanted, live=running.version, state="same" if same else "differs")
