"""Golden predictions of a version that brings none: what its model answers here is asked of the real endpoint after it.

The job that registers holds rights and loads no model, so such a version reaches its first deployment with nothing to answer. Here the
model lies on disk already, and nothing may be written: a process of its own, without a token of the job, makes requests from the schema.
"""

from __future__ import annotations

import msgspec

from mlgit.config.images import Target
from mlgit.config.targets import Golden
from mlgit.deploy import golden
from mlgit.deploy.command import said
from mlgit.deploy.target import Release, Version, variables
from mlgit.deploy.targets import plain
from mlgit.environments.questions import TOLERANCE, Questions, serves
from mlgit.errors import MlgitError
from mlgit.project.project import Project
from mlgit.registry.register import Made
from mlgit.text import visible

PROGRAM = ("-m", "mlgit.serving.examples")
SECONDS = 300.0
LONGEST = 300
"""Characters of why none can be made."""


def questions_made(
    project: Project, environment: str, target: Target | None, version: Version, release: Release
) -> tuple[Questions | None, str]:
    """Return what a version is asked that brings no golden predictions, else why nobody can make any.

    They are requests of `mlgit serve`: where something else answers, or nobody knows where, none are made.
    """
    if not serves(target):
        return None, ""
    try:
        made = made_by_program(project, environment, version, release)
        if made.text:
            name = f"the golden predictions made of {version.name} {version.version}"
            return (Golden(file="made", tolerance=TOLERANCE), golden.read(made.text.encode(), name)), ""
        return None, made.why
    except MlgitError as error:
        return None, visible(project.context.redact(error.message), LONGEST)


def made_by_program(project: Project, environment: str, version: Version, release: Release) -> Made:
    """Return what a process of its own makes of a model; raises `ExternalError` where it takes too long."""
    context = plain(project.context)
    done = context.processes.run(
        (context.python, *PROGRAM, str(release.model)),
        directory=release.folder,
        environment={**context.environment, **variables(environment, version, release.model)},
        timeout=SECONDS,
    )
    lines = done.text.strip().splitlines()
    try:
        if done.exit_code == 0 and lines:
            return msgspec.json.decode(lines[-1], type=Made)
    except msgspec.DecodeError:
        pass
    why = said(done.exit_code, done.error_text.splitlines())
    return Made(why=visible(project.context.redact(f"mlgit cannot serve it here: {why}"), LONGEST))
