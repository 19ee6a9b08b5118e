"""The job of GitHub Actions around this run, where there is one: addresses, its summary, the payload of its event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlgit.errors import UsageError
from mlgit.world.context import Context
from mlgit.world.files import append_text, read_bytes

LARGEST_PAYLOAD = 5_000_000


def run_address(context: Context) -> str:
    """Return where this run and its artifacts are shown, nothing outside of GitHub Actions."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (context.environment.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}#artifacts" if server and repository and run else ""


def opening_address(context: Context, *, base: str, branch: str) -> str:
    """Return the address at which a person opens the pull request, nothing outside of GitHub Actions."""
    server, repository = (
        context.environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY")
    )
    return f"{server}/{repository}/compare/{base}...{branch}?expand=1" if server and repository else ""


def append_to_summary(context: Context, body: str) -> None:
    """Add to the summary of the job, where there is one; no secret stands there."""
    place = context.environment.get("GITHUB_STEP_SUMMARY")
    if place:
        append_text(Path(place), context.redact(body))


def payload_at(path: Path) -> dict[str, Any]:
    """Return the payload of an event; raises `UsageError` (`trigger-payload`) when the file is none."""
    content = read_bytes(path)
    try:
        value = json.loads(content) if content is not None and len(content) < LARGEST_PAYLOAD else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError("trigger-payload", "this is no payload of an event", where=str(path))
    return value
