"""GitHub Actions: what a job's environment variables and files say, and how it is told something.

https://docs.github.com/actions/reference/workflows-and-actions/variables and
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mlgit.errors import UsageError
from mlgit.host.ci import CI, Annotation, FinishedRun
from mlgit.host.payload import read_payload
from mlgit.refs.commits import person
from mlgit.runs.statement import Invocation
from mlgit.world.context import Context, Credential
from mlgit.world.files import append_text

FACTS = {
    "repository": "GITHUB_REPOSITORY",
    "workflow": "GITHUB_WORKFLOW",
    "job": "GITHUB_JOB",
    "event": "GITHUB_EVENT_NAME",
    "ref": "GITHUB_REF",
    "sha": "GITHUB_SHA",
    "actor": "GITHUB_ACTOR",
    "run": "GITHUB_RUN_ID",
    "attempt": "GITHUB_RUN_ATTEMPT",
    "runner": "RUNNER_ENVIRONMENT",
    "image": "ImageOS",
}
"""What a record keeps of a job's variables; the name of the machine is not among them."""
WORKFLOW_LOGIN = "github-actions[bot]"
BOT_ID = 41898282
"""The number of the account of `github-actions[bot]` on github.com."""
PULL_REFERENCE = re.compile(r"refs/pull/([1-9][0-9]{0,8})/(?:merge|head)")


class GitHubActions(CI):
    """One job; see `mlgit.host.ci.CI`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.is_job = self._variable("GITHUB_ACTIONS") == "true"
        self.event = self._variable("GITHUB_EVENT_NAME")
        self.run = self._variable("GITHUB_RUN_ID")
        self.workflow = self._variable("GITHUB_WORKFLOW")
        self.base_branch = self._variable("GITHUB_BASE_REF")
        self.has_summary = bool(self._variable("GITHUB_STEP_SUMMARY"))

    @property
    def pull_request(self) -> int | None:
        """The number in the reference that GitHub checks out for a pull request."""
        found = PULL_REFERENCE.fullmatch(self._variable("GITHUB_REF"))
        return int(found.group(1)) if found else None

    @property
    def artifacts_address(self) -> str:
        """The page of the run, at its artifacts."""
        return (
            f"{self._repository}/actions/runs/{self.run}#artifacts" if self._repository and self.run else ""
        )

    @cached_property
    def invocation(self) -> Invocation:
        """The variables that a record keeps; the two kinds of runners are told apart, as SLSA asks for."""
        if not self.is_job:
            return Invocation()
        facts = {name: value for name, variable in FACTS.items() if (value := self._variable(variable))}
        kind = "github-hosted" if facts.get("runner") == "github-hosted" else "self-hosted"
        attempt = f"actions/runs/{self.run}/attempts/{facts.get('attempt', '1')}"
        return Invocation(
            event=self.event,
            facts=facts,
            builder=f"https://github.com/actions/runner/{kind}",
            address=f"{self._repository}/{attempt}" if self._repository and self.run else "",
            repository=self._repository if self._repository.startswith("https://") else "",
        )

    @property
    def author(self) -> str:
        """The bot of the job's token, or the App that acts in its place, by the address that GitHub links to its account."""
        if not self.is_job:
            return ""
        login = self._variable("MLGIT_FORGE_LOGIN") or WORKFLOW_LOGIN
        host = self._variable("GITHUB_SERVER_URL").partition("://")[2] or "github.com"
        known = f"{BOT_ID}+" if (login, host) == (WORKFLOW_LOGIN, "github.com") else ""
        return person(login, f"{known}{login}@users.noreply.{host}")

    @property
    def credential(self) -> Credential | None:
        """The job's token, for the server that the job came from."""
        server = self._variable("GITHUB_SERVER_URL")
        if not self._variable("GITHUB_TOKEN") or not server.startswith("https://"):
            return None
        return Credential(server=server, user="x-access-token", variable="GITHUB_TOKEN")

    def opening_address(self, *, base: str, branch: str) -> str:
        """Return the page that compares two branches, opened to propose one."""
        return f"{self._repository}/compare/{base}...{branch}?expand=1" if self._repository else ""

    def payload(self, file: Path | None = None) -> dict[str, Any]:
        """Return the payload in a file, by default the one that the job names."""
        place = file or self._variable("GITHUB_EVENT_PATH")
        return read_payload(self._context.directory / place) if place else {}

    def finished_run(self, file: Path) -> FinishedRun:
        """Read the payload of a `workflow_run`."""
        from mlgit.host.github.workflow_run import read_event

        return read_event(file)

    def write_outputs(self, values: Mapping[str, str]) -> None:
        """Append `name=value` lines to the file of the step's outputs."""
        place = self._variable("GITHUB_OUTPUT")
        if not place:
            raise UsageError(
                "github-output", "GITHUB_OUTPUT is not set", hint="--github-output is for GitHub Actions"
            )
        lines = "".join(f"{name}={value}\n" for name, value in values.items())
        append_text(self._context.directory / place, lines)

    def add_to_summary(self, markdown: str) -> None:
        """Append to the file of the step's summary; no secret stands there."""
        place = self._variable("GITHUB_STEP_SUMMARY")
        if place:
            append_text(Path(place), self._context.redact(markdown))

    def annotated(self, annotations: Sequence[Annotation]) -> str:
        """Return one workflow command an annotation."""
        return "".join(command(one) for one in annotations) if self.is_job else ""

    @property
    def _repository(self) -> str:
        """The address of the repository, empty where the job does not tell it."""
        server, name = self._variable("GITHUB_SERVER_URL"), self._variable("GITHUB_REPOSITORY")
        return f"{server}/{name}" if server and name else ""

    def _variable(self, name: str) -> str:
        """Return a variable of the job, empty where it is not set."""
        return self._context.environment.get(name, "")


def command(one: Annotation) -> str:
    """Return an annotation as a workflow command, which its texts neither end nor start."""
    place = f"file={property_text(one.path)},line={one.line}," if one.path else ""
    return f"::{one.level} {place}title={property_text(one.title)}::{message_text(one.message)}\n"


def message_text(text: str) -> str:
    """Return a text that ends no workflow command and starts none."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """Return a text as the value of a property of a workflow command."""
    return message_text(text).replace(":", "%3A").replace(",", "%2C")
