"""The event by which GitHub starts the run that may write: which run ended, for which commit of whose branch.

GitHub writes this file, not the pull request: https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.errors import UsageError
from mlgit.host.ci import FinishedRun
from mlgit.world.files import read_bytes

LONGEST_RUN = 40 * 24 * 3600
"""Seconds after which GitHub ends a run (35 days), and a little more."""


class Owner(Struct, frozen=True):
    """An account."""

    login: str


class HeadRepository(Struct, frozen=True):
    """The repository that the branch is of; a fork's is another than ours."""

    owner: Owner


class WorkflowRun(Struct, frozen=True):
    """A run that ended."""

    event: str
    head_sha: str
    html_url: str
    id: int = 0
    name: str | None = None
    head_branch: str | None = None
    head_repository: HeadRepository | None = None
    conclusion: str | None = None
    run_started_at: datetime | None = None
    updated_at: datetime | None = None

    def value(self) -> FinishedRun:
        """Return the run as the port tells it."""
        owner = self.head_repository.owner.login if self.head_repository else ""
        return FinishedRun(
            head_sha=self.head_sha,
            head=f"{owner}:{self.head_branch}" if owner and self.head_branch else "",
            name=self.name or "",
            address=f"{self.html_url}#artifacts",
            failed=self.conclusion != "success",
            seconds=self._seconds(),
            run=self.id,
        )

    def _seconds(self) -> int | None:
        """Return how long the run took, None where that is not told."""
        if self.run_started_at is None or self.updated_at is None:
            return None
        if (self.run_started_at.tzinfo is None) != (self.updated_at.tzinfo is None):
            return None
        took = int((self.updated_at - self.run_started_at).total_seconds())
        return took if 0 <= took <= LONGEST_RUN else None


class WorkflowRunEvent(Struct, frozen=True):
    """The payload, cut to what is read."""

    workflow_run: WorkflowRun


def read_event(path: Path) -> FinishedRun:
    """Return the run that ended; raises `UsageError` (`event-...`) for another event or another kind of run."""
    content = read_bytes(path)
    if content is None:
        raise UsageError("event-missing", "there is no event", hint="--event names its file", where=str(path))
    try:
        run = msgspec.json.decode(content, type=WorkflowRunEvent).workflow_run
    except msgspec.DecodeError as error:
        raise UsageError(
            "event-form",
            f"this is not the payload of a workflow_run: {error}",
            hint='--event "$GITHUB_EVENT_PATH" in a workflow on: workflow_run',
            where=str(path),
        ) from error
    if run.event != "pull_request":
        raise UsageError("event-kind", "the run was not one of a pull request", where=str(path))
    return run.value()
