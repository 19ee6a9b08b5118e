"""Ask a version its golden predictions before an environment goes back to it: served for that moment, on this machine.

Only where a person asks for it: in a workflow the job that may write runs no code of the repository, and the deployment after it
asks.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec.structs import replace

from mlgit.config.targets import LocalTarget
from mlgit.deploy import golden
from mlgit.deploy.golden import Smoke
from mlgit.deploy.local import Local
from mlgit.deploy.target import Release, Version
from mlgit.deploy.targets import plain
from mlgit.environments.decision import Step, digest
from mlgit.environments.questions import Questions, questions_of
from mlgit.errors import MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.registry.artifact import Artifact, delivered
from mlgit.registry.names import model_of
from mlgit.world.processes import is_left_behind, own_name
from mlgit.world.service import Service, free_port

FOLDER = "mlgit/trials"


def trial(project: Project, revision: Revision, step: Step, artifact: Artifact) -> Smoke | None:
    """Return what a version answers to its golden predictions; None where it has none, or nobody here can serve it.

    Raises `UsageError` (`rollback-golden`) where it answers wrongly, or does not come to run as its target says.
    """
    name, _ = model_of(step.artifact)
    version = Version(
        artifact=step.artifact,
        name=name,
        version=step.version.version,
        digest=digest(step.version),
        commit=step.version.commit,
    )
    target = revision.configuration.environments[step.environment].target
    questions = questions_of(project, name, step.version, target)
    if questions is None:
        return None
    own = target if isinstance(target, LocalTarget) else LocalTarget()
    try:
        smoke = served(project, own, version, artifact, questions)
    except MlgitError as error:
        if own is target:
            raise refused(step, error.message) from error
        project.context.console.warn(f"golden predictions are asked after the deployment: {error.message}")
        return None
    if smoke.wrong:
        raise refused(step, f"{smoke.wrong} of {smoke.asked} golden predictions are wrong; {smoke.first}")
    return smoke


def served(
    project: Project,
    settings: LocalTarget,
    version: Version,
    artifact: Artifact,
    questions: Questions,
) -> Smoke:
    """Serve a version at a free port, ask it, and end it."""
    port = free_port()
    with own_folder(project) as place, delivered(project, version.commit, artifact) as folder:
        target = Local(plain(project.context), "trial", replace(settings, port=port), place, {})
        try:
            target.apply(version, Release(folder=folder, model=folder / artifact.path))
            return golden.ask(f"http://127.0.0.1:{port}", *questions)
        finally:
            target.stop(version.artifact)


@contextmanager
def own_folder(project: Project) -> Iterator[Path]:
    """Give a folder that goes when the work is done; servers that killed trials left are ended, and their folders removed."""
    trials = project.repository.common_folder / FOLDER
    own = trials / own_name()
    own.mkdir(parents=True, exist_ok=True)
    try:
        for left in trials.iterdir():
            if is_left_behind(left.name):
                for place in left.iterdir():
                    Service(place).stop()
                shutil.rmtree(left, ignore_errors=True)
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with suppress(OSError):
            trials.rmdir()


def refused(step: Step, why: str) -> UsageError:
    """Return the error for a version that is no good to go back to."""
    name, _ = model_of(step.artifact)
    return UsageError(
        "rollback-golden",
        f"{name} {step.version.version} does not answer as it did: {why}",
        hint=f"mlgit rollback {name} {step.environment} --to VERSION --reason ...; mlgit history {name} lists them",
    )
