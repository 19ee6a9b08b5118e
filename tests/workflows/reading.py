"""Rendered files as jobs and steps, with the text beside the values: comments are part of some rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlgit import yamlfile
from mlgit.render.pins import SERVER_PINS

CI = ".github/workflows/mlgit-ci.yml"
COMMENT = ".github/workflows/mlgit-comment.yml"
CT = ".github/workflows/mlgit-ct.yml"
DATA = ".github/workflows/mlgit-data.yml"
CD = ".github/workflows/mlgit-cd.yml"
SETUP = ".github/actions/mlgit-setup/action.yml"
DEPENDABOT = ".github/dependabot.yml"
RECORDED_OF_SERVERS = frozenset(f"{name}@{pin.commit}" for name, pin in SERVER_PINS.items())
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One step: where it stands (file and job), its position, its keys."""

    file: str
    job: str
    position: int
    value: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.file} {self.job} step {self.position} ({self.value.get('name', '?')})"

    @property
    def action(self) -> str:
        return str(self.value.get("uses", "")).partition("@")[0]

    @property
    def run(self) -> str:
        return str(self.value.get("run", ""))

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.value.get("with") or {})


@dataclass(frozen=True)
class Job:
    """One job of a workflow; the steps of a composite action are a job without a name."""

    file: str
    name: str
    value: dict[str, Any]
    steps: tuple[Step, ...] = field(default=())

    @property
    def place(self) -> str:
        return f"{self.file} {self.name}"

    @property
    def condition(self) -> str:
        return str(self.value.get("if", ""))

    @property
    def needs(self) -> list[str]:
        needs = self.value.get("needs", [])
        return [needs] if isinstance(needs, str) else list(needs)

    @property
    def commands(self) -> str:
        return "\n".join(step.run for step in self.steps)


MIRRORED = re.compile(r"uses: \S+@([0-9a-f]{40}) # mlgit\.yaml has it in place of (\S+)")


class Rendered:
    """The managed files of one configuration; a mirror of an action counts as that action."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    @cached_property
    def values(self) -> dict[str, Any]:
        return {
            path: yamlfile.read(MIRRORED.sub(r"uses: \2@\1", text), path).value
            for path, text in self.files.items()
            if path.endswith(".yml")
        }

    @cached_property
    def workflows(self) -> dict[str, Any]:
        return {path: value for path, value in self.values.items() if "/workflows/" in path}

    @cached_property
    def jobs(self) -> list[Job]:
        return [
            Job(path, name, job, steps_of(path, name, job))
            for path, workflow in self.workflows.items()
            for name, job in workflow["jobs"].items()
        ]

    @cached_property
    def actions(self) -> list[Job]:
        return [
            Job(path, "", value, steps_of(path, "", value["runs"]))
            for path, value in self.values.items()
            if "/actions/" in path
        ]

    @cached_property
    def server(self) -> bool:
        """Whether they are for a GitHub Enterprise Server: artifacts of version 3."""
        uploads = [one.value["uses"] for one in self.steps if one.action == "actions/upload-artifact"]
        return any(use in RECORDED_OF_SERVERS for use in uploads)

    @cached_property
    def steps(self) -> list[Step]:
        return [step for job in (*self.jobs, *self.actions) for step in job.steps]

    def lines(self) -> Iterator[tuple[str, str]]:
        for path, text in self.files.items():
            for number, line in enumerate(text.splitlines(), 1):
                yield f"{path}:{number}", line


def steps_of(file: str, job: str, value: dict[str, Any]) -> tuple[Step, ...]:
    return tuple(Step(file, job, number, step) for number, step in enumerate(value["steps"], 1))


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text of a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def expressions_in(value: Any) -> list[str]:
    """Return every expression of a job or step, `if:` included."""
    found = [match.group(1).strip() for text in texts_in(value) for match in EXPRESSION.finditer(text)]
    if isinstance(value, dict) and "if" in value:
        found.append(str(value["if"]))
    return found
