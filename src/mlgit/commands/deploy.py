"""`deploy`: make what runs in an environment what has to run there, or say how it differs; and the steps around it in a workflow.

Four steps with values between them: `release` and `conclude` hold rights and run no code of the repository, `fetch` holds the
credentials of the DVC remote, `apply` runs the code and holds nothing.
"""

from __future__ import annotations

from pathlib import Path

from mlgit.environments import conclusion, forward
from mlgit.environments import deploy as deployments
from mlgit.environments.deployed import Delivered, Deployed
from mlgit.environments.image_proposals import record_or_propose
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.host.choose import ci_of
from mlgit.jobs.handoff import read_handoff, write_handoff
from mlgit.project.project import Project
from mlgit.world.context import Context

HANDOFF = "deployed.json"


def deploy(context: Context, environment: str, *, remote: str = "origin", check: bool = False) -> Deployed:
    """Deploy one environment, with `check` only compare; see `environments.deploy`. The images that are built are written to Git."""
    from mlgit.views import environments

    project = Project.find(context)
    if check:
        return deployments.compared(project, environment, remote=remote)
    done = deployments.deploy(project, environment, remote=remote)
    try:
        for note in record_or_propose(project, done, environments.texts(), remote=remote).notes:
            context.console.say(note)
    except ExternalError as error:
        context.console.warn(f"the image is not written to deploy/{environment}.yaml: {error.message}")
    return done


def release(context: Context, *, remote: str, outputs: bool) -> Delivered:
    """Register and promote what changed and passed; `outputs`: later jobs are told which environments are due."""
    from mlgit.registry.card import facts_of
    from mlgit.views import environments, model_card

    project = Project.find(context)
    words = forward.Words(
        card=lambda one, record, verdict: model_card.render(record, facts_of(project, one, record, verdict)),
        texts=environments.texts(),
    )
    return told(context, forward.release(project, words, remote=remote), outputs=outputs)


def fetch(context: Context, environment: str, models: Path, *, remote: str) -> tuple[str, ...]:
    """Bring the models that have to run to a folder; return their versions."""
    return deployments.fetch(Project.find(context), environment, models, remote=remote)


def apply(
    context: Context, environment: str, folder: Path, models: Path | None, *, remote: str, outputs: bool
) -> Deployed:
    """Deploy one environment, with the models that were brought to a folder, and hand off what became of it, also where nothing did; raises as `deploy` does."""
    try:
        done = deployments.deploy(Project.find(context), environment, remote=remote, models=models)
    except MlgitError as error:
        write_handoff(
            context,
            folder / HANDOFF,
            Deployed(environment=environment, commit="", error=f"{error.code}: {error.message}"),
        )
        raise
    write_handoff(context, folder / HANDOFF, done)
    if outputs:
        addresses = [one.address for one in done.models if one.address]
        ci_of(context).write_outputs({"address": addresses[0] if addresses else ""})
    return done


def conclude(context: Context, environment: str, folder: Path, *, remote: str, outputs: bool) -> Delivered:
    """Conclude a deployment that was handed off; see `environments.conclusion`."""
    from mlgit.views import deploy as views
    from mlgit.views import environments

    done = read_handoff(folder, HANDOFF, Deployed, hint=f"mlgit deploy {environment} --step apply")
    if done.environment != environment:
        raise UsageError(
            "handoff-refused",
            f"what was handed off is about {done.environment[:63]!r} and not {environment!r}",
            hint="look at the job before",
        )
    words = conclusion.Words(texts=environments.texts(), issue=views.issue)
    made = conclusion.conclude(Project.find(context), done, words, remote=remote)
    return told(context, made, outputs=outputs)


def told(context: Context, made: Delivered, *, outputs: bool) -> Delivered:
    """Tell later jobs which environments are due."""
    if outputs:
        ci_of(context).write_outputs({"due": "".join(f"|{name}|" for name in made.due)})
    return made
