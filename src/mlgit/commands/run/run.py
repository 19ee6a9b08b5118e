"""`run`: execute the workflows that an event starts, on this machine, with the real act and stubs for the actions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlgit.commands.run.prepare import Prepared, Request, prepare
from mlgit.config.jobs import runner_words
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.finding import find
from mlgit.host.github.workflows import act, runner
from mlgit.host.github.workflows.actions import replacements
from mlgit.host.github.workflows.log import RunLog
from mlgit.host.github.workflows.triggers import GivenEvent, decide, other_branches
from mlgit.host.github.workflows.workflow import FOLDER, Workflow, without_images
from mlgit.host.github.workflows.workflow import read as read_workflow
from mlgit.host.outcome import RunOutcome, WorkflowOutcome
from mlgit.project.revision import Revision
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

MANAGED = "mlgit-"


def run(context: Context, request: Request) -> RunOutcome:
    """Execute what the event starts and return what became of every job.

    Raises `UsageError` for a workflow that does not exist or uses what has no stub, `ExternalError` when act cannot
    work. Nothing in the user's work tree changes.
    """
    program = act.program(context)
    repository = find(context)
    with runner.folders(request.artifacts) as folders:
        context.console.progress("making a copy of the repository")
        prepared = prepare(context, repository, request, folders)
        workflows = chosen(request, prepared)
        outcomes = [run_one(context, program, request, prepared, workflow) for workflow in workflows]
    notes = (*prepared.notes, *still(request, prepared, workflows, outcomes), *bare(workflows, outcomes))
    return RunOutcome(event=request.event, workflows=tuple(outcomes), notes=notes)


def still(
    request: Request, prepared: Prepared, workflows: list[Workflow], outcomes: list[WorkflowOutcome]
) -> Iterator[str]:
    """Yield that nothing started, and for a push from another branch how to play the one that starts something."""
    if any(outcome.started for outcome in outcomes):
        return
    branch = str(prepared.event.get("ref", "")).removeprefix("refs/heads/")
    others = [] if request.payload else other_branches(workflows, branch)
    if request.event != "push" or not others:
        yield f"nothing ran: {request.event} starts none of these workflows, here as on GitHub"
        return
    yield f"nothing ran: a push to {branch} starts no workflow, here as on GitHub; a push to {' or '.join(others)} does"
    yield (
        f"to play that push: git switch {others[0]} && mlgit run push; "
        f"to play the checks of {branch}: mlgit run pull_request"
    )


def bare(workflows: list[Workflow], outcomes: list[WorkflowOutcome]) -> Iterator[str]:
    """Yield that steps which run in an image on GitHub ran on this machine."""
    for workflow, outcome in zip(workflows, outcomes, strict=True):
        named = {job.id for job in workflow.jobs if job.container}
        ran = [job.id for job in outcome.jobs if job.id in named and job.result != "skipped"]
        if ran:
            yield f"no image was started: {', '.join(ran)} of {workflow.name} ran on this machine itself"


def chosen(request: Request, prepared: Prepared) -> list[Workflow]:
    """Return the workflows to look at, of the commit that GitHub would take them from."""
    paths = sorted(
        path
        for path in prepared.revision.paths()
        if path.startswith(FOLDER) and path.endswith((".yml", ".yaml")) and "/" not in path[len(FOLDER) :]
    )
    contents = {path: prepared.revision.content(path) or b"" for path in paths}
    if request.workflow is None:
        contents = {path: text for path, text in contents.items() if path[len(FOLDER) :].startswith(MANAGED)}
    workflows = [read_workflow(text, path) for path, text in contents.items()]
    wanted = [one for one in workflows if request.workflow is None or request.workflow in names_of(one)]
    if not wanted:
        known = ", ".join(path[len(FOLDER) :] for path in paths) or "none"
        missing = (
            f"there is no workflow {request.workflow!r}"
            if request.workflow
            else "there is no workflow of mlgit"
        )
        raise UsageError(
            "workflow-missing",
            f"{missing} in the commit of the event",
            hint=f"workflows there: {known}; mlgit sync renders mlgit's",
        )
    return wanted


def names_of(workflow: Workflow) -> set[str]:
    """Return how a person may call a workflow."""
    file = workflow.path[len(FOLDER) :]
    return {workflow.name, workflow.path, file, file.rpartition(".")[0]}


def run_one(
    context: Context, program: str, request: Request, prepared: Prepared, workflow: Workflow
) -> WorkflowOutcome:
    """Run one workflow when the event starts it."""
    given = GivenEvent(event=request.event, payload=prepared.event, paths=prepared.paths)
    decision = decide(workflow, given)
    if not decision.starts:
        return WorkflowOutcome(
            path=workflow.path, name=workflow.name, started=False, because=decision.because
        )
    if request.job is not None and workflow.job(request.job) is None:
        known = ", ".join(job.id for job in workflow.jobs)
        raise UsageError(
            "job-missing", f"{workflow.name} has no job {request.job!r}", hint=f"its jobs are: {known}"
        )
    hidden = {act.TOKEN: secrets.token_hex(20), **request.secrets}
    context.redactor.learn(*hidden.values())
    call = call_of(context.python, request, prepared, workflow, hidden)
    log = RunLog(context, workflow)
    exit_code = context.processes.stream(
        act.command(program, call),
        directory=prepared.runner.home,
        environment=act.environment(context, call),
        on_line=log.line,
        outlived=False,
    )
    outcome = log.outcome(request.job)
    if exit_code != 0 and all(job.result != "failure" for job in outcome.jobs):
        raise ExternalError(
            "act-failed", f"act could not run {workflow.path}: {act.complaint(log.other_lines)}"
        )
    return outcome


def call_of(
    python: str, request: Request, prepared: Prepared, workflow: Workflow, hidden: Mapping[str, str]
) -> act.Call:
    """Return what act is asked to do for one workflow; `python` is what environments are made of."""
    place = prepared.runner
    event_file, secret_file = place.top / "event.json", place.top / "secrets"
    write_atomically(event_file, json.dumps(prepared.event).encode())
    write_secrets(secret_file, hidden)
    variables = {
        **act.variables(prepared.repository, request.interface),
        "MLGIT_RUN_BIN": str(place.programs),
        "MLGIT_RUN_ARTIFACTS": str(place.artifacts),
        "MLGIT_RUN_PACKING": str(place.packing),
        "MLGIT_RUN_UPLOADED": str(place.top / "uploaded"),
        "MLGIT_RUN_STORAGE": str(place.storage),
        "MLGIT_RUN_PYTHON": python if request.install else "",
        "DVC_SITE_CACHE_DIR": str(place.top / "dvc"),
    }
    uses = [use for job in workflow.jobs for use in job.uses]
    if any(job.container for job in workflow.jobs):
        write_atomically(
            place.work / workflow.path, without_images((place.work / workflow.path).read_bytes())
        )
    return act.Call(
        event=request.event,
        payload=event_file,
        workflow=place.work / workflow.path,
        repository=place.work,
        home=place.home,
        launch=place.launch,
        labels=(*(label for job in workflow.jobs for label in job.labels), *labels_of(prepared.revision)),
        replacements=replacements(uses, prepared.revision.content),
        variables=variables,
        secrets=secret_file,
        job=request.job,
        branch=prepared.branch,
    )


def labels_of(revision: Revision) -> tuple[str, ...]:
    """Return the runners of mlgit.yaml: a job of a matrix learns when it starts which it has."""
    try:
        configuration = revision.configuration_or_default
    except MlgitError:
        return ()
    runners = configuration.runners
    own = (model.ci.runner for model in configuration.models.values())
    return tuple(word for one in (runners.default, runners.train, *own) for word in runner_words(one))


def write_secrets(path: Path, hidden: Mapping[str, str]) -> None:
    """Write the secrets where act alone reads them, in a folder that only this user may enter."""
    for name, value in hidden.items():
        if "\n" in value or not value:
            raise UsageError(
                "secret-invalid",
                f"the secret {name} is empty or has more than one line",
                hint=f"export {name}=..., on one line",
            )
    lines = [
        f"{name}='{value}'" if "'" not in value else f"{name}={json.dumps(value)}"
        for name, value in hidden.items()
    ]
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode())
