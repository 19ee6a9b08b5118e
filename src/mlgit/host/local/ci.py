"""No CI: a person at a command line. Files that a person names are read all the same, in GitHub's forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlgit.errors import UsageError
from mlgit.host.ci import Annotation, FinishedRun
from mlgit.host.payload import read_payload
from mlgit.runs.statement import Invocation


class NoCI:
    """A run that is no job; see `mlgit.host.ci.CI`."""

    is_job = False
    has_summary = False
    event = ""
    run = ""
    workflow = ""
    pull_request = None
    base_branch = ""
    artifacts_address = ""
    invocation = Invocation()
    author = ""
    credential = None

    def opening_address(self, *, base: str, branch: str) -> str:
        """Return nothing: there is no page."""
        return ""

    def payload(self, file: Path | None = None) -> dict[str, Any]:
        """Return the payload in a file that a person names."""
        return read_payload(file) if file else {}

    def finished_run(self, file: Path) -> FinishedRun:
        """Raise `UsageError` (`event-kind`): no run ended."""
        raise UsageError("event-kind", "this is no job of a CI, so none of its runs ended", where=str(file))

    def write_outputs(self, values: Mapping[str, str]) -> None:
        """Raise `UsageError` (`github-output`): nobody would read them."""
        raise UsageError(
            "github-output", "this is no job of a CI", hint="--github-output is for GitHub Actions"
        )

    def add_to_summary(self, markdown: str) -> None:
        """Add nothing: there is no summary."""

    def annotated(self, annotations: Sequence[Annotation]) -> str:
        """Return nothing: a person reads the result itself."""
        return ""
