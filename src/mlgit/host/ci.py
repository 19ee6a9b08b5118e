"""The port CI: the system that this run is a job of, as a program inside the job sees it. One module a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from mlgit.errors import UsageError
from mlgit.host.payload import read_payload
from mlgit.runs.statement import Invocation
from mlgit.world.context import Credential

Level = Literal["error", "warning"]


class Annotation(Struct, frozen=True, kw_only=True):
    """A remark that the page of a job shows, at a line of a file where `path` and `line` (from 1) name one."""

    level: Level
    title: str
    message: str
    path: str = ""
    line: int = 0


class FinishedRun(Struct, frozen=True, kw_only=True):
    """A run for a pull request that ended, as the CI itself tells it to the run that may write.

    `head` is `owner:branch`, empty where the fork was deleted; `address` shows what the run left, `run` is its id, 0 where that is not told; `seconds` is None
    where that is not told.
    """

    head_sha: str
    head: str
    name: str
    address: str
    failed: bool
    seconds: int | None
    run: int = 0


class CI:
    """One job of a CI system: a host says what its jobs tell. What none tells, or a run that is no job, is empty.

    Events have the names and payloads of GitHub's webhooks (`push`, `schedule`, `workflow_dispatch`,
    `repository_dispatch`, `pull_request`); another system translates its own into them.
    """

    is_job = False
    """Whether this run is a job of the system."""
    has_summary = False
    """Whether the job has a summary to add to."""
    event = ""
    """The name of the event that started the run."""
    run = ""
    """The id of the run, the same when a person starts it again."""
    workflow = ""
    """The name of the workflow."""
    base_branch = ""
    """The branch that the pull request is to be merged into."""

    @property
    def pull_request(self) -> int | None:
        """The number of the pull request that the run is for."""
        return None

    @property
    def artifacts_address(self) -> str:
        """Where the run and what it left are shown."""
        return ""

    @property
    def invocation(self) -> Invocation:
        """What the record of a training tells of the run."""
        return Invocation()

    @property
    def author(self) -> str:
        """Who commits in this job, as Git writes a person; empty where it is none."""
        return ""

    @property
    def credential(self) -> Credential | None:
        """How Git proves who the job is to the server that it came from, and to no other."""
        return None

    def opening_address(self, *, base: str, branch: str) -> str:  # noqa: ARG002 - no page here
        """Return the address at which a person opens a pull request."""
        return ""

    def payload(self, file: Path | None = None) -> dict[str, Any]:
        """Return the payload of the event, or of the one in `file`; raises `UsageError` (`trigger-payload`)."""
        return read_payload(file) if file else {}

    def finished_run(self, file: Path) -> FinishedRun:
        """Read the event of a run for a pull request that ended; raises `UsageError` (`event-...`)."""
        raise UsageError("event-kind", "this is no job of a CI, so none of its runs ended", where=str(file))

    def write_outputs(self, values: Mapping[str, str]) -> None:  # noqa: ARG002 - nobody would read them
        """Tell the outputs of this step to later ones; raises `UsageError` (`github-output`) where there are none."""
        raise UsageError(
            "github-output", "this is no job of a CI", hint="--github-output is for GitHub Actions"
        )

    def add_to_summary(self, markdown: str) -> None:
        """Add a text to the summary of the job, where there is one."""

    def annotated(self, annotations: Sequence[Annotation]) -> str:  # noqa: ARG002 - a person reads the result itself
        """Return what a job prints on standard output to be annotated; nothing where that shows nothing."""
        return ""
