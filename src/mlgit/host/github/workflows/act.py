"""The one adapter that calls act (https://github.com/nektos/act): its command line, and its log as events."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import which
from typing import Any

from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.host.github.forge import ABSENT
from mlgit.world.context import Context

NOTHING = os.devnull
TOKEN = "GITHUB_TOKEN"  # noqa: S105 - the name, not the value
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What act and every step get of this process's environment: a secret of the caller is not among it."""


class Call(Struct, frozen=True, kw_only=True):
    """What act is asked to do.

    `repository` is a clone at the commit of the event, `home` an empty folder, `launch` a folder with the shell, `replacements` map an action with its
    reference to a folder, `variables` go to every step, `secrets` to the expressions that name them.
    """

    event: str
    payload: Path
    workflow: Path
    repository: Path
    home: Path
    launch: Path
    labels: tuple[str, ...]
    replacements: Mapping[str, Path]
    variables: Mapping[str, str]
    secrets: Path
    job: str | None = None
    branch: str = "main"


def program(context: Context) -> str:
    """Return the path of act: beside this Python, else from PATH; raises `ExternalError` (`act-missing`)."""
    beside = Path(context.python).parent / "act"
    found = str(beside) if beside.is_file() else which("act", path=context.environment.get("PATH"))
    if found is None:
        raise ExternalError(
            "act-missing",
            "act, which executes workflows, is not installed",
            hint='python -m pip install "mlgit[act]"',
        )
    return found


def variables(repository: str, interface: str | None) -> dict[str, str]:
    """Return what every step is told of the repository (`owner/name`) and of the address of the API."""
    told = {"GITHUB_REPOSITORY": repository}
    return {**told, "GITHUB_API_URL": interface} if interface else {**told, ABSENT: "1"}


def command(act: str, call: Call) -> tuple[str, ...]:
    """Return the command line: host mode, nothing from the network, no file of the repository read as settings."""
    arguments = [act, call.event, "--directory", str(call.repository), "--workflows", str(call.workflow)]
    arguments += ["--eventpath", str(call.payload), "--json", "--verbose", "--defaultbranch", call.branch]
    arguments += ["--no-cache-server", "--action-offline-mode", "--no-skip-checkout", "--pull=false"]
    arguments += ["--env-file", NOTHING, "--var-file", NOTHING, "--input-file", NOTHING]
    arguments += ["--secret-file", str(call.secrets)]
    for label in dict.fromkeys(call.labels):
        arguments += ["--platform", f"{label}=-self-hosted"]
    for action, folder in sorted(call.replacements.items()):
        arguments += ["--local-repository", f"{action}={folder}"]
    for name, value in sorted(call.variables.items()):
        arguments += ["--env", f"{name}={value}"]
    if call.job:
        arguments += ["--job", call.job]
    return tuple(arguments)


def environment(context: Context, call: Call) -> dict[str, str]:
    """Return the environment of act: what a program needs to start, and an empty home."""
    kept = {name: context.environment[name] for name in PASSED_ON if name in context.environment}
    path = os.pathsep.join((str(call.launch), kept.get("PATH", os.defpath)))
    return {
        **kept,
        "PATH": path,
        "HOME": str(call.home),
        "XDG_CACHE_HOME": str(call.home / ".cache"),
        "XDG_CONFIG_HOME": str(call.home),
    }


class Event(Struct, frozen=True, kw_only=True):
    """One line of act's log. `step` is empty for what concerns the job as a whole."""

    job: str
    step: tuple[str, ...] = ()
    name: str = ""
    text: str = ""
    command: str = ""
    argument: str = ""
    key: str = ""
    raw: bool = False
    stage: str = ""
    step_result: str = ""
    job_result: str = ""
    seconds: float = 0.0


def event_of(line: str) -> Event | None:
    """Return the event of one line; None for what concerns no job, and for lines that are no event."""
    try:
        value: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    if not isinstance(value, dict) or not value.get("jobID"):
        return None
    return Event(
        job=str(value["jobID"]),
        step=tuple(map(str, value.get("stepID") or ())),
        name=str(value.get("step", "")),
        text=str(value.get("msg", "")),
        command=str(value.get("command", "")),
        argument=str(value.get("arg", value.get("content", ""))),
        key=str(value.get("name", "")),
        raw=bool(value.get("raw_output")),
        stage=str(value.get("stage", "")),
        step_result=str(value.get("stepResult", "")),
        job_result=str(value.get("jobResult", "")),
        seconds=float(value.get("executionTime", 0)) / 1e9,
    )


def complaint(lines: Iterable[str]) -> str:
    """Return what act says when it cannot run anything at all."""
    words = [line for line in lines if line.strip() and not line.startswith("{")]
    errors = [line for line in words if line.startswith("Error:")]
    return (errors or words or ["it said nothing"])[-1].removeprefix("Error: ")
