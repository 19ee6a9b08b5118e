"""The managed files: what `mlgit.yaml` says, rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from mlgit import __version__
from mlgit.config.ci import ModelJob
from mlgit.config.environments import environment_before
from mlgit.config.forge import Forge
from mlgit.config.jobs import RunnerChoice, RunnerGroup, runner_words
from mlgit.config.model import Configuration
from mlgit.config.reader import schema
from mlgit.config.remote import AzureRemote, GoogleRemote, OtherRemote, Remote, S3Remote
from mlgit.config.targets import LocalTarget
from mlgit.dvc.paths import folder_of
from mlgit.render.install_files import install_files
from mlgit.render.installation import Installation
from mlgit.render.pins import UV_VERSION, pinned
from mlgit.render.record import Record, digest
from mlgit.render.rules import rule_files
from mlgit.render.templates import render, yaml_scalar
from mlgit.text import schema_text
from mlgit.world.files import read_bytes

SCHEMA = ".mlgit/schema/mlgit.schema.json"
SELF_HOSTED = "# zizmor: ignore[self-hosted-runner] mlgit.yaml asks for it"
LFS = re.compile(rb"^[^#\n]*\sfilter=lfs\b", re.MULTILINE)
HOSTED = re.compile(r"(ubuntu|windows|macos)-")
"""How the labels of GitHub's own runners begin."""
PATTERN_SIGN = re.compile(r"[*?+\[\]!\\]")

REMOTE_EXTRAS: dict[type[Remote] | type[None], tuple[str, ...]] = {
    S3Remote: ("s3",),
    GoogleRemote: ("gs",),
    AzureRemote: ("azure",),
    OtherRemote: ("ssh", "webdav"),
}
"""The extras of DVC that reach a remote; http it reaches without."""
LONGEST_JOB = 4320
"""Minutes that a job may be given."""
OLDEST_PYTHON = (3, 11)
"""The oldest Python that runs mlgit."""


def managed_files(
    configuration: Configuration, installation: Installation, *, lfs: bool = False
) -> dict[str, bytes]:
    """Return every managed file by its path, without the wheel where the jobs install one.

    `lfs`: the repository keeps files in Git LFS, which every checkout has to fetch.
    """
    extras = REMOTE_EXTRAS.get(type(configuration.remote), ())
    return {
        **render("managed", {**managed_context(configuration, installation), "lfs": lfs}),
        **install_files(installation, extras),
        **rule_files(configuration),
        SCHEMA: schema_text(schema()).encode(),
    }


def managed_context(configuration: Configuration, installation: Installation) -> dict[str, Any]:
    """Return what the templates of the managed files are filled with."""
    ci = configuration.ci
    own_runners = any(model.ci.runner for model in configuration.models.values())
    server = configuration.forge.host == "enterprise-server"
    return {
        "ci": ci,
        "server": server,
        "index_secret": ci.index.secret if ci.index is not None else None,
        "later_for_drafts": own_runners or ci.train == "run",
        "ct_minutes": training_minutes(configuration),
        "many": configuration.many,
        "own": own_job(configuration),
        "own_runners": own_runners,
        "ct": configuration.ct,
        "app": configuration.ct.app if configuration.ct is not None else None,
        "ct_paths": training_paths(configuration),
        "runner": runner_of(configuration),
        "remote": remote_context(configuration.remote),
        "uses": partial(
            pinned,
            others={str(name): one for name, one in configuration.forge.actions.items()},
            server=server,
        ),
        "expression_text": expression_text,
        "uv_version": UV_VERSION,
        "install": installation,
        "own_python_fits": tuple(map(int, ci.python.split("."))) >= OLDEST_PYTHON,
        **update_context(configuration),
        **delivery_context(configuration),
    }


def training_minutes(configuration: Configuration) -> int:
    """Return what the trainings of a retraining may take together, those of models with a budget of their own included."""
    own = sum(model.ci.budget or 0 for model in configuration.models.values())
    shared = configuration.ct.budget.minutes if configuration.ct is not None else 0
    return min(shared + own, LONGEST_JOB)


def own_job(configuration: Configuration) -> ModelJob:
    """Return what the job of the only model has for itself; with several, a job is told so when it starts."""
    models = list(configuration.models.values())
    return models[0].ci if len(models) == 1 else ModelJob()


def update_context(configuration: Configuration) -> dict[str, Any]:
    """Return what fetching the tables anew is rendered with: nothing of it has a value where nobody asks for it."""
    update = configuration.ct.update if configuration.ct is not None else None
    folder = {"FOLDER": "${{ runner.temp }}/mlgit-fetched"}
    secrets = (
        {name: f"${{{{ secrets.{secret} }}}}" for name, secret in update.secrets.items()} if update else {}
    )
    remote = configuration.remote.environment if configuration.remote is not None else None
    return {
        "update": update,
        "update_environment": (update.environment if update is not None else None) or remote,
        "update_variables": {**secrets, **folder},
        "update_folder": folder,
    }


