"""A workflow file as far as it has to be known to run it: triggers, jobs, runners, actions. Text in, a value out."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

from mlgit import yamlfile
from mlgit.errors import UsageError

FOLDER = ".github/workflows/"
REMOTE = re.compile(r"(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)(?P<path>/[\w./-]+)?@(?P<reference>\S+)\Z")


class Use(Struct, frozen=True, kw_only=True):
    """An action that a step uses: as written, with the names of the inputs it gets."""

    text: str
    inputs: tuple[str, ...]
    where: str

    @property
    def is_local(self) -> bool:
        """Whether the action stands in the same repository."""
        return self.text.startswith("./")

    @property
    def action(self) -> str:
        """The name without the reference: `owner/repository[/path]`."""
        return self.text.partition("@")[0]


class Job(Struct, frozen=True, kw_only=True):
    """One job: how it is called, its labels of runners, what it needs, its condition, the actions it uses.

    `container`: it runs in an image.
    """

    id: str
    name: str
    labels: tuple[str, ...]
    needs: tuple[str, ...] = ()
    condition: str = ""
    uses: tuple[Use, ...] = ()
    steps: int = 0
    container: bool = False


class Workflow(Struct, frozen=True, kw_only=True):
    """One workflow file. `triggers` maps an event to its filters."""

    path: str
    name: str
    triggers: dict[str, dict[str, Any]]
    jobs: tuple[Job, ...]

    def job(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        return next((job for job in self.jobs if job.id == job_id), None)


def read(content: bytes | str, path: str) -> Workflow:
    """Return a workflow; raises `UsageError` (`workflow-invalid`) when the file is not one."""
    document = yamlfile.read(content, path)
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("jobs"), dict) or "on" not in value:
        raise UsageError("workflow-invalid", f"{path} is no workflow: it lacks on or jobs", where=path)
    return Workflow(
        path=path,
        name=str(value.get("name") or path),
        triggers=triggers(value["on"], document),
        jobs=tuple(job(document, name, entry) for name, entry in value["jobs"].items()),
    )


def without_images(content: bytes) -> bytes:
    """Return a workflow whose jobs run on the machine itself, as JSON, which is YAML too."""
    value = yamlfile.read(content, "workflow").value
    jobs = {
        name: {key: part for key, part in one.items() if key != "container"}
        for name, one in value["jobs"].items()
    }
    return json.dumps({**value, "jobs": jobs}).encode()


def triggers(value: Any, document: yamlfile.Document) -> dict[str, dict[str, Any]]:
    """Return the filters of each event, whichever of its three forms `on` has."""
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, list):
        return {str(event): {} for event in value}
    if isinstance(value, dict):
        return {event: filters if isinstance(filters, dict) else {} for event, filters in value.items()}
    raise UsageError("workflow-invalid", f"{document.name}: on names no event", where=document.place("on"))


def job(document: yamlfile.Document, name: str, value: Any) -> Job:
    """Return one job."""
    if not isinstance(value, dict):
        raise UsageError(
            "workflow-invalid",
            f"{document.name}: the job {name} is empty",
            where=document.place("jobs", name),
        )
    steps = value.get("steps") or []
    return Job(
        id=name,
        name=name if "${{" in str(value.get("name")) else str(value.get("name") or name),
        labels=words(runner_labels(value.get("runs-on"))),
        needs=words(value.get("needs")),
        condition=str(value.get("if", "")),
        uses=tuple(uses_of(document, ("jobs", name, "steps"), steps)),
        steps=len(steps),
        container=bool(value.get("container")),
    )


def runner_labels(value: Any) -> Any:
    """Return the labels of `runs-on`, and the name of the group where it has one."""
    if not isinstance(value, dict):
        return value
    return [*words(value.get("labels")), *words(value.get("group"))]


def words(value: Any) -> tuple[str, ...]:
    """Return a text or a list of texts as texts."""
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def uses_of(document: yamlfile.Document, path: tuple[str, ...], steps: Any) -> list[Use]:
    """Return the actions that steps use."""
    found = []
    for number, step in enumerate(steps):
        if isinstance(step, dict) and "uses" in step:
            inputs = step.get("with")
            found.append(
                Use(
                    text=str(step["uses"]),
                    inputs=tuple(inputs) if isinstance(inputs, dict) else (),
                    where=document.place(*path, number, "uses"),
                )
            )
    return found


class LocalAction(Struct, frozen=True, kw_only=True):
    """An action that stands in the repository: the inputs it takes and the actions it uses in turn."""

    path: str
    inputs: tuple[str, ...]
    uses: tuple[Use, ...]


def read_action(content: bytes | str, path: str) -> LocalAction:
    """Return a composite action; raises `UsageError` (`action-invalid`) when it is none."""
    document = yamlfile.read(content, path)
    value = document.value
    runs = value.get("runs") if isinstance(value, dict) else None
    if not isinstance(runs, dict) or runs.get("using") != "composite":
        raise UsageError("action-invalid", f"{path} is no composite action", where=path)
    inputs = value.get("inputs")
    return LocalAction(
        path=path,
        inputs=tuple(inputs) if isinstance(inputs, dict) else (),
        uses=tuple(uses_of(document, ("runs", "steps"), runs.get("steps") or [])),
    )
