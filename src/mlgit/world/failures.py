"""What goes wrong with programs that are started."""

from __future__ import annotations

from pathlib import Path

from mlgit.errors import ExternalError


def took_too_long(program: str, seconds: float) -> ExternalError:
    """Return the error for a program that did not end in time."""
    return ExternalError(
        "process-timeout",
        f"{Path(program).name} did not finish within {seconds:.0f} seconds",
        hint="try again; if it waits for a password or a lock, end the other program first",
    )


def cannot_start(program: str, error: OSError) -> ExternalError:
    """Return the error for a program that is missing or not executable."""
    name = Path(program).name
    return ExternalError(
        "program-missing", f"{name} cannot be started: {error.strerror}", hint="mlgit doctor"
    )
