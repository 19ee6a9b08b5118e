"""`history`: what ran where, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mlgit.environments import history as histories
from mlgit.environments.history import History, Wanted
from mlgit.environments.reading import known_tip
from mlgit.errors import UsageError
from mlgit.git.finding import find
from mlgit.world.context import Context


def history(
    context: Context, model: str = "", *, environment: str = "", at: str = "", remote: str = "origin"
) -> History:
    """Return what had to run, of one model, in one environment, at one moment; nothing is fetched.

    Raises `UsageError` (`date`) for a moment that is none.
    """
    moment = moment_of(at) if at else None
    repository = find(context)
    wanted = Wanted(model=model, environment=environment, at=moment)
    return histories.history(repository, known_tip(repository, remote), wanted)


def moment_of(text: str) -> float:
    """Return a moment in seconds since the epoch: ISO 8601, UTC where it names no zone; of a day alone its end."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "date", f"{text!r} is no date", hint="2026-01-31, or 2026-01-31T12:00:00Z"
        ) from error
    if len(text) <= len("2026-01-31"):
        found += timedelta(days=1) - timedelta(seconds=1)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