def delivery_context(configuration: Configuration) -> dict[str, Any]:
    """Return what the workflow of delivery is rendered with: the environments that it deploys, each after the one before."""
    environments = configuration.environments if delivers(configuration) else {}
    deployed = [name for name, one in environments.items() if one.target is not None]
    before = {name: environment_before(environments, name) for name in deployed}
    remote, app = configuration.remote, configuration.ct.app if configuration.ct is not None else None
    index = configuration.ci.index
    named = (app, remote, index if index is not None and index.secret else None)
    return {
        "environments": environments,
        "deployed": deployed,
        "before": {name: one if one in deployed else None for name, one in before.items()},
        "delivery_environment": next((one.environment for one in named if one is not None), None),
        "delivery_variables": {"FOLDER": "${{ runner.temp }}/mlgit-deployed"},
    }


def delivers(configuration: Configuration) -> bool:
    """Tell whether delivery is a matter of a workflow: a process on a machine of GitHub's would end with its job."""
    elsewhere = any(not isinstance(one.target, LocalTarget) for one in configuration.environments.values())
    own = not all(HOSTED.match(label) for label in runner_words(configuration.runners.default))
    return elsewhere or (own and bool(configuration.environments))


def training_paths(configuration: Configuration) -> list[str]:
    """Return the patterns of paths whose change on the default branch asks for a training: data and pipelines."""
    patterns = ["**.dvc", "**/dvc.yaml", "**/params.yaml"]
    named = [path for table in configuration.data.values() for path in (table.path, table.schema)]
    return list(dict.fromkeys([*patterns, *(PATTERN_SIGN.sub(r"\\\g<0>", path) for path in named)]))


def runner_of(configuration: Configuration) -> Callable[..., str]:
    """Return what names the runner of a kind of job, `default` or `train`, as it stands behind `runs-on:`.

    `own` are the labels that a job has for itself, which go first.
    """
    default = configuration.runners.default
    labels = {"default": default, "train": configuration.runners.train or default}

    def runner(kind: str, own: RunnerChoice = ()) -> str:
        chosen = own or labels[kind]
        if isinstance(chosen, RunnerGroup):
            more = f", labels: {yaml_scalar(list(chosen.labels))}" if chosen.labels else ""
            return f"{{group: {yaml_scalar(chosen.group)}{more}}} {SELF_HOSTED}"
        text = yaml_scalar(chosen[0] if len(chosen) == 1 else list(chosen))
        return f"{text} {SELF_HOSTED}" if "self-hosted" in chosen else text

    return runner


def remote_context(remote: Remote | None) -> dict[str, Any] | None:
    """Return how the jobs log in at the remote, None when they need not.

    `login` names the step that proves who the job is; `variables` are what the steps that talk to the remote get.
    """
    if remote is None:
        return None
    login, variables = "", {name: f"${{{{ secrets.{secret} }}}}" for name, secret in remote.secrets.items()}
    if isinstance(remote, S3Remote) and remote.oidc:
        login = "aws"
        variables = {
            "AWS_ACCESS_KEY_ID": "${{ steps.STEP.outputs.aws-access-key-id }}",
            "AWS_SECRET_ACCESS_KEY": "${{ steps.STEP.outputs.aws-secret-access-key }}",
            "AWS_SESSION_TOKEN": "${{ steps.STEP.outputs.aws-session-token }}",
            "AWS_DEFAULT_REGION": remote.oidc.region,
        }
    elif isinstance(remote, GoogleRemote):
        login, variables = (
            "google",
            {"GOOGLE_APPLICATION_CREDENTIALS": "${{ steps.STEP.outputs.credentials_file_path }}"},
        )
    elif isinstance(remote, AzureRemote) and remote.oidc:
        login = "azure"
    return {
        "environment": remote.environment,
        "identity": getattr(remote, "oidc", None),
        "login": login,
        "variables": variables,
        "secrets": dict(remote.secrets),
    }


def expression_text(text: str) -> str:
    """Return a text as a literal of GitHub's expression language."""
    return "'" + text.replace("'", "''") + "'"


def uses_lfs(root: Path, configuration: Configuration) -> bool:
    """Tell whether a `.gitattributes` at the top, or above a pipeline or a table, gives files to Git LFS."""
    named = [model.folder for model in configuration.models.values()]
    named += [folder_of(table.path) for table in configuration.data.values()]
    folders = {"", *(part for folder in named for part in parents(folder))}
    texts = (read_bytes(root / folder / ".gitattributes") or b"" for folder in sorted(folders))
    return any(LFS.search(text) for text in texts)


def parents(folder: str) -> list[str]:
    """Return a folder and those around it, paths from the root of the repository."""
    return [folder, *parents(folder_of(folder))] if folder else []


def record_of(configuration: Configuration, installation: Installation, files: Mapping[str, bytes]) -> Record:
    """Return the record of a rendering. Gates and tables leave it as it is, and models but for whether there are several."""
    shown: tuple[object, ...] = (
        configuration.ci,
        configuration.ct,
        configuration.runners,
        configuration.remote,
    )
    if delivers(configuration):
        shown = (*shown, configuration.environments)
    if configuration.forge != Forge():
        shown = (*shown, configuration.forge)
    if any(model.ci.budget for model in configuration.models.values()):
        shown = (*shown, training_minutes(configuration))
    if configuration.many:
        shown = (*shown, "many", any(model.ci.runner for model in configuration.models.values()))
    elif own_job(configuration) != ModelJob():
        shown = (*shown, own_job(configuration))
    inputs = msgspec.json.encode(shown, order="deterministic")
    digests = {path: digest(content) for path, content in files.items()}
    return Record(version=__version__, inputs=digest(inputs), files=digests, installation=installation)
