"""Read what another job handed over as files: nothing of it is believed before it was looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from mlgit.errors import UsageError

LARGEST = 100_000_000
"""Bytes that a file of a handover may have."""
T = TypeVar("T")


def bounded(path: Path) -> bytes:
    """Return a file of the handover; raises `UsageError` for a link and for what is missing or too large."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST or ".." in path.parts:
        raise refused(path, "a file of it is missing, a link or too large")
    return path.read_bytes()


def decoded(content: bytes, form: type[T], path: Path) -> T:
    """Return a value of the handover; raises `UsageError` when it is none of this form."""
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(path, str(error)) from error


def refused(place: Path, why: str) -> UsageError:
    """Return the error for a handover that is not believed."""
    return UsageError(
        "handover-refused",
        f"what the job before handed over is refused: {why}",
        hint="look at that job; mlgit sync renders the workflow as it should be",
        where=str(place),
    )
